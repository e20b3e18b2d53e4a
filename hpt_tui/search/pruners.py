"""Pruners by name."""

from __future__ import annotations

import warnings

from optuna.exceptions import ExperimentalWarning
from optuna.pruners import (
    BasePruner,
    HyperbandPruner,
    MedianPruner,
    NopPruner,
    PatientPruner,
    PercentilePruner,
    SuccessiveHalvingPruner,
)

from hpt_tui.domain.method import Pruning
from hpt_tui.search.gap import GapPruner

STARTUP, WARMUP, INTERVAL = 5, 10, 1
"""Trials and steps before anything is pruned, and every which step is judged (G21)."""
KEPT = 25.0
"""Percent of the trials that the percentile pruner lets go on."""
REDUCTION = 3
"""Of so many trials, successive halving lets one go on at each rung."""
FIRST_RUNG = 10
"""Its first rung is at one of so many parts of a full trial."""
PATIENCE = 10
"""One of so many parts of a full trial may pass without improvement; at least LEAST_PATIENCE steps."""
LEAST_PATIENCE = 3


def make_pruner(pruning: Pruning, steps: int | None) -> BasePruner:
    """The pruner of that name; ``steps`` is how many steps a full trial reports, None where nobody said.

    Hyperband then takes the length of the first trial that completes, which each worker finds out for itself:
    whoever starts a search asks for ``steps`` before.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        return _make(pruning, steps)


def _make(pruning: Pruning, steps: int | None) -> BasePruner:
    match pruning:
        case Pruning.NONE:
            return NopPruner()
        case Pruning.MEDIAN:
            return _median()
        case Pruning.PERCENTILE:
            return PercentilePruner(KEPT, STARTUP, WARMUP, INTERVAL)
        case Pruning.ASHA:
            first = max(1, (steps or 0) // FIRST_RUNG)
            return SuccessiveHalvingPruner(min_resource=first, reduction_factor=REDUCTION)
        case Pruning.HYPERBAND:
            longest = "auto" if steps is None else steps
            return HyperbandPruner(min_resource=1, max_resource=longest, reduction_factor=REDUCTION)
        case Pruning.PATIENT:
            return PatientPruner(_median(), max(LEAST_PATIENCE, (steps or 0) // PATIENCE))
        case Pruning.GAP:
            return GapPruner(steps)


def _median() -> MedianPruner:
    return MedianPruner(n_startup_trials=STARTUP, n_warmup_steps=WARMUP, interval_steps=INTERVAL)
