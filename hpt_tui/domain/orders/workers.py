"""Orders about how many workers there are, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hpt_tui.domain.candidates import only_validates
from hpt_tui.domain.event import Event, Values, number, values
from hpt_tui.domain.orders.order import Order, OrderBook, Undoable
from hpt_tui.domain.progress import steps_used_up, used_up
from hpt_tui.domain.worker import WorkerState, WorkerView
from hpt_tui.errors import OrderRefusedError

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Frame
    from hpt_tui.domain.snapshot import StudySnapshot


@dataclass(frozen=True, slots=True)
class WantWorkers(Undoable):
    """Have so many workers on one machine: the session that keeps them there starts the missing ones, and the
    newest of those too many end after their trial."""

    host: str
    count: int
    """0..1024."""
    acts: ClassVar = frozenset({"set-workers", "add-worker", "remove-worker"})

    def enough(self, study: StudySnapshot) -> bool:
        return study.outline is None

    def foreseen(self, frame: Frame, now: float) -> Event:
        crew, there = frame.study.control.wanted.get(self.host), len(staying(self.host, frame))
        if self.count > there:
            check_room(frame.study)
        before = there if crew is None else crew.workers
        return Event(
            *(now, "", "set-workers", self.host, str(before), str(self.count)),
            was=values(host=self.host, workers=before),
            became=values(host=self.host, workers=self.count),
        )

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        # First, so that nobody replaces those that leave.
        book.want(self.host, self.count, now, validating=only_validates(frame.study, self.host))
        for worker in self._too_many(frame):
            book.leave(worker, now)

    @staticmethod
    def state(event: Event, study: StudySnapshot) -> Values:
        """How many ``workers`` the machine (``host``) is to have by the last order; empty if nobody has said."""
        host = dict(event.became).get("host")
        crew = study.control.wanted.get(host) if isinstance(host, str) else None
        return () if crew is None else values(host=host, workers=crew.workers)

    @staticmethod
    def restoring(event: Event) -> WantWorkers:
        return WantWorkers(str(dict(event.was)["host"]), int(number(event.was, "workers")))

    def said(self, event: Event) -> str:
        return f"{event.after} wanted on {event.subject}; any beyond that end after their trial"

    def shows(self, study: StudySnapshot) -> bool:
        crew = study.control.wanted.get(self.host)
        return crew is not None and crew.workers == self.count

    def _too_many(self, frame: Frame) -> tuple[str, ...]:
        """The workers of that machine that are to end after their trial, the newest first."""
        started = {lease.worker: (lease.started, lease.pid) for lease in frame.study.leases}
        there = [w.worker for w in staying(self.host, frame)]
        newest = sorted((w for w in there if w in started), key=started.__getitem__, reverse=True)
        # Those without a lease are the newest, and are told by the session that started them.
        return tuple(newest[: max(0, len(newest) - self.count)])


@dataclass(frozen=True, slots=True)
class AddWorker(Order):
    """Start one more worker process on this machine."""

    def said(self, event: Event) -> str:
        return f"starting a worker: {event.after} wanted on this machine"


@dataclass(frozen=True, slots=True)
class RemoveWorker(Order):
    """Let one worker end after its trial; empty: the newest one that is not already leaving."""

    worker: str = ""

    def said(self, event: Event) -> str:
        return f"worker {event.subject} ends after its trial"


def staying(host: str, frame: Frame) -> list[WorkerView]:
    """The workers of that machine that live and were not told to leave."""
    going = (WorkerState.LOST, WorkerState.LEAVING)
    return [w for w in frame.workers if w.host == host and w.state not in going]


def check_room(study: StudySnapshot) -> None:
    """Whether another worker would find anything to do.

    Raises:
        OrderRefusedError: the budget is used up.
    """
    if used_up(study):
        if study.step_budget is not None and steps_used_up(study):
            problem, option = f"all {study.step_budget.steps} steps are run", "--max-steps"
        else:
            problem, option = f"all {study.budget} trials are done", "--trials"
        raise OrderRefusedError("another worker", problem, f"more with: hpt-tui run … {option} N")
