"""The guide's schedule as a pruner (G22): how far behind the best a trial may be, epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping

from optuna.pruners import BasePruner
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState

GATES: Mapping[int, float] = {5: 0.15, 10: 0.10, 30: 0.05}
"""Epoch -> the largest gap that a trial may have there, in a training of :data:`LENGTH` epochs (guide)."""
LENGTH = 50
"""From this epoch on nothing is pruned (guide)."""
STARTUP = 5
"""Finished trials before any is judged (own: as the median pruner's, G21)."""


class GapPruner(BasePruner):
    """Prunes a trial that is further behind at a gate than that gate allows.

    It is compared with the best that another complete trial had reached by the same step: not with a final value,
    which no early epoch can meet. Its own value is its best so far, so that one noisy epoch does not end it. The
    gap is a share of the reference's size, so that a loss of 1e-6 is judged like one of 1e6, in both directions;
    where the others' values cross 0 (a reward, a score), of the reference's distance from their median, and where
    that is 0 nothing is pruned. Each gate judges once, at the first report past it. A trial whose values are all
    NaN is pruned there. ``steps`` is the length of a full trial: the epochs scale with it; None: the guide's.
    """

    def __init__(self, steps: int | None = None, *, startup: int = STARTUP) -> None:
        scale = (steps or LENGTH) / LENGTH
        self._gates = sorted((max(1, math.ceil(epoch * scale - 1e-9)), gap) for epoch, gap in GATES.items())
        self._last = math.ceil(LENGTH * scale - 1e-9)
        self._startup = startup

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        step = trial.last_step
        if step is None:
            return False
        first = min(trial.intermediate_values)
        allowed = self._allowed(trial, step, 1 if first == 0 else 0)
        if allowed is None:
            return False
        sign = 1.0 if study.direction is StudyDirection.MINIMIZE else -1.0
        mine = _reached(trial, step, sign)
        if not math.isfinite(mine):
            return mine > 0
        others = [
            best
            for other in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
            if other.last_step is not None
            and other.last_step >= step
            and math.isfinite(best := _reached(other, step, sign))
        ]
        return len(others) >= self._startup and mine - min(others) > allowed * _unit(others)

    def _allowed(self, trial: FrozenTrial, step: int, offset: int) -> float | None:
        """The gap of the gate that judges now; None if none does. ``offset``: what makes a step an epoch."""
        epoch = step + offset
        passed = [gate for gate in self._gates if gate[0] <= epoch]
        if not passed or epoch >= self._last:
            return None
        gate, gap = passed[-1]
        judged = any(gate <= earlier + offset < epoch for earlier in trial.intermediate_values)
        return None if judged else gap


def _reached(trial: FrozenTrial, step: int, sign: float) -> float:
    """The best value up to ``step`` as a loss; infinite without one."""
    values = (sign * v for s, v in trial.intermediate_values.items() if s <= step and not math.isnan(v))
    return min(values, default=math.inf)


def _unit(losses: list[float]) -> float:
    """What a gap is a share of; infinite where there is nothing to measure it by."""
    ordered = sorted(losses)
    if ordered[0] <= 0 <= ordered[-1]:
        return ordered[len(ordered) // 2] - ordered[0] or math.inf
    return abs(ordered[0])
