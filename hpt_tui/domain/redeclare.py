"""A parameter declared anew in ways that Optuna forbids within a study: other choices, another scale, floats for
whole numbers. It takes a successor of the study; here is what the new declaration is and what it can take over."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hpt_tui.domain import figures
from hpt_tui.domain.space import Choices, FloatRange, IntRange, NumericRange, ParamValue, Range
from hpt_tui.errors import OrderRefusedError


@dataclass(frozen=True, slots=True)
class Redeclaration:
    """What is to be another of one parameter; None, and no options, leave that as it is."""

    parameter: str
    options: tuple[str, ...] = ()
    """The new choices as they were typed."""
    log: bool | None = None
    floats: bool = False
    """Floats in place of whole numbers."""
    low: float | None = None
    high: float | None = None


def gathered(
    choices: Sequence[str] = (),
    log: Sequence[str] = (),
    linear: Sequence[str] = (),
    floats: Sequence[str] = (),
    ranges: Sequence[str] = (),
) -> tuple[Redeclaration, ...]:
    """By parameter, what was asked for it: ``PARAM=A,B``, names, and ``PARAM=LOW..HIGH``.

    Raises:
        OrderRefusedError: what cannot be read, or contradicts itself.
    """
    found: dict[str, Redeclaration] = {}

    def change(name: str) -> Redeclaration:
        return found.setdefault(name, Redeclaration(name))

    for text in choices:
        name, rest = _assigned(text, "PARAM=A,B")
        found[name] = replace(change(name), options=tuple(x.strip() for x in rest.split(",") if x.strip()))
    for name in (*log, *linear):
        if name in log and name in linear:
            raise OrderRefusedError(name, "cannot be on a log and on a linear scale")
        found[name] = replace(change(name), log=name in log)
    for name in floats:
        found[name] = replace(change(name), floats=True)
    for text in ranges:
        name, rest = _assigned(text, "PARAM=LOW..HIGH")
        low, _, high = rest.partition("..")
        try:
            found[name] = replace(change(name), low=float(low), high=float(high))
        except ValueError:
            raise OrderRefusedError(text, "is no range", "write PARAM=LOW..HIGH") from None
    return tuple(found.values())


def typed(parameter: str, current: Range, text: str) -> Redeclaration:
    """What ``text``, in the form of :func:`declared_text`, changes of a parameter. ``whole`` left out of an
    integer's asks for floats.

    Raises:
        OrderRefusedError: it cannot be read.
    """
    if isinstance(current, Choices):
        return Redeclaration(parameter, tuple(x.strip() for x in text.split(",") if x.strip()))
    bounds, _, rest = text.partition("..")
    tail = rest.split()
    try:
        low, high = float(bounds), float(tail[0])
    except (ValueError, IndexError):
        raise OrderRefusedError(parameter, "is written LOW .. HIGH log, or linear") from None
    said = set(tail[1:])
    if unknown := said - {"log", "linear", "whole"}:
        raise OrderRefusedError(parameter, f"{sorted(unknown)[0]!r} is neither log, linear nor whole")
    first = declared_text(current).split()
    # What was not touched is not rounded to what was shown.
    same_low, same_high = bounds.strip() == first[0], tail[0] == first[2]
    return Redeclaration(
        parameter,
        log="log" in said,
        floats=isinstance(current, IntRange) and "whole" not in said,
        low=None if same_low else low,
        high=None if same_high else high,
    )


def redeclared(current: Range, change: Redeclaration) -> Range:
    """What ``change`` makes of a parameter that ranges over ``current``.

    Raises:
        OrderRefusedError: it makes no sense, or needs no successor because Optuna allows it in a running study.
    """
    name = change.parameter
    if isinstance(current, Choices):
        if (change.log, change.floats, change.low, change.high) != (None, False, None, None):
            raise OrderRefusedError(name, "is categorical; it has choices, no scale or bounds")
        return _chosen(name, current, change.options)
    if change.options:
        raise OrderRefusedError(name, "is numeric; it has a scale and bounds, no choices")
    new = _numeric(name, current, change)
    if isinstance(new, type(current)) and new.log == current.log:
        if new == current:
            raise OrderRefusedError(name, "is declared so already")
        raise OrderRefusedError(name, "needs no fork for other bounds", f"hpt-tui widen … {name} --low … --high …")
    return new


def fits(range_: Range, value: ParamValue) -> bool:
    """Whether a trial's ``value`` can have come from ``range_``: among its choices, or inside and on its grid."""
    if isinstance(range_, Choices):
        return any(_same(option, value) for option in range_.options)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not range_.low <= value <= range_.high:
        return False
    if isinstance(range_, IntRange) and value != int(value):
        return False
    steps = 0.0 if range_.step is None or range_.log else (value - range_.low) / range_.step
    return abs(steps - round(steps)) < 1e-8


