"""Curves as braille: which characters stand in which cells of a canvas."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hpt_tui.domain.decimate import borders, extremes
from hpt_tui.domain.trials import Floats, Ints
from hpt_tui.tui.axis import Axis

WIDE, HIGH = 2, 4
"""Dots of a braille character."""
BITS = np.array([[0x40, 0x80], [0x04, 0x20], [0x02, 0x10], [0x01, 0x08]])
"""Of each dot, from the lowest row up (Unicode's Braille Patterns)."""
EMPTY = 0x2800
ROUNDING = 5e-9
"""Of a dot: what should be 10 may come out as 9.999999999."""

Cells: TypeAlias = tuple[Ints, Ints, Ints]
"""Columns, rows from the lowest up, and characters (code points), all (cells,)."""


def place(values: Floats | Ints, axis: Axis, dots: int) -> Ints:
    """Where each value is on an axis of ``dots``; outside of 0 .. dots - 1 if it is outside of the axis."""
    where = values.astype(np.float64)
    where -= axis.low
    where *= (dots - 1) / (axis.high - axis.low)
    where += 0.5 + ROUNDING
    found: Ints = np.floor(where, out=where).astype(np.int64)
    return found


def dots(x: Floats | Ints, y: Floats, axes: tuple[Axis, Axis], size: tuple[int, int], sign: str) -> Cells:
    """One ``sign`` in each cell in which there is a point; ``x`` ascending."""
    edges = np.searchsorted(x, borders(size[0], axes[0].low, axes[0].high))
    counts = np.diff(edges, prepend=0, append=len(x))
    canvas = _canvas(np.repeat(np.arange(size[0]), counts), place(y, axes[1], size[1]), *size)
    rows, columns = np.nonzero(canvas)
    return columns, rows, np.full(len(rows), ord(sign))


def line(x: Floats | Ints, y: Floats, axes: tuple[Axis, Axis], size: tuple[int, int]) -> Cells:
    """The lines from each point to the next, on a canvas of ``size`` columns and rows; ``x`` ascending."""
    wide, high = size[0] * WIDE, size[1] * HIGH
    kept = extremes(x, y, wide, axes[0].low, axes[0].high)
    across, up = _joined(place(x[kept], axes[0], wide), place(y[kept], axes[1], high))
    canvas = _canvas(across, up, wide, high)
    masks = np.einsum("rhcw,hw->rc", canvas.reshape(size[1], HIGH, size[0], WIDE), BITS)
    rows, columns = np.nonzero(masks)
    return columns, rows, EMPTY + masks[rows, columns]


def _canvas(x: Ints, y: Ints, width: int, height: int) -> NDArray[np.int64]:
    """(height, width), 1 where there is a point and 0 elsewhere; points outside are left out."""
    canvas = np.zeros((height, width), np.int64)
    if len(x) and (x.min() < 0 or x.max() >= width or y.min() < 0 or y.max() >= height):
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        x, y = x[inside], y[inside]
    canvas[y, x] = 1
    return canvas


def _joined(x: Ints, y: Ints) -> tuple[Ints, Ints]:
    """The dots on the way from each dot to the next."""
    across, up = np.diff(x), np.diff(y)
    count = np.maximum(np.abs(across), np.abs(up))
    along = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    most = np.maximum(count, 1)
    xs = np.repeat(x[:-1], count) + along * np.repeat(across / most, count)
    ys = np.repeat(y[:-1], count) + along * np.repeat(up / most, count)
    return np.append(xs.astype(np.int64), x[-1]), np.append(ys.astype(np.int64), y[-1])
