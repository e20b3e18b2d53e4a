"""Which trials the table lists, in which order."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, replace

from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import ParamValue
from hpt_tui.domain.trial import Direction, TrialRow, TrialState
from hpt_tui.tui.filters import read

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

    def descending(self, directions: tuple[Direction, ...]) -> bool:
        name, _, place = self.column.partition(":")
        objective = int(place or 0) if name == VALUE else 0
        up = name == VALUE and objective < len(directions) and directions[objective] is Direction.MAXIMIZE
        return (self.column == NUMBER or up) is not self.reverse

    def of(self, study: StudySnapshot, now: float) -> list[TrialRow]:
        """The trials that pass the filters, sorted; equal ones by number."""
        wanted = read(self.text, study, now)
        chosen = [t for t in study.trials if (self.state is None or t.state is self.state) and wanted.passes(t)]
        key = _key(self.column, now)
        keyed = [(key(t), t) for t in chosen]
        known = [(k, t) for k, t in keyed if k is not None]
        unknown = [t for k, t in keyed if k is None]
        known.sort(key=operator.itemgetter(0), reverse=self.descending(study.directions))
        return [t for _, t in known] + unknown


def shown_value(trial: TrialRow) -> float | None:
    """The objective value, or what a trial without one has reported last."""
    return trial.value if trial.value is not None else trial.last_value


def value_at(trial: TrialRow, objective: int) -> float | None:
    """One of several objectives' values."""
    return trial.values[objective] if objective < len(trial.values) else None


def _key(column: str, now: float) -> Callable[[TrialRow], tuple[int, float, str] | None]:
    if column.startswith(PARAM):
        name = column.removeprefix(PARAM)
        return lambda t: _rank(t.params.get(name))
    if column.startswith(VALUE + ":"):
        return lambda t: _rank(value_at(t, int(column.removeprefix(VALUE + ":"))))
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
