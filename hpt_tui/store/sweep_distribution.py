"""One parameter of a W&B sweep as a range.

The distributions and their defaults are those of the sweep configuration's reference; what ``log_uniform`` and
``inv_log_uniform`` mean is what W&B's own controller draws: their ``min`` and ``max`` are natural exponents.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hpt_tui.domain.space import Choices, FloatRange, IntRange, NumericRange, ParamValue, Range
from hpt_tui.domain.sweep import Remark

_SPREAD = 1.959964
"""Standard deviations either side that hold 95 % of a normal distribution."""
_FAR = 1e300
_LONG = 10_000
"""Characters of a value that is a list or a mapping."""
_KEYS = frozenset({"distribution", "value", "values", "probabilities", "min", "max", "q", "mu", "sigma", "a", "b"})


@dataclass(frozen=True, slots=True)
class Fixed:
    """A constant."""

    value: ParamValue


class Parameter:
    """What the file says of one parameter; whatever it is read as is remarked on in :attr:`remarks`."""

    def __init__(self, name: str, document: Mapping[str, object]) -> None:
        self._name, self._document = name, document
        self.remarks: list[Remark] = []

    def read(self) -> Range | Fixed:
        """The range, or the constant.

        Raises:
            ValueError: it makes no sense; says why.
        """
        kind = self._kind()
        if unknown := sorted(str(key) for key in self._document if key not in _KEYS):
            self._remark(f"{', '.join(unknown)}: not a key of a parameter, not used", "Take it out.")
        if kind == "constant":
            return Fixed(option(self._document.get("value")))
        if kind.startswith("categorical"):
            return self._choices(kind)
        reader = _READERS.get(kind)
        if reader is None:
            raise ValueError(f"there is no distribution {kind!r}")
        return reader(self)

    def _kind(self) -> str:
        given = self._document.get("distribution")
        if given is not None:
            return str(given)
        if "values" in self._document:
            return "categorical_w_probabilities" if "probabilities" in self._document else "categorical"
        if "value" in self._document:
            return "constant"
        if "min" in self._document and "max" in self._document:
            whole = all(isinstance(self._document[key], int) for key in ("min", "max"))
            return "int_uniform" if whole else "uniform"
        raise ValueError("needs value, values, min and max, or a distribution")

    def _choices(self, kind: str) -> Range:
        values = self._document.get("values")
        if not isinstance(values, list) or not values:
            raise ValueError("values must be a list that is not empty")
        if kind != "categorical":
            self._approximate("probabilities are not kept: every value is drawn equally often")
        return Choices(tuple(dict.fromkeys(map(option, values))))

    def number(self, key: str, default: float | None = None) -> float:
        """A number of the document; a text that is one counts, as YAML takes ``1e-5`` for a text."""
        found = self._document.get(key, default)
        if isinstance(found, str):
            value = _parsed(found)
            summary = f"{key} {found!r} is a text: YAML wants a dot in a number with an exponent"
            self._remark(summary, f"Write it as {_with_dot(value)}.", wrong=True)
            found = value
        if found is None or isinstance(found, bool) or not isinstance(found, (int, float)):
            raise ValueError(f"{key} must be a number" + ("" if key in self._document else ", and is missing"))
        if not math.isfinite(found) or abs(found) >= _FAR:
            raise ValueError(f"{key} must be finite")
        return found

    def ends(self) -> tuple[float, float]:
        """``min`` and ``max``."""
        low, high = float(self.number("min")), float(self.number("max"))
        if low > high:
            raise ValueError(f"min {low:g} is above max {high:g}")
        return low, high

    def exponents(self) -> tuple[float, float]:
        """``min`` and ``max`` of a distribution that takes them as natural exponents; a likely mistake is said."""
        low, high = self.ends()
        if 0 < low < high < 1:
            kind = str(self._document["distribution"])
            drawn = sorted(math.exp(-end if kind.startswith("inv") else end) for end in (low, high))
            self._remark(
                f"{kind} takes exponents of e: min {low:g} and max {high:g} mean {drawn[0]:.4g} to {drawn[1]:.4g}",
                f"Write {kind}_values to give the values themselves.",
                wrong=True,
            )
        return low, high

    def step(self) -> float:
        q = self.number("q", 1.0)
        if q <= 0:
            raise ValueError(f"q must be above 0, not {q:g}")
        return q

    def spread(self, kind: str) -> tuple[float, float]:
        """The ends of the middle 95 % of a normal distribution."""
        mu, sigma = self.number("mu", 0.0), self.number("sigma", 1.0)
        if sigma < 0:
            raise ValueError(f"sigma must not be below 0, and is {sigma:g}")
        self._approximate(f"{kind} is read as evenly spread over its middle 95 %")
        return mu - _SPREAD * sigma, mu + _SPREAD * sigma

    def on_grid(self, low: float, high: float) -> Range:
        """A range in steps of ``q``, from a multiple of it to another one, as W&B rounds."""
        q = self.step()
        first, last = round(low / q), round(high / q)
        self._notice_one_value(low, high, first, last)
        if float(q).is_integer():
            return IntRange(first * int(q), last * int(q), step=int(q))
        return FloatRange(first * q, last * q, step=q)

    def log_steps(self, low: float, high: float) -> NumericRange:
        """A log range of what is rounded to ``q``: whole numbers for 1; Optuna knows no other steps on one."""
        q = self.step()
        self._notice_one_value(low, high, round(low / q), round(high / q))
        if q == 1:
            return IntRange(max(1, round(low)), max(1, round(high)), log=True)
        self._approximate(f"steps of {q:g} are not kept: a log range has none")
        return log_range(low, high)

    def _notice_one_value(self, low: float, high: float, first: int, last: int) -> None:
        if low < high and first == last:
            summary = f"everything from {low:.4g} to {high:.4g} is rounded to {first * self.step():g} by a q of"
            self._remark(f"{summary} {self.step():g}", "Give a q that is smaller than the range.", wrong=True)

    def beta(self, kind: str) -> tuple[float, float]:
        a, b = self.number("a", 1.0), self.number("b", 1.0)
        if a != 1 or b != 1:
            self._approximate(f"{kind} with a {a:g} and b {b:g} is read as evenly spread from 0 to 1")
        return 0.0, 1.0

    def _approximate(self, summary: str) -> None:
        self._remark(summary, "Nothing is to be done; Optuna has no such distribution.")

    def _remark(self, summary: str, fix: str, *, wrong: bool = False) -> None:
        self.remarks.append(Remark(summary, fix, self._name, wrong))


def option(value: object) -> ParamValue:
    """A value of a sweep as Optuna can keep it: lists and mappings as their JSON."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    text = ""
    try:
        # By and by, as YAML's aliases can make a page stand for more than there is memory.
        for piece in json.JSONEncoder(default=str).iterencode(value):
            text += piece
            if len(text) > _LONG:
                raise ValueError("has a value that is too long")
    except TypeError as error:
        raise ValueError(f"has a value that cannot be written down ({error})") from error
    return text


