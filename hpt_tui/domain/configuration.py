"""Single values of parameters, as people give them: read, judged against a range, moved past its edge."""

from __future__ import annotations

import math
from collections.abc import Mapping

from hpt_tui.domain import figures
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import (
    Choices,
    IntRange,
    NumericRange,
    ParamValue,
    Range,
    Side,
    contains,
    natural_limit,
    position,
    widened,
)
from hpt_tui.errors import OrderRefusedError

SHOWN = 8
"""So many choices are named to whoever gave another one."""


def range_of(study: StudySnapshot, name: str) -> Range:
    """The range in force of a parameter.

    Raises:
        OrderRefusedError: there is no such parameter.
    """
    if (found := study.space.get(name)) is None:
        known = ", ".join(sorted(study.space)) or "none yet"
        raise OrderRefusedError(name, "there is no such parameter", f"the study has: {known}")
    return found


def value_of(name: str, text: str, range_: Range) -> ParamValue:
    """What ``text`` stands for in a range: a number of its kind, or one of its choices.

    Raises:
        OrderRefusedError: nothing that the parameter could ever be; a number out of bounds is one.
    """
    if isinstance(range_, Choices):
        return _option(name, text, range_)
    try:
        number = float(text)
    except ValueError:
        raise OrderRefusedError(name, f"{text!r} is not a number") from None
    if not math.isfinite(number):
        raise OrderRefusedError(name, "needs a finite value")
    if range_.log and number <= 0:
        raise OrderRefusedError(name, "is on a log scale, where nothing is 0 or below")
    if not isinstance(range_, IntRange):
        return number
    if not number.is_integer():
        raise OrderRefusedError(name, "is an integer; give a whole number")
    return int(number)


def exact_value(name: str, value: ParamValue, range_: Range) -> ParamValue:
    """The very ``value`` of a record, if a range can still hold its like: 1 and "1" are two choices.

    Raises:
        OrderRefusedError: it is nothing that the parameter could be; a number out of bounds is.
    """
    if not isinstance(range_, Choices):
        return value_of(name, str(value), range_)
    if not any(type(option) is type(value) and option == value for option in range_.options):
        raise OrderRefusedError(name, f"{str(value)!r} is none of its choices any more")
    return value


def _option(name: str, text: str, range_: Choices) -> ParamValue:
    """The choice that reads like ``text``; of several (1 and "1"), the text itself."""
    alike = [option for option in range_.options if _reads(option, text)]
    if not alike:
        named = ", ".join(str(option) for option in range_.options[:SHOWN])
        more = ", …" if len(range_.options) > SHOWN else ""
        raise OrderRefusedError(name, f"{text!r} is none of its choices", f"it has: {named}{more}")
    return next((option for option in alike if option == text), alike[0])


def _reads(option: ParamValue, text: str) -> bool:
    if isinstance(option, str):
        return option == text
    if option is None or isinstance(option, bool):
        return str(option).lower() == text.strip().lower() or (option is None and text.strip().lower() == "null")
    try:
        return float(text) == option
    except ValueError:
        return False


def outside(value: ParamValue, range_: Range) -> str:
    """Why a value of the right kind is none that the search would draw; empty if it could."""
    if isinstance(range_, Choices) or isinstance(value, (str, bool)) or value is None:
        return ""
    if not contains(range_, value):
        return f"{written(value, range_)} is outside its bounds, {written(range_.low, range_)} .. " + written(
            range_.high, range_
        )
    step = 0 if range_.log else range_.step or 0
    off = (value - range_.low) / step if step else 0.0
    if abs(off - round(off)) > 1e-6:
        return f"{written(value, range_)} is between its steps of {step:g}"
    return ""


def written(value: ParamValue, range_: Range) -> str:
    """A value as the screen shows this parameter's."""
    return figures.plain(figures.parameter(value, log=not isinstance(range_, Choices) and range_.log))


def in_words(params: Mapping[str, ParamValue], study: StudySnapshot) -> str:
    """``lr=1.0e-2, optimizer=adamw``."""
    return ", ".join(
        f"{figures.plain(name)}={written(value, study.space[name])}" for name, value in params.items()
    )


def beyond(name: str, range_: Range, value: ParamValue) -> ParamValue:
    """A value just past the bound that ``value`` is nearer to: half as far as the bound would be moved.

    Raises:
        OrderRefusedError: a choice has no edge, and some edges have nothing beyond them.
    """
    if isinstance(range_, Choices) or isinstance(value, (str, bool)) or value is None:
        raise OrderRefusedError(name, "is categorical, so it has no edge")
    side = Side.HIGH if position(value, range_) > 0.5 else Side.LOW
    edge, further = float(range_.low if side is Side.LOW else range_.high), widened(range_, side)
    if further == edge or natural_limit(range_, side):
        raise OrderRefusedError(name, f"has nothing beyond its {side.word} bound, {written(edge, range_)}")
    return _between(edge, further, range_)


def _between(edge: float, further: float, range_: NumericRange) -> ParamValue:
    middle = math.sqrt(edge * further) if range_.log else (edge + further) / 2
    if range_.step is not None and not range_.log:
        steps = max(1, math.floor(abs(middle - edge) / range_.step + 1e-9))
        middle = edge + math.copysign(steps * range_.step, further - edge)
    if not isinstance(range_, IntRange):
        return middle
    whole = round(middle)
    return whole if whole != round(edge) else round(further)
