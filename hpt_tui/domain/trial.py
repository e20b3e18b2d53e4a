"""One trial as everybody above the storage sees it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hpt_tui.domain.space import ParamValue, Range


class TrialState(StrEnum):
    """Optuna's states, by the words that the screen and the JSON use."""

    WAITING = "waiting"
    RUNNING = "running"
    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"

    @property
    def finished(self) -> bool:
        return self in (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED)


class Direction(StrEnum):
    MINIMIZE = "minimize"
    MAXIMIZE = "maximize"

    def loss(self, value: float) -> float:
        """``value`` as something to make small; NaN counts as infinitely bad."""
        if math.isnan(value):
            return math.inf
        return value if self is Direction.MINIMIZE else -value

    def better(self, value: float, than: float) -> bool:
        return self.loss(value) < self.loss(than)


@dataclass(frozen=True, slots=True)
class Validates:
    """That a trial is a run of the final validation (G28): it repeats another one's configuration."""

    of: int
    """The number of the trial that it repeats."""
    seed: int
    """What ``hpt_tui.trial_seed`` gives its objective; from 1 on."""


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A trial without its curves. Times are epoch seconds; unknown is None, never 0 or NaN.

    All text in here (names, choices, reasons) came from a study and is hostile: show it as plain text only.
    """

    number: int
    state: TrialState
    values: tuple[float, ...] = ()
    """The objective values; empty until the trial has some. A pruned trial has its last reported one."""
    params: Mapping[str, ParamValue] = field(default_factory=dict)
    ranges: Mapping[str, Range] = field(default_factory=dict)
    """The range that each parameter was drawn from: a widened study holds several per name."""
    started: float | None = None
    ended: float | None = None
    steps: int = 0
    """How many distinct steps have been reported."""
    last_step: int | None = None
    last_value: float | None = None
    """The last reported intermediate value; may be NaN or infinite."""
    non_finite: bool = False
    """Whether any reported value was NaN or infinite."""
    baseline: bool = False
    """Whether it ran the declared default configuration (G27)."""
    reason: str = ""
    """Why it ended as it did: the exception of a failed trial, or who pruned or interrupted it."""
    by_hand: bool = False
    """Whether a person, not a pruner or an exception, ended it."""
    worker: str = ""
    """The id of the hpt-tui worker that runs or ran it; empty for another program's."""
    noted: bool = False
    """Whether somebody wrote a note to it, here or in optuna-dashboard."""
    starred: bool = False
    """Whether somebody gave it a star."""
    infeasible: bool = False
    """Whether it violates one of its constraints: then it is no candidate for the best."""
    validates: Validates | None = None
    """Of a run of the final validation, what it repeats."""

    @property
    def value(self) -> float | None:
        """The (first) objective value."""
        return self.values[0] if self.values else None

    @property
    def counted(self) -> bool:
        """Whether it uses up one of the study's budget: finished, not cut short by an interruption, and no run of
        the final validation."""
        cut = self.state is TrialState.FAILED and self.by_hand
        return self.state.finished and not cut and self.validates is None

    def duration(self, now: float) -> float | None:
        """Seconds it ran, until ``now`` while it runs; None if it has not started, never negative."""
        if self.started is None:
            return None
        until = self.ended if self.ended is not None else now
        return max(0.0, until - self.started)


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One metric of one trial over its steps, ascending; values may be NaN or infinite."""

    trial: int
    metric: str
    steps: NDArray[np.int64]
    """(points,), read-only; so is ``values``."""
    values: NDArray[np.float64]

    @classmethod
    def of(cls, trial: int, metric: str, steps: ArrayLike, values: ArrayLike) -> Curve:
        """A curve from any two sequences of the same length.

        Raises:
            ValueError: they are not of the same length.
        """
        along, up = np.array(steps, dtype=np.int64), np.array(values, dtype=np.float64)
        if len(along) != len(up):
            raise ValueError(f"{len(along)} steps but {len(up)} values")
        along.flags.writeable = up.flags.writeable = False
        return cls(trial, metric, along, up)

    @property
    def finite(self) -> NDArray[np.bool_]:
        """(points,) which of them can be drawn."""
        return np.isfinite(self.values)
