"""G24: more trials fail than a search can afford."""

from __future__ import annotations

from collections.abc import Iterator

from hpt_tui.domain import figures
from hpt_tui.domain.flags.contrast import Contrast, contrast, drawable
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.recent import commonest_reason, recent
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.trials import CODES, Places


def failing(study: StudySnapshot, limits: Thresholds) -> Iterator[Flag]:
    """Of the newest finished trials, without those that a person ended, whose worker was interrupted, or that lie
    beyond the bounds now in force."""
    newest = recent(study.trials, limits)
    judged = newest[drawable(study, newest)]
    states = study.trials.columns.states[judged]
    ill = judged[states == CODES[TrialState.FAILED]]
    share = len(ill) / max(1, len(judged))
    few = len(judged) < limits.failed_trials or len(ill) < limits.failed_least
    if few or share <= limits.failed_share:
        return
    apart = _apart(study, ill, judged[states != CODES[TrialState.FAILED]], limits)
    where = f", at a median {_of(apart, apart.ill)} of {figures.plain(apart.parameter)}" if apart else ""
    numbers = study.trials.select(ill[::-1]).numbers
    reason = commonest_reason(study.trials, numbers)
    yield Flag(
        "failing",
        Severity.CRITICAL if share > limits.failed_critical else Severity.WARNING,
        f"{len(ill)} of the last {len(judged)} finished trials ({figures.percent(share)}) failed{where}: "
        "what they cost is lost, and the sampler learns nothing from them",
        _cause(apart, reason),
        "Read the exception (enter on a failed trial, or its log) and mend the objective."
        if apart is None
        else f"Keep {figures.plain(apart.parameter)} out of that region, or let the objective cope with it.",
        (
            ("failed", f"{len(ill)} of {len(judged)} ({figures.percent(share)})"),
            ("threshold", figures.percent(limits.failed_share)),
            *((("most common reason", reason),) if reason else ()),
            *(apart.evidence if apart is not None else ()),
        ),
        parameters=(apart.parameter,) if apart is not None else (),
        trials=numbers[: limits.trials_shown],
        why_no_order="What raises the exception is to be seen in the objective's code.",
        rule="G24",
    )


def _apart(study: StudySnapshot, ill: Places, well: Places, limits: Thresholds) -> Contrast | None:
    """The numeric parameter that tells the failed ones from the others best, if any does."""
    numeric = (name for name, range_ in study.space.items() if not isinstance(range_, Choices))
    found = (c for name in numeric if (c := contrast(study, name, ill, well, limits)) is not None)
    return max(found, key=lambda c: abs(c.higher - 0.5), default=None)


def _of(apart: Contrast, value: float) -> str:
    return figures.parameter(value, log=apart.log)


def _cause(apart: Contrast | None, reason: str) -> str:
    if apart is not None:
        name, how = figures.plain(apart.parameter), "high" if apart.high else "low"
        against = f"median {_of(apart, apart.ill)} against {_of(apart, apart.well)} in the others"
        return f"The objective fails where {name} is {how}: {against}."
    return "The objective raises an exception." if reason else "The objective fails and leaves no reason."
