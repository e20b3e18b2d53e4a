"""G24.5: trials that end within one step or go NaN or infinite."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hpt_tui.domain import figures, names
from hpt_tui.domain.flags.contrast import Contrast, contrast, drawable, lowered
from hpt_tui.domain.flags.flag import Figure, Flag, Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialRow, TrialState

INTERRUPTED = "interrupted"
"""How the reason of a trial begins whose worker was stopped or lost: that says nothing of its configuration."""
REASON_WIDTH = 80


@dataclass(frozen=True, slots=True)
class _Deaths:
    non_finite: tuple[TrialRow, ...]
    crashed: tuple[TrialRow, ...]
    pruned: tuple[TrialRow, ...]
    """By the pruner, at the first step."""
    short: tuple[TrialRow, ...]
    """Complete after one step of several."""

    @property
    def all(self) -> tuple[TrialRow, ...]:
        return (*self.non_finite, *self.crashed, *self.short, *self.pruned)


def early_death(study: StudySnapshot, limits: Thresholds) -> Iterator[Flag]:
    """Of the newest finished trials, without those that a person ended, whose worker was interrupted, or that
    lie beyond the bounds now in force. Where only the pruner ended them, it is INFO: a short first rung is a
    choice, too. A study whose trials have one step, or report nothing and complete, is healthy."""
    ended = [t for t in study.trials if t.state.finished and not t.by_hand and not _interrupted(t)]
    judged = [t for t in ended[-limits.recent :] if drawable(study, t)]
    if len(judged) < limits.death_trials:
        return
    full = study.steps or max((t.steps for t in ended), default=0)
    deaths = _deaths(judged, full, limits)
    if len(deaths.all) < limits.death_share * len(judged):
        return
    dead = {t.number for t in deaths.all}
    alive = [t for t in judged if t.number not in dead]
    yield _flag(study, deaths, alive, limits)


def _interrupted(trial: TrialRow) -> bool:
    return trial.reason[: len(INTERRUPTED)].lower() == INTERRUPTED


def _deaths(judged: Sequence[TrialRow], full: int, limits: Thresholds) -> _Deaths:
    early = [t for t in judged if not t.non_finite and t.steps <= limits.death_steps]
    longer = full > limits.death_steps
    return _Deaths(
        tuple(t for t in judged if t.non_finite),
        tuple(t for t in early if t.state is TrialState.FAILED),
        tuple(t for t in early if t.state is TrialState.PRUNED and longer),
        tuple(t for t in early if t.state is TrialState.COMPLETE and longer and t.steps),
    )


def _apart(
    study: StudySnapshot, ill: Sequence[TrialRow], well: Sequence[TrialRow], limits: Thresholds
) -> Contrast | None:
    """The learning rate or the batch size, if it tells the dead from the living."""
    suspects = (names.learning_rate(study.space), names.batch_size(study.space))
    return next((c for name in suspects if name and (c := contrast(study, name, ill, well, limits))), None)


def _flag(study: StudySnapshot, deaths: _Deaths, alive: list[TrialRow], limits: Thresholds) -> Flag:
    dead = deaths.all
    judged = len(dead) + len(alive)
    share = (len(dead) - len(deaths.pruned)) / judged
    severity = Severity.WARNING if share >= limits.death_share else Severity.INFO
    apart = _apart(study, dead, alive, limits)
    order, why_not = lowered(study, apart, alive, limits, "early-death")
    where = ""
    if apart is not None:
        where = f", at a median {figures.plain(apart.parameter)} of {figures.parameter(apart.ill, log=apart.log)}"
    return Flag(
        "early-death",
        Severity.CRITICAL if share >= limits.death_critical else severity,
        f"{len(dead)} of the last {judged} finished trials ended within one step or went NaN{where}: "
        + ("they train nothing" if severity is Severity.WARNING else "the pruner ended them at its first look"),
        _cause(deaths, apart),
        _fix(deaths, apart, None if order is None else order.high),
        _evidence(deaths, judged, apart),
        parameters=(apart.parameter,) if apart is not None else (),
        trials=tuple(t.number for t in dead[: limits.trials_shown]),
        order=order,
        why_no_order=why_not,
        rule="G24.5",
    )


def _cause(deaths: _Deaths, apart: Contrast | None) -> str:
    if apart is not None:
        name = figures.plain(apart.parameter)
        values = (figures.parameter(v, log=apart.log) for v in (apart.ill, apart.well))
        return f"{name} is too {'high' if apart.high else 'low'}: median {' against '.join(values)} in the others."
    if len(deaths.crashed) > len(deaths.non_finite) + len(deaths.pruned):
        return "The objective raises an exception."
    if len(deaths.pruned) * 2 > len(deaths.all):
        return "The pruner judges at the first step."
    return "The learning rate is far too high, or the batch size does not fit."


def _fix(deaths: _Deaths, apart: Contrast | None, high: float | None) -> str:
    if apart is not None and high is not None:
        bound = figures.parameter(high, log=apart.log)
        return f"Lower the upper bound of {figures.plain(apart.parameter)} to {bound}."
    if len(deaths.crashed) > len(deaths.non_finite) + len(deaths.pruned):
        return "Read the exception and mend the objective, then check the bounds of learning rate and batch size."
    if len(deaths.pruned) * 2 > len(deaths.all):
        return "Give the pruner more warmup steps, unless a short first rung is meant."
    return "Check the bounds of learning rate and batch size."


def _evidence(deaths: _Deaths, judged: int, apart: Contrast | None) -> tuple[tuple[str, Figure], ...]:
    shown: list[tuple[str, Figure]] = [
        ("ended early", f"{len(deaths.all)} of {judged} ({figures.percent(len(deaths.all) / judged)})"),
        ("NaN or infinite", len(deaths.non_finite)),
        ("crashed within one step", len(deaths.crashed)),
        ("pruned within one step", len(deaths.pruned)),
        ("complete after one step", len(deaths.short)),
    ]
    reasons = Counter(_one_line(t.reason) for t in (*deaths.crashed, *deaths.non_finite) if t.reason.strip())
    if reasons:
        text, times = reasons.most_common(1)[0]
        shown.append(("most common reason", f"{text} ({times} x)"))
    return (*shown, *(apart.evidence if apart is not None else ()))


def _one_line(reason: str) -> str:
    text = " ".join(figures.plain(reason).split())
    return text if len(text) <= REASON_WIDTH else text[: REASON_WIDTH - 1] + "…"