def drawn_for(code: Range, declared: Range) -> Range | None:
    """What the next value is drawn from where the code asks for ``code`` and the study declares ``declared``; None
    where the code could not take such values.

    Code that asks for whole numbers gets whole numbers, as floats with a step; on a log scale there is no step.
    """
    match code, declared:
        case (Choices(), Choices()) | (IntRange(), IntRange()) | (FloatRange(), FloatRange() | IntRange()):
            return declared
        case IntRange(), FloatRange(low=low, high=high, log=False, step=None):
            return FloatRange(float(math.ceil(low)), float(math.floor(high)), False, 1.0)
        case IntRange(), FloatRange(low=low, high=high, log=False, step=step) if _whole(low) and _whole(step or 0):
            return declared
    return None


def option_of(text: str, known: Sequence[ParamValue]) -> ParamValue | None:
    """The choice that ``text`` stands for: one of the ``known`` ones, a new text among texts, else a number, true
    or false; None if it can be none of them."""
    for option in known:
        if text in (str(option), json.dumps(option)):
            return option
    if any(isinstance(option, str) for option in known):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, (bool, int, float)) else None


def _chosen(name: str, current: Choices, texts: Sequence[str]) -> Choices:
    if not texts:
        raise OrderRefusedError(name, "needs at least one choice")
    found: list[ParamValue] = []
    for text in texts:
        option = option_of(text, current.options)
        if option is None and text not in ("None", "null"):
            raise OrderRefusedError(name, f"{text!r} is no value like {current.options[0]!r}, which it has now")
        if any(_same(option, other) for other in found):
            raise OrderRefusedError(name, f"{text!r} is given twice")
        found.append(option)
    if tuple(found) == current.options and all(map(_same, found, current.options)):
        raise OrderRefusedError(name, "has exactly these choices already")
    return Choices(tuple(found))


def _numeric(name: str, current: NumericRange, change: Redeclaration) -> NumericRange:
    low = float(current.low) if change.low is None else change.low
    high = float(current.high) if change.high is None else change.high
    log = current.log if change.log is None else change.log
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise OrderRefusedError(name, f"needs a lower bound below the upper one, not {low:g} .. {high:g}")
    floats = isinstance(current, FloatRange)
    if change.floats and floats:
        raise OrderRefusedError(name, "takes floats already")
    if log and low <= 0 and (floats or change.floats):
        raise OrderRefusedError(
            name, f"starts at {low:g}, and a log scale cannot", f"give bounds: --range {name}=LOW..{high:g}"
        )
    if floats or change.floats:
        step = current.step if isinstance(current, FloatRange) and not log else None
        return FloatRange(low, high, log, step)
    return _whole_numbers(name, current, low, high, log=log)


def _whole_numbers(name: str, current: NumericRange, low: float, high: float, *, log: bool) -> IntRange:
    if not (_whole(low) and _whole(high)):
        raise OrderRefusedError(name, "is an integer; give whole numbers")
    if log and low < 1:
        raise OrderRefusedError(
            name,
            f"starts at {low:g}, and an integer on a log scale starts at 1 at the lowest",
            f"give bounds: --range {name}=1..{high:g}",
        )
    step = 1 if log or not isinstance(current, IntRange) else current.step
    return replace(IntRange(int(low), int(high), log), step=step)


def _assigned(text: str, form: str) -> tuple[str, str]:
    name, sign, rest = text.partition("=")
    if not (name and sign and rest.strip()):
        raise OrderRefusedError(text, "names no parameter with a value", f"write {form}")
    return name, rest


def _same(one: ParamValue, other: ParamValue) -> bool:
    """As Optuna compares choices, but for 1 and True, which are two."""
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    nan = isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other)
    return nan or one == other


def _whole(value: float) -> bool:
    return float(value).is_integer()


def declared_text(range_: Range) -> str:
    """``sgd, adamw`` or ``1.0e-4 .. 1.0e-1 log``; hostile text where choices are."""
    if isinstance(range_, Choices):
        return ", ".join(map(str, range_.options))
    low, high = (figures.parameter(x, log=range_.log) for x in (range_.low, range_.high))
    kind = "" if isinstance(range_, FloatRange) else " whole"
    return f"{low} .. {high}{kind} {'log' if range_.log else 'linear'}"
