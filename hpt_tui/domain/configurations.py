"""Which trials ran the same configuration, and how far apart its runs come out.

A configuration is what a trial was given, a seed aside. A seed is a parameter with a seed's name (``seed``,
``random_state``); where there is none, two runs of one configuration with different results had different seeds,
whoever drew them, and two with the same result had the same one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hpt_tui.domain import names
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, IntRange, Range
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.trials import CODES, Floats, ParamColumn, Places, Trials

Keys: TypeAlias = NDArray[np.uint64]

_ODD = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True, slots=True, eq=False)
class Repeats:
    """Runs of one configuration that have a finite value."""

    places: Places
    """Of the runs, by number."""
    values: Floats
    """Of those that count: see :func:`repeats`."""

    @property
    def mean(self) -> float:
        return float(np.mean(self.values))

    @property
    def differ(self) -> bool:
        return bool(self.values.min() != self.values.max())


def newest_runs(trials: Trials, most: int) -> Places:
    """The newest complete and pruned trials of the search, up to so many, oldest first."""
    c, validating = trials.columns, trials.validating

    def found() -> Places:
        ended = trials.in_state(TrialState.COMPLETE) | trials.in_state(TrialState.PRUNED)
        return np.flatnonzero(ended & ~validating)[-most:]

    return trials.derive("newest runs", (c.states, validating), found, (most,))


def keys_of(trials: Trials, places: Places, without: Iterable[str] = ()) -> Keys:
    """(n,) a number that is the same for two trials of the same parameters, those in ``without`` aside, and for
    hardly any two others (2^-64 for each pair)."""
    left_out, keys = frozenset(without), np.zeros(len(places), np.uint64)
    for name in sorted(trials.columns.params):
        if name not in left_out:
            keys = _mixed(keys * _ODD + _bits(trials.columns.params[name], places))
    return keys


def seeds_among(parameters: Iterable[str]) -> tuple[str, ...]:
    """The parameters that are a seed by their name."""
    return tuple(name for name in parameters if names.is_seed(name))


def repeats(study: StudySnapshot, most: int) -> tuple[Repeats, ...]:
    """The configurations with two or more complete runs, the best mean first, among the newest ``most``. Of one
    with two runs or more of the final validation only these count: the search found it by its luck, too."""
    trials = study.trials
    c, validating = trials.columns, trials.validating

    def found() -> tuple[Repeats, ...]:
        places = np.concatenate([newest_runs(trials, most), np.flatnonzero(validating)])
        places = places[(c.states[places] == CODES[TrialState.COMPLETE]) & np.isfinite(c.values[places, 0])]
        keys = keys_of(trials, places, seeds_among(c.params))
        order = np.argsort(keys, kind="stable")
        ends = np.flatnonzero(keys[order][1:] != keys[order][:-1]) + 1
        groups = (np.sort(group) for group in np.split(places[order], ends) if len(group) > 1)
        counting = ((g, own if len(own := g[validating[g]]) > 1 else g) for g in groups)
        made = (Repeats(group, c.values[those, 0]) for group, those in counting)
        return tuple(sorted(made, key=lambda r: (study.direction.loss(r.mean), int(r.places[0]))))

    return trials.derive("repeats", (c.states, c.values, c.params, validating), found, (study.direction, most))


def seed_noise(found: Iterable[Repeats]) -> tuple[float, int] | None:
    """The standard deviation between runs of the same configuration, pooled, and its degrees of freedom. None
    where no configuration was run twice with different results: runs of one seed tell nothing."""
    several = [one for one in found if one.differ]
    freedom = sum(len(one.values) - 1 for one in several)
    if not freedom:
        return None
    squares = sum(float(np.sum((one.values - one.mean) ** 2)) for one in several)
    return math.sqrt(squares / freedom), freedom


def possible(space: Iterable[Range]) -> int | None:
    """How many configurations a space holds; None if any parameter is continuous."""
    whole = 1
    for range_ in space:
        if isinstance(range_, Choices):
            whole *= len(range_.options)
        elif isinstance(range_, IntRange) or range_.step is not None:
            whole *= math.floor((range_.high - range_.low) / (range_.step or 1) + 1e-9) + 1
        elif range_.low != range_.high:
            return None
    return whole


def _bits(column: ParamColumn, places: Places) -> Keys:
    drawn, values = column.drawn[places], column.values[places]
    if sum(isinstance(range_, Choices) for range_ in column.ranges) > 1:
        # The same option may stand elsewhere among other choices.
        told = [repr(column.value(int(p))) if d >= 0 else "" for p, d in zip(places, drawn, strict=True)]
        values = np.unique(told, return_inverse=True)[1].astype(np.float64)
    # Adding 0 makes -0.0 and 0.0 one.
    bits = (np.where(drawn >= 0, values, np.inf) + 0.0).view(np.uint64)
    return bits + (drawn >= 0)


def _mixed(keys: Keys) -> Keys:
    """SplitMix64's finaliser: neighbouring numbers come out far apart."""
    keys = (keys ^ (keys >> np.uint64(30))) * _MIX[0]
    keys = (keys ^ (keys >> np.uint64(27))) * _MIX[1]
    return keys ^ (keys >> np.uint64(31))
