"""Where many values lie in a range at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hpt_tui.domain.space import NumericRange


def positions(values: NDArray[np.float64], range_: NumericRange) -> NDArray[np.float64]:
    """(n,) what :func:`hpt_tui.domain.space.position` says of each value: exactly 0 and 1 at the ends, below 0 and
    above 1 beyond them, -inf where a log scale has no place for a value; NaN for NaN."""
    low, high, at = float(range_.low), float(range_.high), values
    if range_.log:
        # The ends by the same function as the values: another one might differ in the last digit.
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(np.concatenate([values, [low, high]]))
        at = np.where(values <= 0, -np.inf, logs[:-2])
        low, high = float(logs[-2]), float(logs[-1])
    if high == low:
        return np.where(np.isneginf(at), at, 0.5)
    return (at - low) / (high - low)