def log_range(low: float, high: float) -> FloatRange:
    """A log range. One from 0 is kept as it is declared: lint says what is wrong with it (C1)."""
    if high <= 0:
        raise ValueError(f"max must be above 0 on a log scale, not {high:g}")
    return FloatRange(low, high, log=True)


def _exp(value: float) -> float:
    if abs(value) > math.log(_FAR):
        raise ValueError(f"the exponent {value:g} is out of reach")
    return math.exp(value)


def _parsed(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text!r} is no number") from None


def _with_dot(value: float) -> str:
    text = repr(value)
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


def _int_uniform(p: Parameter) -> Range:
    low, high = p.ends()
    if not (float(low).is_integer() and float(high).is_integer()):
        raise ValueError("int_uniform needs whole numbers")
    return IntRange(int(low), int(high))


_READERS: Mapping[str, Callable[[Parameter], Range]] = {
    "int_uniform": _int_uniform,
    "uniform": lambda p: FloatRange(*p.ends()),
    "q_uniform": lambda p: p.on_grid(*p.ends()),
    "log_uniform": lambda p: log_range(*map(_exp, p.exponents())),
    "log_uniform_values": lambda p: log_range(*p.ends()),
    "q_log_uniform": lambda p: p.log_steps(*map(_exp, p.exponents())),
    "q_log_uniform_values": lambda p: p.log_steps(*p.ends()),
    "inv_log_uniform": lambda p: log_range(*sorted(_exp(-end) for end in p.exponents())),
    "inv_log_uniform_values": lambda p: log_range(*p.ends()),
    "normal": lambda p: FloatRange(*p.spread("normal")),
    "q_normal": lambda p: p.on_grid(*p.spread("q_normal")),
    "log_normal": lambda p: log_range(*map(_exp, p.spread("log_normal"))),
    "q_log_normal": lambda p: p.log_steps(*map(_exp, p.spread("q_log_normal"))),
    "beta": lambda p: FloatRange(*p.beta("beta")),
    "q_beta": lambda p: p.on_grid(*p.beta("q_beta")),
}
