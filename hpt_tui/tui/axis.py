"""Axes: bounds that hold until the data leave them, and where their ticks are."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from hpt_tui.domain import figures

_SHORTEST = 1e-290
"""What is shorter cannot be cut into cells: a cell would be below the smallest number there is."""


@dataclass(frozen=True, slots=True)
class Axis:
    """From ``low`` to ``high``; on a log axis these are powers of ten, and on one of ``names`` their places."""

    low: float
    high: float
    log: bool = False
    names: tuple[str, ...] = ()

    def holds(self, low: float, high: float) -> bool:
        """Whether the data lie inside."""
        return self.low <= low and high <= self.high

    @property
    def drawable(self) -> bool:
        """Whether its length is one that can be divided; that of -1e308 .. 1e308 is infinite."""
        return _SHORTEST < self.high - self.low < math.inf

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """At most ``most`` places and their labels, the ends if there is nothing round between them; whole decades
        on a log axis that spans some."""
        if self.names:
            stride = max(1, math.ceil(len(self.names) / max(1, most)))
            return [(float(at), name) for at, name in enumerate(self.names) if at % stride == 0]
        return (_decades if self.log else _round)(self.low, self.high, most) or [
            (end, figures.metric(10**end if self.log else end)) for end in (self.low, self.high)
        ]


def around(low: float, high: float, *, log: bool, rows: int) -> Axis:
    """An axis with some air around ``low`` .. ``high`` (powers of ten if ``log``)."""
    if log:
        low, high = low - 0.05, high + 0.05
        grid = [math.log10(m) + e for e in range(math.floor(low) - 1, math.ceil(high) + 1) for m in (1, 2, 5)]
        return Axis(max(g for g in grid if g <= low), min(g for g in grid if g >= high), True)
    if high - low < 1e-9 * max(1.0, abs(high)):
        reach = abs(high) * 0.05 or 1.0
        low, high = low - reach, high + reach
    step = _step(high - low, max(2, rows)) / 2
    return Axis(math.floor(low / step) * step, math.ceil(high / step) * step)


def steps(first: int, last: int, total: int | None) -> Axis:
    """The axis of steps: from 0 to the length of a full trial, or to the next round number."""
    end = max(last, total or 1, first + 1)
    if total is None or last > total:
        step = _step(end, 4)
        end = int(math.ceil(end / step) * step)
    return Axis(min(0, first), end)


def _round(low: float, high: float, most: int) -> list[tuple[float, str]]:
    step = _step(high - low, most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [(i * step, _label(i * step, step)) for i in range(first, last + 1)]


def _step(span: float, most: int) -> float:
    """The smallest of 1, 2, 5 × a power of ten that cuts ``span`` into at most ``most`` parts."""
    raw = span / max(1, most)
    power = 10.0 ** math.floor(math.log10(raw))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= raw * (1 - 1e-9))


def _label(value: float, step: float) -> str:
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    if abs(value) >= 1e5 or digits > 4:
        return figures.metric(value)
    return f"{value:.{digits}f}" if value else "0"


def _decades(low: float, high: float, most: int) -> list[tuple[float, str]]:
    first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
    if last - first >= 2:
        stride = math.ceil((last - first + 1) / max(2, most))
        return [(float(e), _power(e)) for e in range(first, last + 1, stride)]
    grid = ((m, e) for e in range(math.floor(low), math.ceil(high) + 1) for m in (1, 2, 5))
    ticks = [(math.log10(m) + e, f"{m * 10.0**e:g}") for m, e in grid]
    ticks = [t for t in ticks if low - 1e-9 <= t[0] <= high + 1e-9]
    # Where several would have to share a row, the ends alone.
    return ticks if len(ticks) <= 2 * max(2, most) else [ticks[0], ticks[-1]]


def _power(exponent: int) -> str:
    return f"{10.0**exponent:g}" if -4 <= exponent <= 4 else f"1e{exponent}"


def extent(values: Iterable[float]) -> tuple[float, float] | None:
    """The smallest and the largest value; None without any."""
    known = list(values)
    return (min(known), max(known)) if known else None
