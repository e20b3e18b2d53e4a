"""When to stop searching (G26): each rule with how far it is from firing.

Complete and pruned trials count, by number; failed ones do not (C8: a pruned one has shown that it is no better).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from hpt_tui.domain import figures
from hpt_tui.domain.configurations import keys_of, seeds_among
from hpt_tui.domain.flags.thresholds import DEFAULT_THRESHOLDS, Thresholds
from hpt_tui.domain.progress import progress
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.spread import points_per_unit, values_of
from hpt_tui.domain.trial import Direction, TrialState
from hpt_tui.domain.trials import Floats, Ints, Places


class Action(StrEnum):
    """What a rule that fires does."""

    WARN = "warn"
    STOP = "stop"


class Standing(StrEnum):
    """How a stop rule stands."""

    FIRED = "fired"
    NEAR = "near"
    OPEN = "open"
    UNSET = "unset"
    """There is no such budget, or nothing to judge yet."""


RULE_IDS = ("improvement", "same-best", "no-improvement", "trials", "time", "gpu-hours", "steps")
"""In the order of G26; the last four are budgets."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What the search may cost; None: no such limit."""

    trials: int | None = None
    """Finished ones, in all; None: the study's own budget."""
    seconds: float | None = None
    """By the clock, since its first trial began; None: until the hour that the study is to stop at."""
    gpu_hours: float | None = None
    """Summed over all trials, each taken to have had one GPU, or one worker's share of the machine."""
    steps: int | None = None
    """Reported ones, of all trials; None: the study's own budget."""


NO_BUDGET = Budget()


@dataclass(frozen=True, slots=True)
class StopRule:
    """One rule's state."""

    id: str
    rule: str
    """``G26.1`` …"""
    action: Action
    closeness: float | None
    """0: far from firing, 1: it fires; None where it cannot be told or is not set."""
    measured: str
    """The measured number against its limit, in words."""
    near: float = DEFAULT_THRESHOLDS.stop_near

    @property
    def standing(self) -> Standing:
        if self.closeness is None:
            return Standing.UNSET
        if self.closeness >= 1:
            return Standing.FIRED
        return Standing.NEAR if self.closeness >= self.near else Standing.OPEN


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """How the best came about, over the complete and pruned trials by number."""

    places: Places
    best: Floats
    """(n,) the best loss so far; inf before the first."""
    records: Ints
    """Where in ``places`` it improved."""


def stop_rules(
    study: StudySnapshot,
    now: float,
    budget: Budget = NO_BUDGET,
    limits: Thresholds = DEFAULT_THRESHOLDS,
    actions: frozenset[str] = frozenset(),
) -> tuple[StopRule, ...]:
    """All of :data:`RULE_IDS` at ``now`` (epoch seconds). ``actions`` are the ids of those that shall stop the
    study; the others warn. With several objectives only the budgets can be told."""
    course = _course(study) if study.single and study.outline is None else None
    told = (
        _improvement(study, course, limits),
        _same_best(study, course, limits),
        _no_gain(course, limits),
        _trials(study, budget),
        _time(study, now, budget),
        _gpu_hours(study, now, budget),
        _steps(study, budget),
    )
    return tuple(
        StopRule(
            id_,
            f"G26.{min(at, 4)}",
            Action.STOP if id_ in actions else Action.WARN,
            None if closeness is None else max(0.0, min(1.0, closeness)),
            measured,
            limits.stop_near,
        )
        for at, (id_, (closeness, measured)) in enumerate(zip(RULE_IDS, told, strict=True), 1)
    )


_Told = tuple[float | None, str]


def _course(study: StudySnapshot) -> _Course:
    trials = study.trials
    c, candidates = trials.columns, trials.candidates

    def made() -> _Course:
        places = np.flatnonzero(trials.in_state(TrialState.COMPLETE) | trials.in_state(TrialState.PRUNED))
        values = c.values[places, 0]
        losses = values if study.direction is Direction.MINIMIZE else -values
        losses = np.where(candidates[places] & ~np.isnan(losses), losses, np.inf)
        best = np.minimum.accumulate(losses) if len(losses) else losses
        before = np.concatenate([[np.inf], best[:-1]])
        return _Course(places, best, np.flatnonzero(best < before))

    return trials.derive("course", (c.states, c.values, candidates), made, (study.direction,))


