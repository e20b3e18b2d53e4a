"""Orders to the search as a whole: stop, pause, go on, be steered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hpt_tui.domain.event import Event, Values, values
from hpt_tui.domain.figures import local_time
from hpt_tui.domain.orders.order import OrderBook, Undoable, WrittenOrder
from hpt_tui.domain.progress import halted
from hpt_tui.errors import OrderRefusedError

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Frame
    from hpt_tui.domain.snapshot import StudySnapshot

STOPPING = {
    True: "stopping now: running trials end as failed (interrupted)",
    False: "stopping: running trials finish, no new ones start",
}


@dataclass(frozen=True, slots=True)
class StopStudy(Undoable):
    """No further trials; the running ones finish, or end at once as failed (interrupted). Now, or later: once so
    many more have finished, or at a time, whatever comes first."""

    at_once: bool = False
    reason: str = ""
    """The id of the flag that asked for it; empty if the user did."""
    after: int | None = None
    """How many more trials are to finish before, 1 or more; those that run now are among them."""
    deadline: float | None = None
    """Epoch seconds; each worker goes by the clock of its own machine."""
    acts: ClassVar = frozenset({"stop", "stop-now"})

    outlives_a_fork: ClassVar = True

    def enough(self, study: StudySnapshot) -> bool:
        return self.after is None or study.outline is None

    def foreseen(self, frame: Frame, now: float) -> Event:
        limit = self._limit(frame.study)
        self._check(frame.study, limit, now)
        return Event(
            *(now, "", "stop-now" if self.at_once else "stop"),
            after=self._words(limit),
            why=self.reason,
            was=_stop(frame.study),
            became=stop_values(not self._later, self.at_once, limit, self.deadline),
        )

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        limit = self._limit(frame.study)
        book.stop(not self._later, now, now=self.at_once, limit=limit, deadline=self.deadline)

    @staticmethod
    def state(event: Event, study: StudySnapshot) -> Values:
        return _stop(study)

    @staticmethod
    def restoring(event: Event) -> WrittenOrder:
        return Restore(event.was)

    def said(self, event: Event) -> str:
        if self._later:
            return f"no trial starts any more {event.after}; what runs at that moment finishes"
        return STOPPING[self.at_once]

    def shows(self, study: StudySnapshot) -> bool:
        control = study.control
        if self._later:
            told = self.after is None or control.limit is not None
            return not control.stopping and told and control.deadline == self.deadline
        return control.stopping and control.at_once == self.at_once

    @property
    def _later(self) -> bool:
        return self.after is not None or self.deadline is not None

    def _limit(self, study: StudySnapshot) -> int | None:
        """How many trials are to be finished in all."""
        return None if self.after is None else study.trials.used + self.after

    def _check(self, study: StudySnapshot, limit: int | None, now: float) -> None:
        if self._later and self.at_once:
            raise OrderRefusedError("stop", "is either now or later", "give one of the two")
        if self.after is not None and self.after < 1:
            raise OrderRefusedError("stop after", f"{self.after} more trials makes no sense", "give 1 or more")
        if self.deadline is not None and self.deadline <= now:
            raise OrderRefusedError("stop at", f"{_clock(self.deadline)} is over already")
        if limit is not None and study.budget is not None and limit >= study.budget:
            left = max(0, study.budget - study.trials.used)
            raise OrderRefusedError(
                "stop after", f"the budget ends the search before: {left} trials are left of it"
            )

    def _words(self, limit: int | None) -> str:
        after = "" if limit is None else f"after {self.after} more finished trials ({limit} in all)"
        at = "" if self.deadline is None else f"from {_clock(self.deadline)} on"
        return " or ".join(part for part in (after, at) if part)


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
    """Take back a pause or a stop. A stop that is still to come outlasts a pause: going on after it takes that
    back alone."""

    acts: ClassVar = frozenset({"resume"})

    def foreseen(self, frame: Frame, now: float) -> Event:
        was = self.state(Event(now, "", "resume"), frame.study)
        stop = _stop(frame.study) if _only_paused(frame.study, now) else stop_values(on=False)
        became = values(paused=False) + stop
        return Event(now, "", "resume", was=was, became=tuple(sorted(became)))

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        if frame.study.control.stop_ordered and not _only_paused(frame.study, now):
            book.stop(False, now)
        book.pause(False, now)

    @staticmethod
    def state(event: Event, study: StudySnapshot) -> Values:
        return tuple(sorted(_pause(study) + _stop(study)))

    @staticmethod
    def restoring(event: Event) -> WrittenOrder:
        return Restore(event.was)

    def said(self, event: Event) -> str:
        was, became = (_to_come(found) for found in (event.was, event.became))
        if became:
            return "resumed; the stop that is to come holds: resume once more takes it back"
        return "resumed, without the stop that was to come" if was else "resumed"

    def shows(self, study: StudySnapshot) -> bool:
        return not study.control.paused and not study.control.stopping


@dataclass(frozen=True, slots=True)
class Restore(WrittenOrder):
    """Pause and stop as they were before: whatever of both ``was`` speaks of."""

    was: Values

    def foreseen(self, frame: Frame, now: float) -> Event:
        return Event(now, "", "resume", after=self._over(frame.study, now))

    def _over(self, study: StudySnapshot, now: float) -> str:
        """That what is put in force stops the search this very moment; empty if it doesn't."""
        limit, deadline = self._stop_to_come()
        used = study.trials.used
        if limit is not None and study.outline is None and used >= limit:
            return f"stops the search at once, for {used} trials have finished and it was to stop after {limit}"
        if deadline is not None and now >= deadline:
            return f"stops the search at once, for it was to stop at {_clock(deadline)}"
        return ""

    def _stop_to_come(self) -> tuple[int | None, float | None]:
        before = dict(self.was)
        limit, deadline = before.get("limit"), before.get("deadline")
        later = float(deadline) if isinstance(deadline, int | float) else None
        return limit if isinstance(limit, int) else None, later

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        before = dict(self.was)
        if "paused" in before:
            book.pause(before["paused"] is True, now)
        if "stopping" in before:
            limit, deadline = self._stop_to_come()
            stopping, at_once = before["stopping"] is True, before.get("at_once") is True
            book.stop(stopping, now, now=at_once, limit=limit, deadline=deadline)

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


def _to_come(found: Values) -> bool:
    """Whether a stop for later stands in there."""
    told = dict(found)
    return told.get("limit") is not None or told.get("deadline") is not None


def _only_paused(study: StudySnapshot, now: float) -> bool:
    """Whether nothing but a pause holds the search up."""
    return study.control.paused and not halted(study, now)


def _pause(study: StudySnapshot) -> Values:
    return values(paused=study.control.paused)


def _stop(study: StudySnapshot) -> Values:
    control = study.control
    return stop_values(control.stopping, control.at_once, control.limit, control.deadline)


def stop_values(
    on: bool, at_once: bool = False, limit: int | None = None, deadline: float | None = None
) -> Values:
    return values(stopping=on, at_once=at_once, limit=limit, deadline=deadline)


def _clock(at: float) -> str:
    return local_time(at, "%Y-%m-%d %H:%M")
