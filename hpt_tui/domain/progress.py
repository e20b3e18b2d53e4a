"""How far the search is, how fast, and what pruning has saved."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hpt_tui.domain import figures
from hpt_tui.domain.figures import local_time
from hpt_tui.domain.phases.finish import goes_on
from hpt_tui.domain.snapshot import RECENT, StudySnapshot
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.trials import Floats, Mark, Trials

RATE_WINDOW = 600.0
"""Seconds of the recent past that the rate is measured over."""
IDLE = 120.0
"""Seconds without any running trial after which a search counts as taken up again."""
RATE_LEAST = 5.0
"""Seconds below which there is no rate."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Seconds and rates; unknown is None."""

    finished: int
    """Complete, pruned and failed trials; those that an interruption cut short use up no budget (and are told from
    the failed ones once the study has been read)."""
    budget: int | None
    elapsed: float | None
    """Seconds from the first trial's start until now, or until the last end once nothing runs."""
    per_minute: float | None
    """Finished trials a minute over the recent past; None while nothing runs or too little has ended to tell."""
    eta: float | None
    """Seconds until the first of its budgets is used up, at that rate, or its time is; None while the study is
    paused or stopping."""
    saved: float | None
    """The share of full-training steps that pruned trials did not run (G23), 0..1; None without pruned trials."""
    steps: int | None = None
    """How many steps all trials together have run, where there is a budget of them and the study has been read."""
    step_budget: int | None = None

    @property
    def share(self) -> float:
        """How much of the budget that is the nearest to its end is used up, 0..1; 0 without any."""
        trials = self.finished / self.budget if self.budget else 0.0
        steps = (self.steps or 0) / self.step_budget if self.step_budget else 0.0
        return min(1.0, max(trials, steps))


def finished(study: StudySnapshot) -> int:
    """How many trials use up one of the budget: see :attr:`Progress.finished`."""
    if study.outline is None:
        return study.trials.used
    return sum(count for state, count in study.counts.items() if state.finished)


