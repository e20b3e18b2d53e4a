"""Which trials the table lists, in which order."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import ParamValue
from hpt_tui.domain.trial import Direction, TrialRow, TrialState

NUMBER, STATE, VALUE, STEPS, TIME = "#", "state", "value", "step", "time"
"""The columns that every study has; a parameter's column is called ``param:NAME``."""
PARAM = "param:"

FILTERS: tuple[TrialState | None, ...] = (
    None,
    TrialState.RUNNING,
    TrialState.COMPLETE,
    TrialState.PRUNED,
    TrialState.FAILED,
)
_STATE_ORDER = {s: i for i, s in enumerate((TrialState.RUNNING, TrialState.COMPLETE, TrialState.PRUNED))}
_COMPARISON = re.compile(r"(?P<name>.+?)(?P<sign><=|>=|<|>|=)(?P<value>.+)")
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge, "=": operator.eq,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listing:
    """A choice of trials and their order. Unknown values come last whichever way it is sorted."""

    column: str = VALUE
    reverse: bool = False
    """Against the column's natural order: best first, newest first, smallest first."""
    state: TrialState | None = None
    text: str = ""

    def by(self, column: str) -> Listing:
        """Sorted by ``column``; the other way round if it was sorted by that already."""
        return replace(self, column=column, reverse=not self.reverse if column == self.column else False)

    def descending(self, direction: Direction) -> bool:
        natural = self.column == NUMBER or (self.column == VALUE and direction is Direction.MAXIMIZE)
        return natural is not self.reverse

    def of(self, study: StudySnapshot, now: float) -> list[TrialRow]:
        """The trials that pass the filters, sorted; equal ones by number."""
        wanted = [matcher(term, study.metric) for term in self.text.lower().split()]
        chosen = [
            t for t in study.trials if (self.state is None or t.state is self.state) and all(m(t) for m in wanted)
        ]
        key = _key(self.column, now)
        keyed = [(key(t), t) for t in chosen]
        known = [(k, t) for k, t in keyed if k is not None]
        unknown = [t for k, t in keyed if k is None]
        known.sort(key=operator.itemgetter(0), reverse=self.descending(study.direction))
        return [t for _, t in known] + unknown


def shown_value(trial: TrialRow) -> float | None:
    """The objective value, or what a trial without one has reported last."""
    return trial.value if trial.value is not None else trial.last_value


def _key(column: str, now: float) -> Callable[[TrialRow], tuple[int, float, str] | None]:
    if column.startswith(PARAM):
        name = column.removeprefix(PARAM)
        return lambda t: _rank(t.params.get(name))
    return {
        NUMBER: lambda t: _rank(t.number),
        STATE: lambda t: _rank(_STATE_ORDER.get(t.state, 9)),
        VALUE: lambda t: _rank(shown_value(t)),
        STEPS: lambda t: _rank(t.steps or None),
        TIME: lambda t: _rank(t.duration(now)),
    }[column]


def _rank(value: ParamValue) -> tuple[int, float, str] | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return (1, 0.0, value) if isinstance(value, str) else (0, value, "")


def matcher(term: str, metric: str) -> Callable[[TrialRow], bool]:
    """What one word of the filter means: a number, a comparison, or part of a state or of a choice."""
    if re.fullmatch(r"#?\d+", term):
        return lambda t: t.number == int(term.lstrip("#"))
    if (found := _COMPARISON.fullmatch(term)) is not None:
        return _comparison(found["name"], found["sign"], found["value"], metric.lower())
    return lambda t: term in t.state or any(isinstance(v, str) and term in v.lower() for v in t.params.values())


def _comparison(name: str, sign: str, text: str, metric: str) -> Callable[[TrialRow], bool]:
    def values(trial: TrialRow) -> list[ParamValue]:
        named = [v for n, v in trial.params.items() if n.lower().startswith(name)]
        return [shown_value(trial), *named] if metric.startswith(name) else named

    try:
        limit = float(text)
    except ValueError:
        return lambda t: sign == "=" and any(str(v).lower() == text for v in values(t))
    return lambda t: any(isinstance(v, int | float) and _COMPARE[sign](v, limit) for v in values(t))
