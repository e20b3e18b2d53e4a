"""Long curves as few points: smoothing, and what is left of a curve when a plot has only so many columns."""

from __future__ import annotations

import numpy as np

from hpt_tui.domain.trials import Floats, Ints, Places

NEGLIGIBLE = 1e-18
"""A share of a value that no float of double precision shows."""


def smoothed(values: Floats, weight: float) -> Floats:
    """The exponential moving average of finite ``values`` (n,), corrected for its start (Kingma & Ba 2015).

    Each value is ``weight`` times the one before it plus ``1 - weight`` times its own, over the sum of these
    weights. 0 <= ``weight`` < 1; 0 changes nothing.
    """
    if not weight:
        return values
    # The filter 1 / (1 - w z) is the product of (1 + (w z) ** 2 ** i): a pass for each doubling of the reach.
    total, lag, share = (1 - weight) * values, 1, weight
    while lag < len(values) and share > NEGLIGIBLE:
        total[lag:] += share * total[:-lag]
        lag, share = 2 * lag, share * share
    smooth: Floats = total / (1 - weight ** np.arange(1, len(values) + 1))
    return smooth


def extremes(steps: Floats | Ints, values: Floats, columns: int, low: float, high: float) -> Places:
    """Which points of a curve to draw on ``columns`` columns of pixels from ``low`` to ``high``, ascending.

    ``steps`` (n,) ascending, ``values`` (n,) finite. Of each column its first, lowest, highest and last point
    stay, so that every spike does; of a curve that is short enough already, all.
    """
    if len(steps) <= 4 * columns:
        return np.arange(len(steps))
    # A pixel is drawn around its place: the first and the last column are half as wide.
    edges = low + (np.arange(1, columns) - 0.5) * ((high - low) / max(1, columns - 1))
    starts = np.unique(np.concatenate(([0], np.searchsorted(steps, edges))))
    starts = starts[starts < len(steps)]
    ends = np.append(starts[1:], len(steps))
    lowest = _first_at(values, np.minimum.reduceat(values, starts), starts, ends)
    highest = _first_at(values, np.maximum.reduceat(values, starts), starts, ends)
    return np.unique(np.concatenate((starts, lowest, highest, ends - 1)))


def _first_at(values: Floats, wanted: Floats, starts: Places, ends: Places) -> Places:
    """The first place in each column (from start to before end) with the wanted value."""
    places = np.flatnonzero(values == np.repeat(wanted, ends - starts))
    found: Places = places[np.searchsorted(places, starts)]
    return found