def to_validate(study: StudySnapshot) -> bool:
    """Whether runs of the final validation wait, for which a used-up budget is no end."""
    trials = study.trials
    c, validating = trials.columns, trials.validating

    def waits() -> bool:
        return bool((trials.in_state(TrialState.WAITING) & validating).any())

    return trials.derive("to validate", (c.states, validating), waits)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many trials there are of what kind, each counted once."""

    search: Mapping[TrialState, int]
    """Of the search, by state; those that were interrupted are among the failed ones."""
    interrupted: int = 0
    """How many of the failed ones use up nothing of the budget; 0 while that is not known."""
    validated: int = 0
    """The runs of the final validation that have ended, lost ones aside."""
    validating: int = 0
    """Those that wait or run."""


def tally(study: StudySnapshot) -> Tally:
    """While the study is still being read, all count as trials of the search."""
    if study.outline is not None:
        return Tally(study.counts)
    trials = study.trials
    c, validating = trials.columns, trials.validating

    def counted() -> Tally:
        cut = trials.in_state(TrialState.FAILED) & trials.marked(Mark.BY_HAND)
        return Tally(
            {state: int(np.count_nonzero(trials.in_state(state) & ~validating)) for state in TrialState},
            int(np.count_nonzero(cut & ~validating)),
            int(np.count_nonzero(validating & trials.finished & ~cut)),
            int(np.count_nonzero(validating & ~trials.finished)),
        )

    return trials.derive("tally", (c.states, c.marks, validating), counted)


def used_up(study: StudySnapshot) -> bool:
    """Whether the study has all the finished trials that it is to have and no phase of a plan is to come, or has
    run all its steps, and nothing is left to validate; False while it is still being read, and while it is
    searched by hand."""
    if study.control.by_hand or study.outline is not None:
        return False
    done = (trials_used_up(study) and not goes_on(study)) or (
        steps_used_up(study) and not goes_beyond_steps(study)
    )
    return done and not to_validate(study)


def goes_beyond_steps(study: StudySnapshot) -> bool:
    """Whether a plan goes on though the steps are used up: no trial of the search is left, and the validation uses
    up no steps."""
    return trials_used_up(study) and goes_on(study)


def trials_used_up(study: StudySnapshot) -> bool:
    return study.budget is not None and study.trials.used >= study.budget


def steps_used_up(study: StudySnapshot) -> bool:
    return study.step_budget is not None and study.steps_run >= study.step_budget.steps


def out_of_time(study: StudySnapshot, now: float) -> bool:
    """Whether no trial starts any more at ``now`` because the time is up that somebody gave the search."""
    deadline = study.control.deadline
    return deadline is not None and now >= deadline and not study.control.stopping


def steps_words(state: Progress) -> str:
    """``1 234/5 000 steps``."""
    run = figures.UNKNOWN if state.steps is None else figures.count(state.steps)
    return f"{run}/{figures.count(state.step_budget or 0)} steps"


def halted(study: StudySnapshot, now: float) -> bool:
    """Whether no further trials start at ``now`` (epoch seconds) because somebody ordered a stop."""
    limit = study.control.limit
    reached = limit is not None and study.outline is None and study.trials.used >= limit
    return (reached and not to_validate(study)) or study.control.stops_by(now)


def stop_words(study: StudySnapshot, now: float) -> str:
    """What was ordered: ``stopping``, ``stopping at once``, ``stopping after 5 more``, ``stops at 18:30``,
    ``time is up``; empty if nothing was."""
    control = study.control
    if halted(study, now):
        if out_of_time(study, now):
            return "time is up"
        return "stopping at once" if control.at_once else "stopping"
    later = []
    if control.limit is not None:
        later.append(f"stopping after {max(0, control.limit - finished(study))} more")
    if control.deadline is not None:
        day = "%Y-%m-%d"
        today = local_time(control.deadline, day) == local_time(now, day)
        later.append(f"stops at {local_time(control.deadline, '%H:%M' if today else f'{day} %H:%M')}")
    return " or ".join(later)


def progress(study: StudySnapshot, now: float) -> Progress:
    """Measure ``study`` at ``now`` (epoch seconds). While it is still being read only the counts are known."""
    done = finished(study)
    if study.outline is not None:
        most = None if study.step_budget is None else study.step_budget.steps
        return Progress(done, study.budget, None, None, None, None, None, most)
    trials, running = study.trials, bool(study.running)
    ends = _ends(trials)
    until = now if running or not len(ends) else float(ends[-1])
    began, sitting = _began(trials)
    elapsed = None if began is None else max(0.0, until - began)
    rate = _rate(ends, until if sitting is None else sitting, until) if running else None
    going = running and not study.control.paused and not halted(study, now)
    eta = _eta(study, done, rate, now) if going else None
    if study.step_budget is None:
        return Progress(done, study.budget, elapsed, rate, eta, _saved(study))
    steps = study.steps_run, study.step_budget.steps
    return Progress(done, study.budget, elapsed, rate, eta, _saved(study), *steps)


def _eta(study: StudySnapshot, done: int, rate: float | None, now: float) -> float | None:
    """Until the first of the limits: of trials, of steps (by what the newest finished trials ran), of time."""
    limits = [most - done for most in (study.budget, study.control.limit) if most is not None]
    if study.step_budget is not None and (each := _steps_of_late(study.trials)):
        limits.append(math.ceil((study.step_budget.steps - study.steps_run) / each))
    waits = [max(0, left) * 60 / rate for left in limits] if rate else []
    if study.control.deadline is not None:
        waits.append(max(0.0, study.control.deadline - now))
    return min(waits, default=None)


def _steps_of_late(trials: Trials) -> float:
    """How many steps one of the newest finished trials ran, on average; 0 without any."""
    steps = trials.columns.steps[trials.finished][-RECENT:]
    return float(steps.mean()) if len(steps) else 0.0


def _ends(trials: Trials) -> Floats:
    """When trials finished, ascending."""
    c = trials.columns

    def ends() -> Floats:
        known = c.ended[trials.finished]
        # Stable: they are nearly in order, which this kind of sorting makes use of.
        return np.sort(known[~np.isnan(known)], kind="stable")

    return trials.derive("ends", (c.states, c.ended), ends)


def _began(trials: Trials) -> tuple[float | None, float | None]:
    """When the first trial began, and when the search that goes on now did: hours between two sittings say nothing
    of its pace. A trial without an end goes on. None without any."""
    c = trials.columns

    def began() -> tuple[float | None, float | None]:
        starts, ends = c.started, c.ended
        # As they nearly always are: all known, and in the order of the numbers.
        if not np.all(starts[1:] >= starts[:-1]) or np.isnan(starts[:1]).any():
            places = np.flatnonzero(~np.isnan(starts))
            places = places[np.argsort(starts[places], kind="stable")]
            starts, ends = starts[places], ends[places]
        if not len(starts):
            return None, None
        busy_until = np.maximum.accumulate(np.where(np.isnan(ends), np.inf, ends))
        anew = np.flatnonzero(starts[1:] - busy_until[:-1] > IDLE)
        return float(starts[0]), float(starts[anew[-1] + 1] if len(anew) else starts[0])

    return trials.derive("began", (c.started, c.ended), began)


def _rate(ends: Floats, since: float, until: float) -> float | None:
    window = min(RATE_WINDOW, until - since)
    recent = len(ends) - int(np.searchsorted(ends, until - window, side="right"))
    return recent * 60 / window if window > RATE_LEAST and recent > 1 else None


def _saved(study: StudySnapshot) -> float | None:
    trials, complete = study.trials, study.complete.places
    c, derived = trials.columns, trials.derived
    pruned = derived.derive("pruned", (c.states,), lambda: np.flatnonzero(trials.in_state(TrialState.PRUNED)))
    # Counted in reports: an objective that reports every fifth epoch has fewer of them than a study has steps.
    longest = derived.derive("longest", (c.steps, complete), lambda: int(np.max(c.steps[complete], initial=0)))
    full = longest or study.steps
    if not len(pruned) or not full:
        return None
    run = derived.settle("steps of pruned", (c.steps, pruned), lambda: c.steps[pruned])
    spared = derived.derive("spared", (run,), lambda: int(np.sum(np.maximum(0, full - run))), (full,))
    return spared / (full * (len(pruned) + study.counts[TrialState.COMPLETE]))
