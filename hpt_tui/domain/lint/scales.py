"""G18: parameters whose effect goes by factors, on a scale that goes by differences."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from hpt_tui.domain.figures import percent, plain
from hpt_tui.domain.lint.declared import Declared, numbers, orders
from hpt_tui.domain.lint.finding import Finding, Level
from hpt_tui.domain.lint.thresholds import LintThresholds
from hpt_tui.domain.lint.wording import in_words, number
from hpt_tui.domain.names import words
from hpt_tui.domain.practice import WIDE_LEARNING_RATE, WIDE_WEIGHT_DECAY
from hpt_tui.domain.roles import Role, role_of
from hpt_tui.domain.space import Choices, FloatRange, IntRange, NumericRange, Range

BY_FACTORS = (Role.LEARNING_RATE, Role.WEIGHT_DECAY, Role.REGULARISATION, Role.DECAY_FACTOR)
"""What needs a log scale whatever its range (G18)."""
_BY_DIFFERENCES = (Role.DROPOUT, Role.WARMUP, Role.MOMENTUM)
"""What is searched on a linear scale however wide (guide)."""
_SWITCHED = (Role.WEIGHT_DECAY, Role.REGULARISATION)
"""What may well be 0, which a log scale cannot hold (C1)."""


def linear_scale(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """A learning rate, weight decay, decay factor or regularisation strength on a linear scale: an error for a
    learning rate over an order of magnitude; only INFO for decay factors so near 1 that the scales agree."""
    for name, range_ in declared.searched.items():
        role = role_of(name)
        if role in BY_FACTORS and _linear(range_, limits) and (ends := _ends(range_)):
            yield _on_linear_scale(name, role, range_, ends, limits)


def wide_linear(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """Anything else over more than an order of magnitude on a linear scale. A range from 0 spans no number of
    orders and is not judged; dropout, warmup and momentum are linear by nature."""
    for name, range_ in declared.searched.items():
        role = role_of(name)
        if role in BY_FACTORS + _BY_DIFFERENCES or isinstance(range_, Choices) or range_.log or range_.low <= 0:
            continue
        spanned = orders(range_.low, range_.high)
        if spanned > limits.linear_orders + 1e-9:
            yield _wide(name, role, range_, spanned)


def log_from_zero(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """A log scale that starts at 0 or below (C1)."""
    for name, range_ in declared.space.items():
        if isinstance(range_, Choices) or not range_.log or range_.low > 0 or range_.high <= 0:
            continue
        corrected, zero = _on_log(name, range_, _ends(range_), limits)
        yield Finding(
            "log-from-zero",
            Level.ERROR,
            "G18",
            f"{plain(name)} is on a log scale that starts at {number(range_.low)}",
            "The logarithm of 0 is minus infinity: no sampler can draw from it.",
            f"Start {plain(name)} at {number(_low(corrected[name]))}{zero}.",
            (name,),
            (("range", in_words(range_)),),
            corrected,
        )


def _linear(range_: Range, limits: LintThresholds) -> bool:
    """Whether the values lie evenly; of choices only three or more can."""
    if not isinstance(range_, Choices):
        return not range_.log
    gaps = [b - a for a, b in pairwise(numbers(range_)) if b > a]
    return len(gaps) > 1 and max(gaps) <= limits.even_gaps * min(gaps)


def _ends(range_: Range) -> tuple[float, float] | None:
    values = numbers(range_)
    return (values[0], values[-1]) if values and values[-1] > 0 else None


def _on_linear_scale(
    name: str, role: Role, range_: Range, ends: tuple[float, float], limits: LintThresholds
) -> Finding:
    low, high = ends
    wide = low <= 0 or orders(low, high) >= limits.linear_orders
    corrected, zero = _on_log(name, range_, ends, limits)
    level = Level.ERROR if wide and role is Role.LEARNING_RATE else Level.WARNING
    if role is Role.DECAY_FACTOR and low >= limits.lr_decay_near:
        level = Level.INFO
    crowd = f"{percent(_top_share(low, high))} of the draws lie above {number(high / 10)}"
    return Finding(
        "linear-scale",
        level,
        "G18",
        f"{_titled(name, role)} is searched on a linear scale" + (f": {crowd}" if wide else ""),
        f"The effect of a {role.value} goes by factors: as much happens from 0.001 to 0.01 as from 0.01 to 0.1.",
        f"Search {in_words(corrected[name])}{zero}.",
        (name,),
        (("range", f"{in_words(range_)}, linear"), ("draws in the top tenfold", percent(_top_share(low, high)))),
        corrected,
    )


def _titled(name: str, role: Role) -> str:
    """The name, with what it is where it does not say so itself."""
    return plain(name) + (f" ({role.value})" if " ".join(words(name)) != role.value else "")


def _top_share(low: float, high: float) -> float:
    """Which share of even draws lies in the topmost order of magnitude."""
    start = max(low, 0.0)
    return (high - max(start, high / 10)) / (high - start)


def _on_log(
    name: str, range_: Range, ends: tuple[float, float] | None, limits: LintThresholds
) -> tuple[dict[str, Range], str]:
    """The range on a log scale, with a switch for 0 where 0 means something (C1); and that switch in words."""
    low, high = ends if ends is not None else (0.0, 1.0)
    role = role_of(name)
    if low > 0:
        return {name: _logged(range_, low, high)}, ""
    usual = WIDE_LEARNING_RATE if role is Role.LEARNING_RATE else WIDE_WEIGHT_DECAY
    low = usual.low if role in BY_FACTORS and usual.low * 100 <= high else high / 10**limits.zero_orders
    corrected: dict[str, Range] = {name: _logged(range_, low, high)}
    if role not in _SWITCHED:
        return corrected, ""
    corrected[f"use_{name}"] = Choices((False, True))
    return corrected, ", and ask a switch first whether there is any, as a log scale cannot hold 0 (C1)"


def _logged(range_: Range, low: float, high: float) -> NumericRange:
    if isinstance(range_, IntRange):
        return IntRange(max(1, math.ceil(low)), round(high), log=True)
    return FloatRange(low, high, log=True)


def _low(range_: Range) -> float:
    return numbers(range_)[0]


def _wide(name: str, role: Role, range_: NumericRange, spanned: float) -> Finding:
    corrected = _logged(range_, range_.low, range_.high)
    # Few nets have one layer or a hundred: the count is small whatever its scale.
    level = Level.INFO if role is Role.DEPTH else Level.WARNING
    return Finding(
        "wide-linear",
        level,
        "G18",
        f"{plain(name)} spans {spanned:.1f} orders of magnitude on a linear scale: "
        f"{percent(_top_share(range_.low, range_.high))} of the draws lie above {number(range_.high / 10)}",
        "Over more than one order of magnitude a linear scale hardly looks at the small values.",
        f"Search {in_words(corrected)}.",
        (name,),
        (("range", f"{in_words(range_)}, linear"), ("orders of magnitude", round(spanned, 2))),
        {name: corrected},
    )
