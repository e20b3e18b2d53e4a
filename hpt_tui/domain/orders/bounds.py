"""Moving the bounds of a parameter while it is searched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hpt_tui.domain import figures
from hpt_tui.domain.event import Event, Values, number, values
from hpt_tui.domain.orders.order import OrderBook, Undoable
from hpt_tui.domain.space import Choices, NumericRange, Range, Side, bound_problem
from hpt_tui.errors import OrderRefusedError

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Frame
    from hpt_tui.domain.snapshot import StudySnapshot

NOTHING = Choices(())
LATEST = 5
"""How many of a parameter's latest trials show whether its range changes from trial to trial."""


@dataclass(frozen=True, slots=True)
class ChangeBound(Undoable):
    """Put new bounds in force for the next trial of every worker; None leaves that side as it is."""

    parameter: str
    low: float | None = None
    high: float | None = None
    reason: str = ""
    """The id of the flag that proposed it; empty if the user thought of it."""
    acts: ClassVar = frozenset({"widen", "narrow"})

    def enough(self, study: StudySnapshot) -> bool:
        return study.outline is None

    def foreseen(self, frame: Frame, now: float) -> Event:
        """``widen`` if the new range holds the old one, else ``narrow``, with both ranges in words."""
        low, high = new_bounds(frame.study, self)
        current = frame.study.space[self.parameter]
        if isinstance(current, Choices):
            raise OrderRefusedError(self.parameter, "is categorical")
        act = "widen" if low <= current.low and high >= current.high else "narrow"
        after = f"{figures.parameter(low, log=current.log)} .. {figures.parameter(high, log=current.log)}"
        return Event(
            *(now, "", act, self.parameter, range_text(current), after, self.reason),
            was=self._ordered(_ends(current)),
            became=self._ordered(values(low=low, high=high)),
        )

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        low, high = new_bounds(frame.study, self)
        book.change_bound(self.parameter, frame.study.declared[self.parameter], low, high, now, self._sides)

    @property
    def _sides(self) -> tuple[Side, ...]:
        named = ((Side.LOW, self.low), (Side.HIGH, self.high))
        return tuple(side for side, value in named if value is not None)

    def _ordered(self, ends: Values) -> Values:
        """Those of the ends that the order names: the other one is not its business."""
        return tuple(pair for pair in ends if pair[0] in self._sides)

    @staticmethod
    def state(event: Event, study: StudySnapshot) -> Values:
        """``low`` and ``high`` of the range in force."""
        return _ends(study.space.get(event.subject, NOTHING))

    @staticmethod
    def restoring(event: Event) -> ChangeBound:
        became = dict(event.became)
        moved = {name: number(event.was, name) for name, value in event.was if value != became.get(name)}
        if not moved.keys() & {*Side}:
            raise KeyError(event.subject)
        return ChangeBound(event.subject, moved.get("low"), moved.get("high"))

    def said(self, event: Event) -> str:
        return f"{event.sentence}: the next trial of every worker uses it"

    def shows(self, study: StudySnapshot) -> bool:
        now = study.space.get(self.parameter)
        if now is None or isinstance(now, Choices):
            return False
        return self.low in (None, now.low) and self.high in (None, now.high)


def new_bounds(study: StudySnapshot, order: ChangeBound) -> tuple[float, float]:
    """The bounds that ``order`` puts in force.

    Raises:
        OrderRefusedError: no such parameter, a categorical one, impossible or unchanged bounds, or a
            parameter whose code asks for another range from trial to trial.
    """
    name = order.parameter
    current = study.space.get(name)
    if current is None:
        known = ", ".join(sorted(study.space)) or "none yet"
        raise OrderRefusedError(name, "there is no such parameter", f"the study has: {known}")
    declared = study.declared[name]
    if isinstance(current, Choices) or isinstance(declared, Choices):
        raise OrderRefusedError(name, bound_problem(declared, 0.0, 1.0))
    if study.method is not None and study.method.why_bounds_stay:
        raise OrderRefusedError(name, study.method.why_bounds_stay)
    low = float(current.low if order.low is None else order.low)
    high = float(current.high if order.high is None else order.high)
    if problem := bound_problem(declared, low, high):
        raise OrderRefusedError(name, problem)
    if (low, high) == (current.low, current.high):
        raise OrderRefusedError(name, f"already ranges over {range_text(current)}")
    if not study.from_file and name not in study.control.bounds and len(ranges_seen(study, name)) > 1:
        raise OrderRefusedError(
            name, "has another range from trial to trial in the code, so a bound has no meaning"
        )
    return low, high


def range_text(range_: NumericRange) -> str:
    """``1.0e-4 .. 1.0e-1``."""
    low, high = (figures.parameter(x, log=range_.log) for x in (range_.low, range_.high))
    return f"{low} .. {high}"


def _ends(range_: Range) -> Values:
    return () if isinstance(range_, Choices) else values(low=range_.low, high=range_.high)


def ranges_seen(study: StudySnapshot, name: str) -> set[tuple[float, float]]:
    """Those of the latest trials: earlier ones may be of an earlier version of the code."""
    column = study.trials.columns.params.get(name)
    if column is None:
        return set()
    # The last one stands for trials without the parameter.
    known = np.array([*column.known, False])
    codes = column.drawn[np.flatnonzero(known[column.drawn])[-LATEST:]]
    ranges = (column.ranges[code] for code in codes)
    return {(float(r.low), float(r.high)) for r in ranges if not isinstance(r, Choices)}
