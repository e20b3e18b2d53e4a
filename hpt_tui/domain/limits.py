"""Ends of a range that the quantity itself has, as far as its range and its name tell."""

from __future__ import annotations

from hpt_tui.domain.roles import Role, role_of
from hpt_tui.domain.space import FloatRange, NumericRange, Side, natural_limit, widened

BELOW_ONE = frozenset({Role.MOMENTUM, Role.DROPOUT, Role.DECAY_FACTOR})
"""Shares of which all is too much: momentum 1 never forgets, dropout 1 lets nothing pass."""
NEARLY_ONE = 0.999
"""From here on such a range ends by nature (own: Adam's usual second beta)."""


def is_limit(name: str, range_: NumericRange, side: Side) -> bool:
    """Whether nothing lies beyond that end to search: then it is no edge."""
    return natural_limit(range_, side) or (_below_one(name, range_, side) and range_.high >= NEARLY_ONE)


def proposed(name: str, range_: NumericRange, side: Side) -> float:
    """:func:`widened`, but half the way to 1 where 1 is too much; the bound itself if there is no room."""
    new = widened(range_, side)
    if not _below_one(name, range_, side) or new < 1:
        return new
    if range_.step is not None:
        return max(float(range_.high), new - range_.step)
    return (1 + range_.high) / 2


def _below_one(name: str, range_: NumericRange, side: Side) -> bool:
    inside = isinstance(range_, FloatRange) and range_.low >= 0 and range_.high <= 1
    return side is Side.HIGH and inside and role_of(name) in BELOW_ONE
