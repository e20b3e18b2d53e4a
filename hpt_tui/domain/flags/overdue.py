"""How long trials of a study take, and which of the running ones nobody vouches for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hpt_tui.domain.configurations import newest_runs
from hpt_tui.domain.flags.surroundings import Surroundings
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.worker import WorkerState, WorkerView


@dataclass(frozen=True, slots=True)
class Usual:
    """What the newest finished trials took, in seconds; None where too few tell."""

    trial: float | None
    """A slow trial."""
    longest: float | None
    step: float | None
    """A step of a slow trial."""
    steps: int
    """The most that any reported."""


@dataclass(frozen=True, slots=True)
class Runner:
    """A running trial, and who is at it."""

    number: int
    steps: int
    elapsed: float
    """Seconds since its start."""
    claimed: str
    """The worker that it names; empty for another program's."""
    worker: WorkerView | None
    """That worker, if the study has a lease of it."""

    @property
    def abandoned(self) -> bool:
        """Whether its worker is known to be gone."""
        if self.worker is not None:
            return self.worker.state is WorkerState.LOST
        return bool(self.claimed)


def usual(study: StudySnapshot, limits: Thresholds) -> Usual:
    """Of the newest complete and pruned trials whose times are known."""
    c = study.trials.columns
    places = newest_runs(study.trials, limits.overdue_looked_at)

    def found() -> Usual:
        took = c.ended[places] - c.started[places]
        known = took >= 0
        took, steps = took[known], c.steps[places][known]
        most = int(np.max(steps, initial=0))
        if len(took) < limits.overdue_trials:
            return Usual(None, None, None, most)
        paces = took[steps > 0] / steps[steps > 0]
        step = float(np.quantile(paces, limits.overdue_slow)) if len(paces) >= limits.overdue_trials else None
        return Usual(float(np.quantile(took, limits.overdue_slow)), float(took.max()), step, most)

    return study.trials.derive("usual", (places, c.started, c.ended, c.steps), found, (limits,))


def runners(study: StudySnapshot, around: Surroundings) -> Iterator[Runner]:
    """The running trials whose start is known, by number."""
    c = study.trials.columns
    by_id = {view.worker: view for view in around.workers}
    for place in study.running.places.tolist():
        started = float(c.started[place])
        if not np.isnan(started):
            claimed = c.worker_ids[c.workers[place]]
            elapsed = max(0.0, around.now - started)
            yield Runner(int(c.numbers[place]), int(c.steps[place]), elapsed, claimed, by_id.get(claimed))


def presumed_dead(runner: Runner, took: Usual, limits: Thresholds) -> bool:
    """Whether a trial without a worker of ours has run so long that nothing can be at it any more."""
    if runner.claimed or took.longest is None:
        return False
    return runner.elapsed > max(limits.overdue_least, limits.zombie_times * took.longest)
