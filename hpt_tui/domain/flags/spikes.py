"""Spikes of a loss curve (G24.1): a rise over the calm points before it that is soon lost again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hpt_tui.domain.flags.thresholds import Thresholds

Values: TypeAlias = NDArray[np.float64]

_QUARTILE_MOVE = 0.45
"""A quarter of the moves between neighbours of Gaussian noise are below so many of its standard deviations:
sqrt(2) times the normal distribution's quantile of 0.625."""


def spikes(values: Values, limits: Thresholds, noise: float = 0.0) -> int:
    """How many spikes a curve of finite values has; 0 where they are too few to call it spiky.

    Scale free; a rise that stays (divergence) and the wobble of a flat end are none, nor is what ``noise``, the
    usual :func:`wobble` of such curves, explains.
    """
    values = _blocks(values, limits)
    if len(values) < limits.spike_points:
        return 0
    count = _count(values.tolist(), _Rise(values, limits, noise), limits)
    several = count >= limits.spike_count and count >= limits.spike_share * len(values)
    return count if several or count >= max(1.0, limits.spike_share_of_one * len(values)) else 0


def wobble(values: Values, limits: Thresholds) -> float:
    """The standard deviation of a curve's noise as a share of its level, by the calmest quarter of its moves over
    its usual one, so that spikes don't count; 0 where a curve is too short or not positive throughout."""
    values = _blocks(values, limits)
    if len(values) < limits.spike_points or values.min() <= 0:
        return 0.0
    moves = np.diff(np.log(values))
    return float(np.quantile(np.abs(moves - np.median(moves)), 0.25)) / _QUARTILE_MOVE


def _blocks(values: Values, limits: Thresholds) -> Values:
    if len(values) <= limits.spike_blocks:
        return values
    return np.array([block.mean() for block in np.array_split(values, limits.spike_blocks)])


class _Rise:
    """By how much a point must rise over ``base`` to be a spike of this curve."""

    def __init__(self, values: Values, limits: Thresholds, noise: float) -> None:
        fallen = max(0.0, float(np.median(values[: limits.spike_window]) - values.min()))
        noise = min(noise, limits.spike_noise_most)
        self._share = max(limits.spike_rise, math.expm1(limits.spike_noise * noise))
        self._least = limits.spike_of_fall * fallen
        self._signed = bool(values.min() < 0 < values.max())
        # Without a fall there is nothing to measure a jump against.
        self._least_signed = limits.spike_of_fall_signed * fallen if fallen else math.inf

    def over(self, base: float) -> float:
        return self._least_signed if self._signed else max(self._share * abs(base), self._least)


def _count(values: Sequence[float], rise: _Rise, limits: Thresholds) -> int:
    """Spikes by one walk along the curve, which keeps the calm points apart from them."""
    count, place, calm = 0, 1, [values[0]]
    while place < len(values):
        base = min(sorted(calm)[len(calm) // 2], calm[-1])
        if values[place] - base > rise.over(base):
            end = _end(values, place, base, limits)
            if end is None:
                # It stays up: the level from here on.
                calm = []
            else:
                count, place = count + 1, end
        calm = [*calm[1 - limits.spike_window :], values[place]] if calm else [values[place]]
        place += 1
    return count


def _end(values: Sequence[float], start: int, base: float, limits: Thresholds) -> int | None:
    """Where what rose at ``start`` has come down again; None if it does not soon."""
    top = values[start]
    for place in range(start + 1, min(start + 1 + limits.spike_window, len(values))):
        top = max(top, values[place])
        if top - values[place] >= limits.spike_return * (top - base):
            return place
    return None
