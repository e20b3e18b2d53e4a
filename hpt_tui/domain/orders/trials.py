"""Orders to single trials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hpt_tui.domain.event import Event, Values, values
from hpt_tui.domain.orders.order import OrderBook, Undoable, WrittenOrder
from hpt_tui.domain.trial import TrialRow, TrialState
from hpt_tui.domain.worker import WorkerState
from hpt_tui.errors import OrderRefusedError

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Frame
    from hpt_tui.domain.snapshot import StudySnapshot


class TrialOrder(WrittenOrder):
    """An order to one trial. Subclasses have its ``number``."""

    __slots__ = ()
    number: int

    outlives_a_fork: ClassVar = True

    def enough(self, study: StudySnapshot) -> bool:
        return study.outline is None or self.number in study.by_number

    @property
    def subject(self) -> str:
        return f"#{self.number}"


@dataclass(frozen=True, slots=True)
class PruneTrial(TrialOrder):
    """End one running trial as pruned: the sampler keeps what it showed, the worker takes the next one."""

    number: int

    def foreseen(self, frame: Frame, now: float) -> Event:
        heard_trial(frame, self.number)
        return Event(now, "", "prune", self.subject)

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        book.prune(self.number, now)

    def said(self, event: Event) -> str:
        return f"{event.subject} ends as pruned at its next report; its worker takes the next trial"

    def shows(self, study: StudySnapshot) -> bool:
        kill = study.control.kills.get(self.number)
        return kill is not None and not kill.discard


@dataclass(frozen=True, slots=True)
class DiscardTrial(TrialOrder):
    """End one running trial as failed: no sampler looks at it, and it uses up nothing of the budget."""

    number: int

    def foreseen(self, frame: Frame, now: float) -> Event:
        heard_trial(frame, self.number)
        return Event(now, "", "discard", self.subject)

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        book.discard(self.number, now)

    def said(self, event: Event) -> str:
        return f"{event.subject} ends as failed at its next report, and counts for nothing"

    def shows(self, study: StudySnapshot) -> bool:
        kill = study.control.kills.get(self.number)
        return kill is not None and kill.discard


class HoldingOrder(TrialOrder, Undoable):
    """An order on whether a running trial holds. Subclasses have its ``number``."""

    __slots__ = ()

    @staticmethod
    def state(event: Event, study: StudySnapshot) -> Values:
        number = _number(event)
        trial = study.by_number.get(number)
        running = trial is not None and trial.state is TrialState.RUNNING
        return _held(study, number) if running else ()

    @staticmethod
    def restoring(event: Event) -> WrittenOrder:
        return PauseTrial(_number(event)) if dict(event.was)["held"] is True else ResumeTrial(_number(event))


@dataclass(frozen=True, slots=True)
class PauseTrial(HoldingOrder):
    """Let one running trial hold at its next report, keeping its memory; its worker waits with it."""

    number: int
    acts: ClassVar = frozenset({"pause-trial"})

    def foreseen(self, frame: Frame, now: float) -> Event:
        heard_trial(frame, self.number)
        if not frame.study.single:
            problem = "has several objectives, so it reports nothing and could not hold at a report"
            raise OrderRefusedError(f"trial #{self.number}", problem, "pause the study instead")
        if self.number in frame.study.control.held:
            raise OrderRefusedError(f"trial #{self.number}", "is paused already")
        was = _held(frame.study, self.number)
        return Event(now, "", "pause-trial", self.subject, was=was, became=values(held=True))

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        book.hold(self.number, True, now)

    def said(self, event: Event) -> str:
        return f"{event.subject} holds at its next report, keeping its memory; its worker waits with it"

    def shows(self, study: StudySnapshot) -> bool:
        return self.number in study.control.held


@dataclass(frozen=True, slots=True)
class ResumeTrial(HoldingOrder):
    """Let one trial that holds go on."""

    number: int
    acts: ClassVar = frozenset({"resume-trial"})

    def foreseen(self, frame: Frame, now: float) -> Event:
        if self.number not in frame.study.control.held:
            raise OrderRefusedError(f"trial #{self.number}", "is not paused")
        was = _held(frame.study, self.number)
        return Event(now, "", "resume-trial", self.subject, was=was, became=values(held=False))

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        book.hold(self.number, False, now)

    def said(self, event: Event) -> str:
        return f"{event.subject} goes on"

    def shows(self, study: StudySnapshot) -> bool:
        return self.number not in study.control.held


@dataclass(frozen=True, slots=True)
class RetryTrial(TrialOrder):
    """Give a failed trial another try, with the same parameters."""

    number: int

    outlives_a_fork: ClassVar = False

    def foreseen(self, frame: Frame, now: float) -> Event:
        trial = known_trial(frame.study, self.number)
        if trial.state is not TrialState.FAILED:
            remedy = "run its values again with: hpt-tui enqueue URL --like " + str(self.number)
            raise OrderRefusedError(
                f"trial #{self.number}",
                f"is {trial.state}, not failed",
                remedy if trial.state.finished else "",
            )
        if self.number in frame.study.control.retried:
            raise OrderRefusedError(f"trial #{self.number}", "was given another try already")
        return Event(now, "", "retry", self.subject)

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        book.retry(self.number, now)

    def said(self, event: Event) -> str:
        return f"{event.subject} waits for another try: the next free worker runs its values again"

    def shows(self, study: StudySnapshot) -> bool:
        return self.number in study.control.retried


def _held(study: StudySnapshot, number: int) -> Values:
    return values(held=number in study.control.held)


def _number(event: Event) -> int:
    """The trial that an event is about; -1 if somebody wrote there what is none."""
    digits = event.subject.removeprefix("#")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else -1


def known_trial(study: StudySnapshot, number: int) -> TrialRow:
    """The trial of that number.

    Raises:
        OrderRefusedError: it does not exist.
    """
    trial = study.by_number.get(number)
    if trial is None:
        raise OrderRefusedError(f"trial #{number}", "does not exist")
    return trial


def heard_trial(frame: Frame, number: int) -> TrialRow:
    """The running trial of that number, whose worker hears orders: another program's trial would never obey.

    Raises:
        OrderRefusedError: it does not exist, does not run, or no living hpt-tui worker runs it.
    """
    trial = known_trial(frame.study, number)
    if trial.state is not TrialState.RUNNING:
        raise OrderRefusedError(f"trial #{number}", f"is {trial.state}, not running")
    alive = {w.worker for w in frame.workers if w.state is not WorkerState.LOST}
    if trial.worker not in alive:
        raise OrderRefusedError(f"trial #{number}", "is run by no living hpt-tui worker, so nobody would obey")
    return trial
