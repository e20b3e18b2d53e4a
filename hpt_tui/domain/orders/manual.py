"""Searching by hand (G10): one run after the other, each as ordered, while no sampler draws a trial."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hpt_tui.domain import figures
from hpt_tui.domain.configuration import range_of, value_of
from hpt_tui.domain.event import Event
from hpt_tui.domain.figures import plain
from hpt_tui.domain.manual.loop import ManualLoop, manual_ended
from hpt_tui.domain.manual.proposal import Ending
from hpt_tui.domain.manual.start import SUBJECT, checked, new_loop
from hpt_tui.domain.manual.step import base_of, next_step
from hpt_tui.domain.orders.order import OrderBook, WrittenOrder
from hpt_tui.domain.progress import halted
from hpt_tui.errors import OrderRefusedError

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Frame
    from hpt_tui.domain.snapshot import StudySnapshot

MOST = (1, 50)
"""How many runs a loop may have."""


@dataclass(frozen=True, slots=True)
class BeginManual(WrittenOrder):
    """Let workers run what is ordered by hand and nothing else: go on with the loop that the study has, or begin
    another one; one that the study file's code ended begins anew, for it will have been mended."""

    parameter: str = ""
    """The one to change; empty: the learning rate."""
    start: float | None = None
    """The first value; None: see :func:`~hpt_tui.domain.manual.start.new_loop`."""
    given: tuple[tuple[str, str], ...] = ()
    """Parameter and value, as they were typed: the first one, or what all others are in every run."""
    most: int | None = None
    """How many runs there are to be at most; None: as before, at first as the thresholds say."""

    def enough(self, study: StudySnapshot) -> bool:
        return study.outline is None

    def loop(self, frame: Frame, now: float) -> ManualLoop:
        """The loop that is to be in force.

        Raises:
            OrderRefusedError: the study cannot be searched by hand.
        """
        known = frame.study.control.manual
        anew = self.start is not None or bool(self.given)
        if known is not None and not anew and self.parameter in ("", known.parameter):
            known = replace(known, on=True, most=self.most or known.most)
            step = next_step(frame.study, frame.limits.flags)
            mended = step is not None and step.ending in (Ending.FAILED, Ending.SHORT)
            return replace(known, at=now, first=None, runs={}) if mended else known
        most = self.most or frame.limits.flags.manual_runs
        said = {name: value_of(name, text, range_of(frame.study, name)) for name, text in self.given}
        return new_loop(frame.study, self.parameter, self.start, most, now, said)

    def foreseen(self, frame: Frame, now: float) -> Event:
        loop = self.loop(frame, now)
        return Event(now, "", "begin-manual", loop.parameter, "", f"from {loop.start:g}, {loop.most} runs at most")

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        book.search_by_hand(self.loop(frame, now))

    def said(self, event: Event) -> str:
        return f"by hand: workers run what you order and draw no trial of their own; {event.subject} {event.after}"

    def shows(self, study: StudySnapshot) -> bool:
        return study.control.by_hand


@dataclass(frozen=True, slots=True)
class RunManual(WrittenOrder):
    """Run the loop's configuration with this value; begins the loop where there is none."""

    value: float
    parameter: str = ""

    def enough(self, study: StudySnapshot) -> bool:
        return study.outline is None

    def foreseen(self, frame: Frame, now: float) -> Event:
        loop = self._loop(frame, now)
        step = next_step(frame.study, frame.limits.flags)
        if step is not None and step.open is not None:
            problem = f"#{step.open.number} is under way"
            raise OrderRefusedError(SUBJECT, problem, "wait for it, or end it (k)")
        if frame.study.control.paused or halted(frame.study, frame.now):
            raise OrderRefusedError(SUBJECT, "no trial starts while the search is paused or stopped", "p goes on")
        value = checked(frame.study, loop.parameter, self.value)
        place = f"run {len(loop.runs) + 1}"
        shown = figures.parameter(value, log=True)
        return Event(now, "", "manual-run", plain(loop.parameter), "", f"{shown}, {place}")

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        loop = self._loop(frame, now)
        if loop != frame.study.control.manual:
            book.search_by_hand(loop)
        params = {**base_of(frame.study, loop), loop.parameter: self._of_its_kind(frame.study, loop)}
        book.enqueue_run(params, loop, len(loop.runs) + 1, self.value)

    def said(self, event: Event) -> str:
        return f"{event.subject} {event.after}: the next free worker runs it"

    def shows(self, study: StudySnapshot) -> bool:
        loop = study.control.manual
        return loop is not None and loop.on and self.value in loop.runs.values()

    def _loop(self, frame: Frame, now: float) -> ManualLoop:
        known = frame.study.control.manual
        if known is not None and self.parameter in ("", known.parameter):
            return replace(known, on=True)
        loop = new_loop(frame.study, self.parameter, None, frame.limits.flags.manual_runs, now)
        return loop if loop.runs else replace(loop, start=self.value)

    def _of_its_kind(self, study: StudySnapshot, loop: ManualLoop) -> float | int:
        """A whole number where the parameter is one."""
        whole = isinstance(getattr(study.space[loop.parameter], "low", 0.0), int) and self.value.is_integer()
        return int(self.value) if whole else self.value


@dataclass(frozen=True, slots=True)
class EndManual(WrittenOrder):
    """Go on into the search: samplers draw trials again, and learn from the runs that were."""

    def foreseen(self, frame: Frame, now: float) -> Event:
        loop = frame.study.control.manual
        if loop is None or not loop.on:
            raise OrderRefusedError(SUBJECT, "is over already: the search draws its own trials")
        return manual_ended(loop, now)

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        if (loop := frame.study.control.manual) is not None:
            book.search_by_hand(replace(loop, on=False))

    def said(self, event: Event) -> str:
        return "the search goes on: samplers draw the next trials, and learn from the runs by hand"

    def shows(self, study: StudySnapshot) -> bool:
        return not study.control.by_hand
