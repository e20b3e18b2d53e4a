"""How much each parameter decides whether a trial is among the best, as a study's own trials show it (G4).

PED-ANOVA (Watanabe, Bansal & Hutter, IJCAI 2023, arXiv 2304.10255), with the estimator and the constants of
Optuna 5's evaluator, so that the two say the same where every trial was drawn from the same ranges.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, IntRange, NumericRange
from hpt_tui.domain.trial import Direction
from hpt_tui.domain.trials import Floats, ParamColumn, Places

BEST_SHARE = 0.1
"""The best trials, as a share of all."""
CELLS = 50
"""Cells that a range is divided into, at most."""
FEWEST = 2
"""Trials that have a parameter, below which nothing is said of it."""
_NUMBER = object()
_NARROWEST = 0.5 / 1.64
"""The narrowest kernel, in cells: nine tenths of it lie in its own."""

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where the values of one parameter lie, in cells; of choices one an option."""

    cells: int
    ordered: bool
    at: NDArray[np.intp]
    """(n,) the cell of each trial that has the parameter."""


def importances(study: StudySnapshot, least: int) -> Mapping[str, float]:
    """By parameter, the most important first, how much it decides whether a trial is among the best tenth, adding
    up to 1.

    Complete trials with finite values count, pruned ones do not (C8). A range that was moved meanwhile is judged
    over all that it has ever held, so that a widened parameter keeps its earlier trials. A parameter that not
    every trial has is judged among those that have it, and counts by their share. Empty with several objectives,
    with fewer than ``least`` such trials, or where nothing has any effect. Half a millisecond a parameter at
    10,000 trials.
    """
    if not study.single:
        return {}
    places, c = study.complete.places, study.trials.columns

    def found() -> Mapping[str, float]:
        chosen = places[np.isfinite(c.values[places, 0])]
        if len(chosen) < max(least, FEWEST):
            return {}
        losses = c.values[chosen, 0] * (1.0 if study.direction is Direction.MINIMIZE else -1.0)
        told = {name: _told(column, chosen, losses) for name, column in c.params.items()}
        return _shares(told)

    return study.trials.derive("importances", (places, c.values, c.params), found, (study.direction, least))


def _shares(told: Mapping[str, float]) -> Mapping[str, float]:
    whole = sum(told.values())
    if not told or not math.isfinite(whole) or whole <= 0 or max(told.values()) == min(told.values()):
        return {}
    ordered = sorted(told.items(), key=lambda item: (-item[1], item[0]))
    return {name: divergence / whole for name, divergence in ordered}


def _told(column: ParamColumn, places: Places, losses: Floats) -> float:
    """The Pearson divergence of the best trials' values from all trials' values."""
    has = column.drawn[places] >= 0
    having = int(np.count_nonzero(has))
    if having < FEWEST:
        return 0.0
    grid = _grid(column, places[has])
    if grid.cells < 2:
        return 0.0
    best = _best(losses[has])
    all_of_them = np.bincount(grid.at, minlength=grid.cells)
    density = _density(all_of_them, grid.ordered) + 1e-12
    among_best = _density(np.bincount(grid.at[best], minlength=grid.cells), grid.ordered) + 1e-12
    return float(density @ (among_best / density - 1.0) ** 2) * having / len(places)


def _best(losses: Floats) -> NDArray[np.bool_]:
    """Which are among the best tenth, ties included."""
    cutoff = math.ceil(BEST_SHARE * len(losses)) - 1
    found: NDArray[np.bool_] = losses <= np.partition(losses, cutoff)[cutoff]
    return found


def _grid(column: ParamColumn, places: Places) -> _Grid:
    kinds = [column.ranges[kind] for kind in np.unique(column.drawn[places]).tolist()]
    numeric = [kind for kind in kinds if not isinstance(kind, Choices)]
    if len(numeric) < len(kinds):
        return _options_grid(column, places)
    newest = numeric[int(np.argmax([kind == column.ranges[column.drawn[places[-1]]] for kind in numeric]))]
    values = column.values[places]
    low = min(float(np.min(values)), *(float(kind.low) for kind in numeric))
    high = max(float(np.max(values)), *(float(kind.high) for kind in numeric))
    return _numeric_grid(newest, low, high, values)


