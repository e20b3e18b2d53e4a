"""What the text behind ``/`` means: numbers, comparisons, beginnings of states, parts of choices."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from hpt_tui.domain import figures
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, ParamValue
from hpt_tui.domain.trial import TrialRow
from hpt_tui.tui.names import parameters

Test: TypeAlias = Callable[[TrialRow], bool]
Reader: TypeAlias = Callable[[TrialRow], ParamValue]

_TERM = re.compile(r"[^\s<>=]*\s*[<>=]+\s*[^\s<>=]*|[^\s<>=]+(?!\s*[<>=])")
_COMPARISON = re.compile(r"(?P<name>[^\s<>=]+)\s*(?P<sign><=|>=|<|>|=)\s*(?P<value>[^\s<>=]+)")
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge, "=": operator.eq,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that was read: what a trial has to pass, or why it cannot be read."""

    tests: tuple[Test, ...] = ()
    problem: str = ""

    def passes(self, trial: TrialRow) -> bool:
        return not self.problem and all(test(trial) for test in self.tests)


def read(text: str, study: StudySnapshot, now: float) -> Filter:
    """The filter that ``text`` stands for in ``study``. Numbers are compared as they are shown."""
    tests: list[Test] = []
    for term in _TERM.findall(text.lower()):
        found = _test(term, study, now)
        if isinstance(found, str):
            return Filter(problem=found)
        tests.append(found)
    return Filter(tuple(tests))


def _test(term: str, study: StudySnapshot, now: float) -> Test | str:
    """What one term asks of a trial, or what is wrong with it."""
    if re.fullmatch(r"#?\d+", term):
        return lambda t: t.number == int(term.lstrip("#"))
    if (found := _COMPARISON.fullmatch(term)) is not None:
        return _comparison(term, found["name"], found["sign"], found["value"], _readers(study, now))
    if re.search(r"[<>=]", term):
        return f"cannot read {term!r}; a comparison looks like lr<1e-3"
    return lambda t: (
        t.state.startswith(term) or any(isinstance(v, str) and term in v.lower() for v in t.params.values())
    )


def _comparison(term: str, name: str, sign: str, text: str, readers: Mapping[str, Reader]) -> Test | str:
    folded = {known.lower(): read for known, read in readers.items()}
    named = [folded[name]] if name in folded else [r for known, r in folded.items() if known.startswith(name)]
    if not named:
        return f"no parameter {name!r} (there are: {', '.join(figures.plain(n) for n in readers)})"
    try:
        limit = float(text)
    except ValueError:
        if sign != "=":
            return f"cannot read {term!r}: {text!r} is not a number"
        return lambda t: any(str(read(t)).lower() == text for read in named)
    return lambda t: any(isinstance(v := r(t), int | float) and _COMPARE[sign](v, limit) for r in named)


def _readers(study: StudySnapshot, now: float) -> dict[str, Reader]:
    """Everything that can be compared, by its name; a parameter goes before a column of the same name."""
    readers = {name: _parameter(name) for name in parameters(study)}
    others: dict[str, Reader] = {
        study.metric: _value,
        "value": _value,
        "step": lambda t: t.steps or None,
        "time": lambda t: None if (seconds := t.duration(now)) is None else int(seconds),
        "state": lambda t: str(t.state),
    }
    if not study.single:
        others |= {f"value{i}": partial(_value_at, at=i) for i in range(len(study.directions))}
    return {**readers, **{n: r for n, r in others.items() if n not in readers}}


def _value(trial: TrialRow) -> float | None:
    shown = trial.value if trial.value is not None else trial.last_value
    return None if shown is None else float(figures.metric(shown))


def _value_at(trial: TrialRow, at: int) -> float | None:
    return float(figures.metric(trial.values[at])) if at < len(trial.values) else None


def _parameter(name: str) -> Reader:
    def read(trial: TrialRow) -> ParamValue:
        value, range_ = trial.params.get(name), trial.ranges.get(name)
        if not isinstance(value, float):
            return value
        log = range_ is not None and not isinstance(range_, Choices) and range_.log
        return float(figures.parameter(value, log=log))

    return read
