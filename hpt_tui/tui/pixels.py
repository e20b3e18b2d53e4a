"""Curves as braille: which characters stand in which cells of a canvas."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from hpt_tui.domain.decimate import extremes
from hpt_tui.domain.trials import Floats, Ints
from hpt_tui.tui.axis import Axis

WIDE, HIGH = 2, 4
"""Dots of a braille character."""
BITS = np.array([[0x40, 0x80], [0x04, 0x20], [0x02, 0x10], [0x01, 0x08]])
"""Of each dot, from the lowest row up (Unicode's Braille Patterns)."""
EMPTY = 0x2800

Cells: TypeAlias = tuple[Ints, Ints, Ints]
"""Columns, rows from the lowest up, and characters (code points), all (cells,)."""


def place(values: Floats | Ints, axis: Axis, dots: int) -> Ints:
    """Where each value is on an axis of ``dots``; outside of 0 .. dots - 1 if it is outside of the axis."""
    where = 0.5 + (dots - 1) * (values.astype(np.float64) - axis.low) / (axis.high - axis.low)
    # Rounded first, as 9.9999 repeated is 10.
    found: Ints = np.floor(np.round(where, 8)).astype(np.int64)
    return found


def dots(x: Floats | Ints, y: Floats, axes: tuple[Axis, Axis], size: tuple[int, int], sign: str) -> Cells:
    """One ``sign`` in each cell in which there is a point."""
    cells = np.unique(place(y, axes[1], size[1]) * size[0] + place(x, axes[0], size[0]))
    rows, columns = np.divmod(cells, size[0])
    return columns, rows, np.full(len(cells), ord(sign))


def line(x: Floats | Ints, y: Floats, axes: tuple[Axis, Axis], size: tuple[int, int]) -> Cells:
    """The lines from each point to the next, on a canvas of ``size`` columns and rows; ``x`` ascending."""
    wide, high = size[0] * WIDE, size[1] * HIGH
    kept = extremes(x, y, wide, axes[0].low, axes[0].high)
    across, up = _joined(place(x[kept], axes[0], wide), place(y[kept], axes[1], high))
    inside = (across >= 0) & (across < wide) & (up >= 0) & (up < high)
    across, up = across[inside], up[inside]
    masks = np.zeros(size[0] * size[1], np.int64)
    np.bitwise_or.at(masks, up // HIGH * size[0] + across // WIDE, BITS[up % HIGH, across % WIDE])
    cells = np.flatnonzero(masks)
    rows, columns = np.divmod(cells, size[0])
    return columns, rows, EMPTY + masks[cells]


def _joined(x: Ints, y: Ints) -> tuple[Ints, Ints]:
    """The dots on the way from each dot to the next."""
    across, up = np.diff(x), np.diff(y)
    count = np.maximum(np.abs(across), np.abs(up))
    along = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    count_ = np.maximum(count, 1)
    xs = np.repeat(x[:-1], count) + along * np.repeat(across / count_, count)
    ys = np.repeat(y[:-1], count) + along * np.repeat(up / count_, count)
    return np.append(xs.astype(np.int64), x[-1]), np.append(ys.astype(np.int64), y[-1])