def _options_grid(column: ParamColumn, places: Places) -> _Grid:
    """One cell an option, of all the options that there ever were; numbers that were once drawn are one more."""
    kinds = [kind.options if isinstance(kind, Choices) else (_NUMBER,) for kind in column.ranges]
    among: dict[tuple[type, object], int] = {}
    for option in (option for options in kinds for option in options):
        among.setdefault((type(option), option), len(among))
    first = np.cumsum([0, *map(len, kinds)])
    cells = np.array([among[type(option), option] for options in kinds for option in options])
    drawn, values = column.drawn[places], column.values[places]
    numeric = np.array([options == (_NUMBER,) for options in kinds])[drawn]
    at = cells[first[drawn] + np.where(numeric, 0, values).astype(np.intp)]
    return _Grid(len(among), ordered=False, at=at)


def _numeric_grid(kind: NumericRange, low: float, high: float, values: Floats) -> _Grid:
    """Optuna's grid: as many cells as the range has values, or :data:`CELLS`; of whole numbers on a log scale as
    many as it has doublings."""
    log = kind.log and low > 0
    cells = CELLS
    if isinstance(kind, IntRange) and kind.log:
        cells = min(math.ceil(math.log2(high - low + 1)) + 1, CELLS)
    elif kind.step is not None and not kind.log:
        cells = min(round((high - low) / kind.step) + 1, CELLS)
    if cells < 2 or high <= low:
        return _Grid(1, ordered=True, at=np.zeros(len(values), dtype=np.intp))
    first, last = (math.log(low), math.log(high)) if log else (low, high)
    along = np.log(values) if log else values
    at = np.ceil((along - first) / ((last - first) / (cells - 1)) - 0.5).astype(np.intp)
    return _Grid(cells, ordered=True, at=np.clip(at, 0, cells - 1))


def _density(counts: Counts, ordered: bool) -> Floats:
    """(cells,) how likely each cell is, by a Parzen estimator with a prior of the weight of one trial."""
    cells, weight = len(counts), counts.sum() + 1.0
    if not ordered:
        # Each observed option is a kernel that leaves a little to the others; the prior is even.
        seen = int(np.count_nonzero(counts))
        rest = 1.0 / (seen + 1)
        even = rest / (1.0 + cells * rest)
        kernels = counts / (1.0 + cells * rest)
        flat: Floats = (kernels + even * counts.sum() + 1.0 / cells) / weight
        return flat
    width = max(_bandwidth(counts), _NARROWEST)
    kernels = _kernels(cells, width)
    prior = _kernel(cells, (cells - 1) / 2.0, float(cells))
    found: Floats = (counts @ kernels + prior) / weight
    return found


def _bandwidth(counts: Counts) -> float:
    """Scott's rule over the cells, as Optuna has it: the quartiles are those of the cells that were hit."""
    seen = np.flatnonzero(counts)
    weights = counts[seen]
    whole = int(weights.sum())
    mean = float(seen @ weights) / whole
    sigma = math.sqrt(float((seen - mean) ** 2 @ weights) / max(1, whole - 1))
    passed = np.cumsum(weights)
    first = int(np.searchsorted(passed, whole // 4, side="left"))
    third = int(np.searchsorted(passed, whole * 3 // 4, side="right"))
    quartiles = float(seen[min(len(seen) - 1, third)] - seen[first])
    return float(1.059 * min(quartiles / 1.34, sigma) * whole**-0.2)


def _kernels(cells: int, width: float) -> Floats:
    """(cells, cells) a normal kernel on each cell, cut off at the ends of the grid."""
    offsets = np.arange(-cells, cells + 1) - 0.5
    below = np.array([_normal(offset / width) for offset in offsets.tolist()])
    # below[k] is what lies under k - cells - 0.5 of a kernel on 0.
    place = np.arange(cells)[None, :] - np.arange(cells)[:, None] + cells
    raw = below[place + 1] - below[place]
    whole: Floats = raw / raw.sum(axis=1, keepdims=True)
    return whole


def _kernel(cells: int, middle: float, width: float) -> Floats:
    edges = np.array([_normal((edge - 0.5 - middle) / width) for edge in range(cells + 1)])
    raw = np.diff(edges)
    whole: Floats = raw / raw.sum()
    return whole


@cache
def _normal(z: float) -> float:
    return 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))
