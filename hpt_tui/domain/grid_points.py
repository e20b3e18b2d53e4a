"""Which values of each parameter a grid goes through (G14)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from hpt_tui.domain.figures import plain
from hpt_tui.domain.space import Choices, FloatRange, NumericRange, ParamValue, Range

MOST = 1_000
"""Values of one parameter; a grid of more is a mistake."""

Points = Mapping[str, tuple[ParamValue, ...]]


def grid_points(space: Mapping[str, Range], given: Mapping[str, Sequence[ParamValue]]) -> Points:
    """Every value of each parameter: those ``given``, else every choice, whole number or step of its range.

    Raises:
        ValueError: there is no space, or a parameter has no finite number of values, or more than :data:`MOST`;
            the message names it and says what to do.
    """
    if not space:
        raise ValueError("a grid needs to know the space before it starts; declare a StudySpec")
    if endless := [name for name, r in space.items() if name not in given and _endless(r)]:
        names, first = ", ".join(map(plain, endless)), plain(endless[0])
        raise ValueError(
            f"a grid cannot go through {names}: a continuous range has no end of values; give it a step, or "
            f"values of its own: StudySpec(points={{{first!r}: (…)}}), or take another strategy"
        )
    return {name: tuple(given[name]) if name in given else _values(name, r) for name, r in space.items()}


def configurations(points: Points) -> int:
    return math.prod(len(values) for values in points.values())


def _endless(range_: Range) -> bool:
    return isinstance(range_, FloatRange) and range_.step is None and range_.low < range_.high


def _values(name: str, range_: Range) -> tuple[ParamValue, ...]:
    if isinstance(range_, Choices):
        return range_.options
    step = range_.step or 1
    count = _count(range_, step)
    if count > MOST:
        raise ValueError(
            f"a grid over {plain(name)} has {count} values of it, more than {MOST}; give it a larger step, or "
            f"values of its own: StudySpec(points={{{plain(name)!r}: (…)}})"
        )
    return tuple(range_.low + i * step for i in range(count))


def _count(range_: NumericRange, step: float) -> int:
    return math.floor((range_.high - range_.low) / step + 1e-9) + 1
