"""What a learning curve looks like, in a few numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hpt_tui.domain import names
from hpt_tui.domain.figures import plain
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import Curve, Direction

Values: TypeAlias = NDArray[np.float64]

END = 3
"""Points whose mean stands for an end: one epoch may be lucky."""
PART = 0.2
"""The share of a curve that is its beginning, or its end."""
EXPLODED = 3.0
"""A curve that begins at so many times the level of the others says nothing of an untrained net."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One curve as a cost, which goes down when training works: a loss itself, what is missing of an accuracy, the
    negative of whatever else is to grow."""

    metric: str
    costs: Values
    """(points,), finite."""
    whole: bool
    """Whether all the reported values were finite."""
    absolute: bool
    """Whether 0 is perfect, so that a share of the level means something."""

    @property
    def start(self) -> float:
        return float(self.costs[0])

    @property
    def end(self) -> float:
        return float(np.mean(self.costs[-END:]))

    @property
    def gain(self) -> float:
        """How far the cost came down; negative where it rose."""
        return self.start - self.end

    @property
    def early(self) -> float:
        """The share of the gain that came in the first fifth of the curve; 0 without a gain."""
        after = max(1, round(PART * len(self.costs)))
        return (self.start - float(self.costs[after])) / self.gain if self.gain > 0 else 0.0

    @property
    def late(self) -> float:
        """The share of the gain that came in its last fifth; 0 without one."""
        tail = max(2, round(PART * len(self.costs)))
        before = float(np.mean(self.costs[-tail - END : -tail + 1]))
        return (before - self.end) / self.gain if self.gain > 0 else 0.0

    @property
    def turns(self) -> float:
        """The share of the later half's steps that go the other way than the one before, 0..1."""
        steps = self._later_steps
        return float(np.mean(steps[1:] * steps[:-1] < 0)) if len(steps) > 1 else 0.0

    @property
    def swing(self) -> float:
        """How large a step of the later half is."""
        return float(np.mean(np.abs(self._later_steps))) if len(self._later_steps) else 0.0

    @property
    def _later_steps(self) -> Values:
        steps: Values = np.diff(self.costs[len(self.costs) // 2 :])
        return steps

    def level(self, others: Iterable[Reading]) -> float:
        """What an untrained net costs: where this curve begins, or the others of the same metric do, if this one's
        first point came late, or exploded."""
        starts = [other.start for other in others if other.metric == self.metric]
        usual = float(np.median(starts)) if starts else self.start
        exploded = self.absolute and self.start > EXPLODED * usual
        return usual if exploded else max(self.start, usual)


def read(study: StudySnapshot, trial: int, limits: Thresholds) -> Reading | None:
    """The reported curve of a trial; its training loss where that says more. None where neither has a point."""
    curves = study.curves.get(trial, ())
    reported = next((c for c in curves if c.metric == study.metric), None)
    losses = sorted(
        (c for c in curves if names.is_training_loss(c.metric) and c is not reported),
        key=lambda c: (len(names.words(c.metric)), c.metric),
    )
    found = [c for c in (reported, *losses) if c is not None and c.finite.any()]
    if not found:
        return None
    long_enough = (c for c in found if np.count_nonzero(c.finite) >= limits.slow_points)
    chosen = next(long_enough, None) or max(found, key=lambda c: int(np.count_nonzero(c.finite)))
    direction = study.direction if chosen is reported else Direction.MINIMIZE
    costs, absolute = _costs(chosen, direction)
    return Reading(plain(chosen.metric), costs, bool(chosen.finite.all()), absolute)


def _costs(curve: Curve, direction: Direction) -> tuple[Values, bool]:
    """The curve's finite values as costs, and whether 0 is a perfect one."""
    values = curve.values[curve.finite]
    if direction is Direction.MINIMIZE:
        return values, bool(values.min() >= 0)
    if names.is_accuracy(curve.metric) and values.min() >= 0 and values.max() <= 100:
        return (1.0 if values.max() <= 1 else 100.0) - values, True
    return -values, False
