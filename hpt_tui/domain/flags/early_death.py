"""G24.5: trials that end within one step or go NaN or infinite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hpt_tui.domain import figures, names
from hpt_tui.domain.flags.contrast import Contrast, contrast, drawable, lowered
from hpt_tui.domain.flags.flag import Figure, Flag, Severity
from hpt_tui.domain.flags.recent import commonest_reason, ended, interrupted, recent
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.trials import CODES, Mark, Places, Trials


@dataclass(frozen=True, slots=True, eq=False)
class _Deaths:
    """Places of trials, each in one of these."""

    non_finite: Places
    crashed: Places
    pruned: Places
    """By the pruner, at the first step."""
    short: Places
    """Complete after one step of several."""

    @property
    def all(self) -> Places:
        return np.concatenate([self.non_finite, self.crashed, self.short, self.pruned])


def early_death(study: StudySnapshot, limits: Thresholds) -> Iterator[Flag]:
    """Of the newest finished trials, without those that a person ended, whose worker was interrupted, or that
    lie beyond the bounds now in force. Where only the pruner ended them, it is INFO: a short first rung is a
    choice, too. A study whose trials have one step, or report nothing and complete, is healthy."""
    newest = recent(study.trials, limits)
    judged = newest[drawable(study, newest)]
    if len(judged) < limits.death_trials:
        return
    deaths = _deaths(study, judged, limits)
    dead = deaths.all
    if len(dead) < limits.death_share * len(judged):
        return
    yield _flag(study, deaths, judged[~np.isin(judged, dead)], limits)


def _longer(study: StudySnapshot, steps: int) -> bool:
    """Whether a full trial has more than so many steps; where nobody said, whether any had."""
    if study.steps:
        return study.steps > steps
    trials = study.trials
    over = ended(trials)
    longer = over[trials.columns.steps[over] > steps]
    return any(not interrupted(trials, int(place)) for place in longer[::-1])


def _deaths(study: StudySnapshot, judged: Places, limits: Thresholds) -> _Deaths:
    c = study.trials.columns
    states, steps = c.states[judged], c.steps[judged]
    non_finite = study.trials.marked(Mark.NON_FINITE)[judged]
    early = ~non_finite & (steps <= limits.death_steps)
    at_once = early & _longer(study, limits.death_steps)
    return _Deaths(
        judged[non_finite],
        judged[early & (states == CODES[TrialState.FAILED])],
        judged[at_once & (states == CODES[TrialState.PRUNED])],
        judged[at_once & (states == CODES[TrialState.COMPLETE]) & (steps > 0)],
    )


def _apart(study: StudySnapshot, ill: Places, well: Places, limits: Thresholds) -> Contrast | None:
    """The learning rate or the batch size, if it tells the dead from the living."""
    suspects = (names.learning_rate(study.space), names.batch_size(study.space))
    return next((c for name in suspects if name and (c := contrast(study, name, ill, well, limits))), None)


def _flag(study: StudySnapshot, deaths: _Deaths, alive: Places, limits: Thresholds) -> Flag:
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
        _evidence(study.trials, deaths, judged, apart),
        parameters=(apart.parameter,) if apart is not None else (),
        trials=study.trials.select(dead[: limits.trials_shown]).numbers,
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


def _evidence(
    trials: Trials, deaths: _Deaths, judged: int, apart: Contrast | None
) -> tuple[tuple[str, Figure], ...]:
    shown: list[tuple[str, Figure]] = [
        ("ended early", f"{len(deaths.all)} of {judged} ({figures.percent(len(deaths.all) / judged)})"),
        ("NaN or infinite", len(deaths.non_finite)),
        ("crashed within one step", len(deaths.crashed)),
        ("pruned within one step", len(deaths.pruned)),
        ("complete after one step", len(deaths.short)),
    ]
    told = trials.select(np.concatenate([deaths.crashed, deaths.non_finite])).numbers
    if reason := commonest_reason(trials, told):
        shown.append(("most common reason", reason))
    return (*shown, *(apart.evidence if apart is not None else ()))
