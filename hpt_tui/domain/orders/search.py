"""Orders to the search as a whole: stop, pause, go on, be steered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hpt_tui.domain.event import Event, Values, values
from hpt_tui.domain.orders.order import OrderBook, Undoable, WrittenOrder

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Frame
    from hpt_tui.domain.snapshot import StudySnapshot

STOPPING = {
    True: "stopping now: running trials end as failed (interrupted)",
    False: "stopping: running trials finish, no new ones start",
}


@dataclass(frozen=True, slots=True)
class StopStudy(Undoable):
    """No further trials; the running ones finish, or end at once as failed (interrupted)."""

    at_once: bool = False
    reason: str = ""
    """The id of the flag that asked for it; empty if the user did."""
    acts: ClassVar = frozenset({"stop", "stop-now"})

    outlives_a_fork: ClassVar = True

    def foreseen(self, frame: Frame, now: float) -> Event:
        return Event(
            *(now, "", "stop-now" if self.at_once else "stop"),
            why=self.reason,
            was=_stop(frame.study),
            became=values(stopping=True, at_once=self.at_once),
        )

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        book.stop(True, now, now=self.at_once)

    @staticmethod
    def state(event: Event, study: StudySnapshot) -> Values:
        return _stop(study)

    @staticmethod
    def restoring(event: Event) -> WrittenOrder:
        return Restore(event.was)

    def said(self, event: Event) -> str:
        return STOPPING[self.at_once]

    def shows(self, study: StudySnapshot) -> bool:
        return study.control.stopping and study.control.at_once == self.at_once


@dataclass(frozen=True, slots=True)
class PauseStudy(Undoable):
    """Running trials hold at their next report, keeping their memory; no new ones start."""

    acts: ClassVar = frozenset({"pause"})

    def foreseen(self, frame: Frame, now: float) -> Event:
        return Event(now, "", "pause", was=_pause(frame.study), became=values(paused=True))

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        book.pause(True, now)

    @staticmethod
    def state(event: Event, study: StudySnapshot) -> Values:
        return _pause(study)

    @staticmethod
    def restoring(event: Event) -> WrittenOrder:
        return Restore(event.was)

    def said(self, event: Event) -> str:
        return "paused: running trials hold at their next report, no new ones start"

    def shows(self, study: StudySnapshot) -> bool:
        return study.control.paused


@dataclass(frozen=True, slots=True)
class ResumeStudy(Undoable):
    """Take back a pause or a stop."""

    acts: ClassVar = frozenset({"resume"})

    def foreseen(self, frame: Frame, now: float) -> Event:
        was = self.state(Event(now, "", "resume"), frame.study)
        return Event(now, "", "resume", was=was, became=values(paused=False, stopping=False, at_once=False))

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        if frame.study.control.stopping:
            book.stop(False, now)
        book.pause(False, now)

    @staticmethod
    def state(event: Event, study: StudySnapshot) -> Values:
        return tuple(sorted(_pause(study) + _stop(study)))

    @staticmethod
    def restoring(event: Event) -> WrittenOrder:
        return Restore(event.was)

    def said(self, event: Event) -> str:
        return "resumed"

    def shows(self, study: StudySnapshot) -> bool:
        return not study.control.paused and not study.control.stopping


@dataclass(frozen=True, slots=True)
class Restore(WrittenOrder):
    """Pause and stop as they were before: whatever of both ``was`` speaks of."""

    was: Values

    def foreseen(self, frame: Frame, now: float) -> Event:
        return Event(now, "", "resume")

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        before = dict(self.was)
        if "paused" in before:
            book.pause(before["paused"] is True, now)
        if "stopping" in before:
            book.stop(before["stopping"] is True, now, now=before.get("at_once") is True)

    def said(self, event: Event) -> str:
        return "pause and stop are as they were"

    def shows(self, study: StudySnapshot) -> bool:
        now = dict(_pause(study) + _stop(study))
        return all(now[name] == value for name, value in self.was if name in now)


@dataclass(frozen=True, slots=True)
class TakeControl(WrittenOrder):
    """The user confirmed that a study which was only watched may be steered from here."""

    outlives_a_fork: ClassVar = True

    def foreseen(self, frame: Frame, now: float) -> Event:
        return Event(now, "", "take-control")

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        """Nothing stands in the study but the event."""

    def said(self, event: Event) -> str:
        return "steering: every key has its effect now"

    def shows(self, study: StudySnapshot) -> bool:
        return True


def _pause(study: StudySnapshot) -> Values:
    return values(paused=study.control.paused)


def _stop(study: StudySnapshot) -> Values:
    control = study.control
    return values(stopping=control.stopping, at_once=control.at_once)
