"""Orders to the search as a whole: stop, pause, go on, be steered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hpt_tui.domain.event import Event
from hpt_tui.domain.orders.order import OrderBook, WrittenOrder

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Frame
    from hpt_tui.domain.snapshot import StudySnapshot

STOPPING = {
    True: "stopping now: running trials end as failed (interrupted)",
    False: "stopping: running trials finish, no new ones start",
}


@dataclass(frozen=True, slots=True)
class StopStudy(WrittenOrder):
    """No further trials; the running ones finish, or end at once as failed (interrupted)."""

    at_once: bool = False
    reason: str = ""
    """The id of the flag that asked for it; empty if the user did."""

    def foreseen(self, frame: Frame, now: float) -> Event:
        return Event(now, "", "stop-now" if self.at_once else "stop", why=self.reason)

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        book.stop(True, now, now=self.at_once)

    def said(self, event: Event) -> str:
        return STOPPING[self.at_once]

    def shows(self, study: StudySnapshot) -> bool:
        return study.control.stopping and study.control.at_once == self.at_once


@dataclass(frozen=True, slots=True)
class PauseStudy(WrittenOrder):
    """Running trials hold at their next report, keeping their memory; no new ones start."""

    def foreseen(self, frame: Frame, now: float) -> Event:
        return Event(now, "", "pause")

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        book.pause(True, now)

    def said(self, event: Event) -> str:
        return "paused: running trials hold at their next report, no new ones start"

    def shows(self, study: StudySnapshot) -> bool:
        return study.control.paused


@dataclass(frozen=True, slots=True)
class ResumeStudy(WrittenOrder):
    """Take back a pause or a stop."""

    def foreseen(self, frame: Frame, now: float) -> Event:
        return Event(now, "", "resume")

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        if frame.study.control.stopping:
            book.stop(False, now)
        book.pause(False, now)

    def said(self, event: Event) -> str:
        return "resumed"

    def shows(self, study: StudySnapshot) -> bool:
        return not study.control.paused and not study.control.stopping


@dataclass(frozen=True, slots=True)
class TakeControl(WrittenOrder):
    """The user confirmed that a study which was only watched may be steered from here."""

    def foreseen(self, frame: Frame, now: float) -> Event:
        return Event(now, "", "take-control")

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        """Nothing stands in the study but the event."""

    def said(self, event: Event) -> str:
        return "steering: every key has its effect now"

    def shows(self, study: StudySnapshot) -> bool:
        return True
