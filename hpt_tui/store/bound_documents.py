"""The bounds that steering moved. Each side is a key of its own: of two who move different sides of a parameter at
the same moment neither loses theirs.

A document holds the whole range as the giver of the order saw it, and the code's; its key says which side of it
was ordered. Earlier versions wrote both sides under one key: of the two that speak of a side the newer counts. The
keys are those of :mod:`hpt_tui.store.keys`, and come as ``prefixes``: of both sides, of the lower, of the upper.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from hpt_tui.domain.phases.plan import Begun
from hpt_tui.domain.space import Bound, NumericRange, Side
from hpt_tui.store.documents import Attributes, Document, documents, number

Prefixes: TypeAlias = tuple[str, str, str]
NO_BOUNDS: Mapping[str, Bound] = {}


def encode_bound(bound: Bound, code: NumericRange) -> Document:
    return {
        "low": bound.low,
        "high": bound.high,
        "at": bound.at,
        "code_low": code.low,
        "code_high": code.high,
    }


def decode_bounds(
    attributes: Attributes, prefixes: Prefixes, phase: Mapping[str, Bound] = NO_BOUNDS
) -> dict[str, Bound]:
    """What is in force, by parameter. A ``phase``'s bounds are orders for both sides: each side that was moved by
    hand since goes before them."""
    whole, lows, highs = (_bounds(attributes, prefix) for prefix in prefixes)
    newer = {name: bound for name, bound in phase.items() if name not in whole or whole[name].at < bound.at}
    whole.update(newer)
    found: dict[str, Bound] = {}
    for name in {**whole, **lows, **highs}:
        low, high = (_newer(sides.get(name), whole.get(name)) for sides in (lows, highs))
        if (bound := _joined(low, high)) is not None:
            found[name] = bound
    return found


def at_odds(attributes: Attributes, prefixes: Prefixes, parameter: str, phase: Bound | None = None) -> bool:
    """Whether one side is overruled, as both were moved at once to where they leave no range between them."""
    by_hand, *sides = (_bound(attributes.get(prefix + parameter)) for prefix in prefixes)
    low, high = (_newer(side, _newer(by_hand, phase)) for side in sides)
    return low is not None and high is not None and low.low >= high.high


def side_orders(
    attributes: Attributes, prefixes: Prefixes, parameter: str, bound: Bound, sides: Collection[Side], phase: Begun
) -> Iterator[tuple[str, Bound]]:
    """The keys under which ``bound`` is ordered for these ``sides``, with what to write there; both sides of a
    parameter one of whose sides is overruled. No order is older than one that stands for both sides, or than the
    phase of a plan that is under way, whatever the clock says: those count only until a side is moved again."""
    both = at_odds(attributes, prefixes, parameter, phase.in_force.get(parameter))
    whole = attributes.get(prefixes[0] + parameter)
    given = (number(whole, "at") or 0.0) if isinstance(whole, dict) else 0.0
    ordered = replace(bound, at=max(bound.at, given, phase.at))
    for side, prefix in zip((Side.LOW, Side.HIGH), prefixes[1:], strict=True):
        if both or side in sides:
            yield prefix + parameter, ordered


def code_bounds(attributes: Attributes, prefixes: Prefixes, parameter: str) -> tuple[float, float] | None:
    """The bounds that the code had when steering last changed them."""
    told = [value for prefix in prefixes if isinstance(value := attributes.get(prefix + parameter), dict)]
    for value in sorted(told, key=lambda v: number(v, "at") or 0.0, reverse=True):
        low, high = number(value, "code_low"), number(value, "code_high")
        if low is not None and high is not None:
            return low, high
    return None


def _bounds(attributes: Attributes, prefix: str) -> dict[str, Bound]:
    return {name: bound for name, value in documents(attributes, prefix) if (bound := _bound(value)) is not None}


def _bound(value: object) -> Bound | None:
    if not isinstance(value, dict):
        return None
    low, high = number(value, "low"), number(value, "high")
    if low is None or high is None or low >= high:
        return None
    return Bound(low, high, number(value, "at") or 0.0)


def _newer(side: Bound | None, whole: Bound | None) -> Bound | None:
    if side is None or whole is None:
        return side or whole
    return side if side.at >= whole.at else whole


def _joined(low: Bound | None, high: Bound | None) -> Bound | None:
    """The lower end of one with the upper of the other; where no range is left between them, the newer order as
    its giver saw it."""
    if low is None or high is None:
        return low or high
    if low.low < high.high:
        return Bound(low.low, high.high, max(low.at, high.at))
    return low if low.at >= high.at else high
