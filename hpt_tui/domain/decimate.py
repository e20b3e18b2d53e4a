"""Long curves as few points: smoothing, and what is left of a curve when a plot has only so many columns."""

from __future__ import annotations

import math

import numpy as np

from hpt_tui.domain.trials import Floats, Ints, Places

BLOCK = 128
"""Values that are filtered one after the other."""
NEGLIGIBLE = 1e-18
"""A share of a value that no float of double precision shows."""


def smoothed(values: Floats, weight: float) -> Floats:
    """The exponential moving average of finite ``values`` (n,), corrected for its start (Kingma & Ba 2015).

    Each value is ``weight`` times the one before it plus ``1 - weight`` times its own, over the sum of these
    weights. 0 <= ``weight`` < 1; 0 changes nothing.
    """
    if not weight or not len(values):
        return values
    # Blocks side by side, so that each pass takes one place of all of them; then what the blocks before leave.
    rows = np.zeros((-(-len(values) // BLOCK), BLOCK))
    rows.reshape(-1)[: len(values)] = values
    rows = np.multiply(1 - weight, rows.T, order="C")
    for place in range(1, BLOCK):
        rows[place] += weight * rows[place - 1]
    before = _gathered(rows[-1, :-1], weight**BLOCK)
    rows[:, 1:] += np.multiply.outer(weight ** np.arange(1, BLOCK + 1), before)
    smooth: Floats = rows.T.reshape(-1)[: len(values)]
    start = smooth[: math.ceil(math.log(NEGLIGIBLE) / math.log(weight))]
    start /= 1 - weight ** np.arange(1, len(start) + 1)
    return smooth


def smoothed_on(former: Floats, values: Floats, weight: float) -> Floats:
    """The smoothed ``values`` (k,) that follow those which became ``former`` (n,), n > 0: without these again."""
    if not weight:
        return values
    mass = 1 - weight ** len(former)
    total, smooth = float(former[-1]) * mass, np.empty(len(values))
    for place, value in enumerate(values.tolist()):
        total, mass = weight * total + (1 - weight) * value, weight * mass + (1 - weight)
        smooth[place] = total / mass
    return smooth


def _gathered(values: Floats, weight: float) -> Floats:
    """Each value plus ``weight`` times the sum before it."""
    # The filter 1 / (1 - w z) is the product of (1 + (w z) ** 2 ** i): a pass for each doubling of the reach.
    total, lag = values.copy(), 1
    while lag < len(values) and weight > NEGLIGIBLE:
        total[lag:] += weight * total[:-lag]
        lag, weight = 2 * lag, weight * weight
    return total


def extremes(steps: Floats | Ints, values: Floats, columns: int, low: float, high: float) -> Places:
    """Which points of a curve to draw on ``columns`` columns of pixels from ``low`` to ``high``, ascending.

    ``steps`` (n,) ascending, ``values`` (n,) finite. Of each column its first, lowest, highest and last point
    stay, so that every spike does; of a curve that is short enough already, all.
    """
    if len(steps) <= 4 * columns:
        return np.arange(len(steps))
    starts = np.unique(np.concatenate(([0], np.searchsorted(steps, borders(columns, low, high)))))
    starts = starts[starts < len(steps)]
    ends = np.append(starts[1:], len(steps))
    lowest = _first_at(values, np.minimum.reduceat(values, starts), starts, ends)
    highest = _first_at(values, np.maximum.reduceat(values, starts), starts, ends)
    return np.unique(np.concatenate((starts, lowest, highest, ends - 1)))


def borders(columns: int, low: float, high: float) -> Floats:
    """(columns - 1,) where one column ends and the next begins. A column is drawn around its place, so that the
    first and the last one are half as wide."""
    places = np.arange(1, columns, dtype=np.float64)
    places -= 0.5
    places *= (high - low) / max(1, columns - 1)
    places += low
    return places


def _first_at(values: Floats, wanted: Floats, starts: Places, ends: Places) -> Places:
    """The first place in each column (from start to before end) with the wanted value."""
    places = np.flatnonzero(values == np.repeat(wanted, ends - starts))
    found: Places = places[np.searchsorted(places, starts)]
    return found
