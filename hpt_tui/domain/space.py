"""Parameter ranges, and where a value lies in its range on the parameter's own scale."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

ParamValue: TypeAlias = bool | int | float | str | None


LARGEST_INT = 2**53
"""Optuna keeps whole numbers as floats, which are exact up to here."""


class Side(StrEnum):
    LOW = "low"
    HIGH = "high"

    @property
    def word(self) -> str:
        return "lower" if self is Side.LOW else "upper"


@dataclass(frozen=True, slots=True)
class FloatRange:
    """``low`` to ``high``, both included; ``step`` None means continuous. A log range has ``low`` > 0 (C1)."""

    low: float
    high: float
    log: bool = False
    step: float | None = None


@dataclass(frozen=True, slots=True)
class IntRange:
    """Whole numbers ``low`` to ``high``, both included, ``step`` apart. A log range has ``low`` >= 1."""

    low: int
    high: int
    log: bool = False
    step: int = 1


@dataclass(frozen=True, slots=True)
class Choices:
    """A categorical parameter. Optuna forbids changing its choices in a running study."""

    options: tuple[ParamValue, ...]


NumericRange: TypeAlias = FloatRange | IntRange
Range: TypeAlias = NumericRange | Choices


@dataclass(frozen=True, slots=True)
class Bound:
    """The bounds that steering has put in force for one numeric parameter, over those in the code."""

    low: float
    high: float
    at: float = 0.0
    """When it was ordered, epoch seconds."""

    def over(self, declared: Range) -> Range:
        """``declared`` with these bounds, kind, scale and step kept; Choices stay as they are."""
        if isinstance(declared, Choices):
            return declared
        if isinstance(declared, IntRange):
            return replace(declared, low=round(self.low), high=round(self.high))
        return replace(declared, low=self.low, high=self.high)


def position(value: float, range_: NumericRange) -> float:
    """Where ``value`` lies in ``range_`` on its own scale: 0 at the low end, 1 at the high end (C2).

    A range of a single value has everything at 0.5. A value outside gives a position outside 0..1.
    """
    low, high, at = float(range_.low), float(range_.high), float(value)
    if range_.log:
        if at <= 0:
            return -math.inf
        low, high, at = math.log(low), math.log(high), math.log(at)
    return 0.5 if high == low else (at - low) / (high - low)


def contains(range_: NumericRange, value: float) -> bool:
    """Whether ``value`` is within the ends of ``range_`` (its step grid aside)."""
    return range_.low <= value <= range_.high


def natural_limit(range_: NumericRange, side: Side) -> bool:
    """Whether that end is one that the quantity itself has, so that nothing lies beyond it to search.

    A linear range from 0 upwards (dropout, momentum, weight decay) ends at 0 by nature, and one that lies
    within 0..1 and reaches 1 ends at 1 by nature. A count (an integer range) that starts at 1 ends there: most
    have no 0 (layers, batch size).
    """
    if side is Side.LOW:
        return range_.low == 0 or (isinstance(range_, IntRange) and range_.low == 1)
    return isinstance(range_, FloatRange) and not range_.log and range_.low >= 0 and range_.high == 1


def widened(range_: NumericRange, side: Side) -> float:
    """The value to propose for ``side``: one decade further on a log scale (4x for log integers), half the
    range's width further on a linear one; never past 0 for a range that is positive (past 1 for a count), nor
    past 1 for one that lies in 0..1 (on a log scale only if it ends below 1), and on the step grid of a stepped
    range. The bound itself if there is no
    room; :func:`bound_problem` accepts everything else.
    """
    low, high = float(range_.low), float(range_.high)
    new = _further(range_, side)
    if side is Side.LOW and low >= 0 and not range_.log:
        floor = 1.0 if isinstance(range_, IntRange) and low >= 1 else 0.0
        new = max(new, low - _whole_steps(low - floor, range_.step))
    ends_at_one = high < 1 or not range_.log
    if side is Side.HIGH and isinstance(range_, FloatRange) and low >= 0 and high <= 1 and ends_at_one:
        new = min(new, high + _whole_steps(1.0 - high, range_.step))
    return round(new) if isinstance(range_, IntRange) else new


def _further(range_: NumericRange, side: Side) -> float:
    low, high = float(range_.low), float(range_.high)
    if range_.log:
        factor = 4.0 if isinstance(range_, IntRange) else 10.0
        new = low / factor if side is Side.LOW else high * factor
        return max(1.0, new) if isinstance(range_, IntRange) else new
    reach = (high - low) / 2 or abs(high) or 1.0
    if range_.step is not None:
        reach = max(1, math.ceil(reach / range_.step - 1e-9)) * range_.step
    return low - reach if side is Side.LOW else high + reach


def _whole_steps(room: float, step: float | None) -> float:
    """As much of ``room`` as whole steps fill; all of it without a step."""
    return room if step is None else math.floor(room / step + 1e-9) * step


def bound_problem(declared: Range, low: float, high: float) -> str:
    """Why ``low``..``high`` cannot be put in force over ``declared``; empty if it can.

    Kind, scale and step stay the code's: Optuna refuses a change of them within a study.
    """
    if isinstance(declared, Choices):
        return "is categorical; Optuna forbids changing the choices of a running study"
    if not (math.isfinite(low) and math.isfinite(high)):
        return "needs finite bounds"
    if low >= high:
        return f"needs a lower bound below the upper one, not {low:g} .. {high:g}"
    if declared.log and low <= 0:
        return "is on a log scale, which cannot start at 0 or below"
    if isinstance(declared, IntRange) and (low != int(low) or high != int(high)):
        return "is an integer; give whole numbers"
    if isinstance(declared, IntRange) and declared.log and low < 1:
        return "is an integer on a log scale, which starts at 1 at the lowest"
    if isinstance(declared, IntRange) and max(-low, high) > LARGEST_INT:
        return f"is an integer; one beyond {LARGEST_INT:g} cannot be drawn"
    if not math.isfinite(high - low):
        return f"cannot be drawn from a range as wide as {low:g} .. {high:g}"
    if declared.step is not None and not _on_grid(declared, low, high):
        return f"moves in steps of {declared.step:g}; move a bound by whole steps"
    return ""


def _on_grid(declared: NumericRange, low: float, high: float) -> bool:
    step = float(declared.step or 0)
    if declared.log or step == 0:
        return True
    offsets = ((low - declared.low) / step, (high - declared.high) / step)
    return all(abs(x - round(x)) < 1e-6 for x in offsets)


def in_force(declared: Mapping[str, Range], bounds: Mapping[str, Bound]) -> dict[str, Range]:
    """The space that the next trial is drawn from. A bound that does not fit its parameter has no effect."""
    fitting = {n: b for n, b in bounds.items() if n in declared and not bound_problem(declared[n], b.low, b.high)}
    return {name: fitting[name].over(r) if name in fitting else r for name, r in declared.items()}