def _improvement(study: StudySnapshot, course: _Course | None, limits: Thresholds) -> _Told:
    """Percentage points of an accuracy, else per cent of the spread of the middle half of the values (C5)."""
    if course is None:
        return None, "needs a single objective"
    needed = limits.stop_window + limits.stop_before
    count = len(course.places)
    spread = values_of(study)
    if count < needed or spread is None or not math.isfinite(course.best[-limits.stop_window - 1]):
        return None, f"{count} of {needed} trials that it takes to tell"
    gained = float(course.best[-limits.stop_window - 1] - course.best[-1])
    points = points_per_unit(study, spread)
    if points is not None:
        rate, unit = gained * points / limits.stop_window, "percentage points"
    else:
        low, high = np.quantile(study.trials.columns.values[study.ranked.places, 0], (0.25, 0.75))
        width = float(high - low)
        rate = 100 * gained / width / limits.stop_window if width > 0 else 0.0
        unit = "% of the spread of the middle half"
    said = f"{rate:.2g} {unit} a trial over the last {limits.stop_window}, limit {limits.stop_improvement:g}"
    return (limits.stop_improvement / rate if rate > 0 else 1.0), said


def _same_best(study: StudySnapshot, course: _Course | None, limits: Thresholds) -> _Told:
    if course is None or not len(course.records):
        return None, "no best trial yet" if course is not None else "needs a single objective"
    keys = keys_of(study.trials, course.places[course.records], seeds_among(study.trials.columns.params))
    since = len(keys) - 1
    while since and keys[since - 1] == keys[-1]:
        # Another seed of the same configuration did better.
        since -= 1
    first = int(course.records[since])
    count = len(course.places) - 1 - first
    number = int(study.trials.columns.numbers[course.places[first]])
    limit = limits.stop_same_best
    return (
        count / limit,
        f"{_trials_of(count)} since the configuration of #{number} became the best, limit {limit}",
    )


def _trials_of(count: int) -> str:
    return f"{count} trial{'s' * (count != 1)}"


def _no_gain(course: _Course | None, limits: Thresholds) -> _Told:
    if course is None or not len(course.records):
        return None, "no best trial yet" if course is not None else "needs a single objective"
    count = len(course.places) - 1 - int(course.records[-1])
    return count / limits.stop_no_gain, f"{_trials_of(count)} without improvement, limit {limits.stop_no_gain}"


def _trials(study: StudySnapshot, budget: Budget) -> _Told:
    limit = budget.trials if budget.trials is not None else study.budget
    if not limit:
        return None, "no budget of trials"
    return study.trials.used / limit, f"{study.trials.used} of {limit} trials"


def _time(study: StudySnapshot, now: float, budget: Budget) -> _Told:
    if not budget.seconds:
        return _until(study, now)
    spent = progress(study, now).elapsed or 0.0
    return spent / budget.seconds, f"{figures.duration(spent)} of {figures.duration(budget.seconds)}"


def _until(study: StudySnapshot, now: float) -> _Told:
    """From when the hour was set until then."""
    deadline, since = study.control.deadline, study.control.stop_given
    if deadline is None or since is None or deadline <= since:
        return None, "no budget of time"
    whole = deadline - since
    return (now - since) / whole, f"{figures.duration(min(now - since, whole))} of {figures.duration(whole)}"


def _steps(study: StudySnapshot, budget: Budget) -> _Told:
    own = None if study.step_budget is None else study.step_budget.steps
    limit = budget.steps if budget.steps is not None else own
    if not limit or study.outline is not None:
        return None, "no budget of steps"
    return study.steps_run / limit, f"{figures.count(study.steps_run)} of {figures.count(limit)} steps"


def _gpu_hours(study: StudySnapshot, now: float, budget: Budget) -> _Told:
    if not budget.gpu_hours:
        return None, "no budget of GPU-hours"
    c = study.trials.columns
    took = np.where(np.isnan(c.ended), now, c.ended) - c.started
    spent = float(np.sum(took[took > 0])) / 3600
    return spent / budget.gpu_hours, f"{spent:.3g} of {budget.gpu_hours:g} GPU-hours"
