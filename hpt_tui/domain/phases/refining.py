"""The space of the refining phase: what was in force, shrunk round the best configurations (G17)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation

from hpt_tui.domain.orders.bounds import ranges_seen
from hpt_tui.domain.phases.plan import Narrowed
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, FloatRange, IntRange, NumericRange, ParamValue, contains
from hpt_tui.domain.trial import TrialRow

LEAST = 3
"""Of fewer configurations the spread says nothing of where good ones lie (own)."""
BEYOND = 0.25
"""How far beyond the best the space goes on either side, as a share of their spread (own) …"""
BEYOND_LEAST = 0.05
"""… but at least so much of the range before: ten that lie close together may all miss the optimum (own)."""


def best_of(study: StudySnapshot, count: int) -> tuple[TrialRow, ...]:
    """The best complete trials with a finite value that lie in the space in force, at most ``count``."""
    found: list[TrialRow] = []
    for row in study.ranked:
        if len(found) == count:
            break
        if row.value is not None and math.isfinite(row.value) and _lies_in(study, row):
            found.append(row)
    return tuple(found)


def _lies_in(study: StudySnapshot, row: TrialRow) -> bool:
    """Of what was narrowed by hand, only what is left counts."""
    for name, value in row.params.items():
        range_ = study.space.get(name)
        if (
            isinstance(range_, FloatRange | IntRange)
            and _number(value)
            and not contains(range_, float(value or 0))
        ):
            return False
    return True


def refined_bounds(study: StudySnapshot, best: Sequence[TrialRow]) -> dict[str, Narrowed]:
    """The range of each numeric parameter round its values in ``best``, on its own scale, never wider than what is
    in force; without those that stay as they are.

    A margin lies on either side. Whole numbers and steps end on what can be drawn. A parameter whose range the
    code changes from trial to trial has no range to shrink.
    """
    found = {}
    for name, range_ in study.space.items():
        declared = study.declared[name]
        values = [float(v) for row in best if _number(v := row.params.get(name)) and v is not None]
        if isinstance(range_, Choices) or isinstance(declared, Choices) or len(values) < LEAST:
            continue
        if not study.from_file and name not in study.control.bounds and len(ranges_seen(study, name)) > 1:
            continue
        low, high = shrunk(range_, values)
        if (low, high) != (range_.low, range_.high):
            was, code = (range_.low, range_.high), (declared.low, declared.high)
            whole = isinstance(range_, IntRange)
            found[name] = Narrowed(low, high, _floats(was), _floats(code), range_.log, whole)
    return found


def agreed_choices(study: StudySnapshot, best: Sequence[TrialRow]) -> dict[str, ParamValue]:
    """The choice of each categorical parameter that all of ``best`` share, to be fixed: Optuna forbids dropping
    the others. What somebody has fixed already stays theirs."""
    found: dict[str, ParamValue] = {}
    for name, range_ in study.space.items():
        if not isinstance(range_, Choices) or len(range_.options) < 2 or name in study.control.fixed:
            continue
        chosen = [row.params[name] for row in best if name in row.params]
        if len(chosen) >= LEAST and all(_same(value, chosen[0]) for value in chosen):
            found[name] = chosen[0]
    return found


def shrunk(range_: NumericRange, values: Sequence[float]) -> tuple[float, float]:
    """The part of ``range_`` that the refining phase searches, given the best ``values``, of which there is at
    least one; the whole of it where nothing smaller can be drawn from."""
    inside = [min(max(v, range_.low), range_.high) for v in values]
    low, high = _scale(range_, min(inside)), _scale(range_, max(inside))
    whole = _scale(range_, range_.high) - _scale(range_, range_.low)
    margin = max(BEYOND * (high - low), BEYOND_LEAST * whole)
    ends = _drawable(range_, _back(range_, low - margin), _back(range_, high + margin))
    found = max(ends[0], float(range_.low)), min(ends[1], float(range_.high))
    return found if found[0] < found[1] else (float(range_.low), float(range_.high))


def _scale(range_: NumericRange, value: float) -> float:
    return math.log(value) if range_.log else float(value)


def _back(range_: NumericRange, value: float) -> float:
    return math.exp(min(value, 700.0)) if range_.log else value


def _drawable(range_: NumericRange, low: float, high: float) -> tuple[float, float]:
    """The next ends outside that can be drawn, or that are short to write."""
    if range_.step is not None and not range_.log:
        step = float(range_.step)
        steps = math.floor((low - range_.low) / step + 1e-9), math.ceil((high - range_.low) / step - 1e-9)
        return range_.low + steps[0] * step, range_.low + steps[1] * step
    if isinstance(range_, IntRange):
        return float(math.floor(low)), float(math.ceil(high))
    # On a log scale two digits of each end, on a linear one two of the width.
    width = high - low
    return _short(low, low if range_.log else width, up=False), _short(
        high, high if range_.log else width, up=True
    )


def _short(value: float, unit: float, *, up: bool) -> float:
    """The next value outward that has no more than the first two digits of ``unit``."""
    if not 0 < unit < math.inf:
        return value
    place = Decimal(1).scaleb(math.floor(math.log10(unit)) - 1)
    try:
        # Twelve digits: what arithmetic leaves behind them must not round it up.
        rounded = Decimal(f"{value:.12g}").quantize(place, ROUND_CEILING if up else ROUND_FLOOR)
    except InvalidOperation:
        return value
    return float(rounded)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(one: ParamValue, other: ParamValue) -> bool:
    return type(one) is type(other) and one == other


def _floats(ends: tuple[float, float]) -> tuple[float, float]:
    return float(ends[0]), float(ends[1])
