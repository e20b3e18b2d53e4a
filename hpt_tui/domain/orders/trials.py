"""Orders to single trials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hpt_tui.domain.event import Event
from hpt_tui.domain.orders.order import OrderBook, WrittenOrder
from hpt_tui.domain.trial import TrialRow, TrialState
from hpt_tui.domain.worker import WorkerState
from hpt_tui.errors import OrderRefusedError

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Frame
    from hpt_tui.domain.snapshot import StudySnapshot


@dataclass(frozen=True, slots=True)
class PruneTrial(WrittenOrder):
    """End one running trial as pruned: the sampler keeps what it showed, the worker takes the next one."""

    number: int

    def enough(self, study: StudySnapshot) -> bool:
        return study.outline is None or self.number in study.by_number

    def foreseen(self, frame: Frame, now: float) -> Event:
        heard_trial(frame, self.number)
        return Event(now, "", "prune", f"#{self.number}")

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        book.prune(self.number, now)

    def said(self, event: Event) -> str:
        return f"{event.subject} ends as pruned at its next report; its worker takes the next trial"

    def shows(self, study: StudySnapshot) -> bool:
        return self.number in study.control.pruning


def heard_trial(frame: Frame, number: int) -> TrialRow:
    """The running trial of that number, whose worker hears orders: another program's trial would never obey.

    Raises:
        OrderRefusedError: it does not exist, does not run, or no living hpt-tui worker runs it.
    """
    trial = frame.study.by_number.get(number)
    if trial is None:
        raise OrderRefusedError(f"trial #{number}", "does not exist")
    if trial.state is not TrialState.RUNNING:
        raise OrderRefusedError(f"trial #{number}", f"is {trial.state}, not running")
    alive = {w.worker for w in frame.workers if w.state is not WorkerState.LOST}
    if trial.worker not in alive:
        raise OrderRefusedError(f"trial #{number}", "is run by no living hpt-tui worker, so nobody would obey")
    return trial
