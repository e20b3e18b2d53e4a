"""Orders, carried out: checked against the study as it was last seen, written into it, recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hpt_tui.domain.event import Event
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.order import (
    AddWorker,
    ChangeBound,
    Order,
    PauseStudy,
    PruneTrial,
    RemoveWorker,
    ResumeStudy,
    StopStudy,
    TakeControl,
    WantWorkers,
    WrittenOrder,
)
from hpt_tui.domain.progress import used_up
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.steering import bound_event, consequence, new_bounds, running_trial
from hpt_tui.domain.worker import WorkerState, WorkerView
from hpt_tui.errors import OrderRefusedError
from hpt_tui.session.foreman import Foreman

if TYPE_CHECKING:
    from hpt_tui.store.control import StudyControl


def carry_out(order: Order, frame: Frame, control: StudyControl, foreman: Foreman, now: float) -> str:
    """Do what ``order`` says to the study of ``frame``, and record it there; what to say of it.

    Raises:
        OrderRefusedError: it makes no sense for the study as it is; nothing was written.
        StorageLostError: the storage does not answer.
    """
    match order:
        case AddWorker():
            _check_room(frame.study)
            event = foreman.add(control, frame.study, now)
        case RemoveWorker(worker=worker):
            event = foreman.remove(control, frame.study, worker, now)
        case _:
            return write(order, frame, control, now)
    control.record(event)
    return consequence(order, event)


def write(order: WrittenOrder, frame: Frame, control: StudyControl, now: float) -> str:
    """:func:`carry_out`, for an order that needs nobody to keep workers here."""
    event, study = foreseen(order, frame, now), frame.study
    match order:
        case ChangeBound(parameter=name):
            control.change_bound(name, study.declared[name], *new_bounds(study, order), now)
        case PruneTrial(number=number):
            control.prune(number, now)
        case StopStudy(at_once=at_once):
            control.stop(True, now, now=at_once)
        case PauseStudy():
            control.pause(True, now)
        case ResumeStudy():
            if study.control.stopping:
                control.stop(False, now)
            control.pause(False, now)
        case WantWorkers(host=host, count=count):
            # First, so that nobody replaces those that leave.
            control.want(host, count, now)
            for worker in too_many(order, frame):
                control.leave(worker, now)
    control.record(event)
    return consequence(order, event)


def foreseen(order: WrittenOrder, frame: Frame, now: float) -> Event:
    """What would be recorded of ``order``, without an author; nothing is written.

    Raises:
        OrderRefusedError: it makes no sense for the study as it is.
    """
    study = frame.study
    match order:
        case ChangeBound():
            return bound_event(study, order, *new_bounds(study, order), now)
        case PruneTrial(number=number):
            _check_prunable(order, frame)
            return Event(now, "", "prune", f"#{number}")
        case StopStudy(at_once=at_once, reason=reason):
            return Event(now, "", "stop-now" if at_once else "stop", why=reason)
        case PauseStudy():
            return Event(now, "", "pause")
        case ResumeStudy():
            return Event(now, "", "resume")
        case WantWorkers(host=host, count=count):
            crew, there = study.control.wanted.get(host), len(staying(host, frame))
            if count > there:
                _check_room(study)
            before = there if crew is None else crew.workers
            return Event(now, "", "set-workers", host, str(before), str(count))
        case TakeControl():
            return Event(now, "", "take-control")


def too_many(order: WantWorkers, frame: Frame) -> tuple[str, ...]:
    """The workers of that machine that are to end after their trial, the newest first."""
    started = {lease.worker: (lease.started, lease.pid) for lease in frame.study.leases}
    there = [w.worker for w in staying(order.host, frame)]
    newest = sorted((w for w in there if w in started), key=started.__getitem__, reverse=True)
    return tuple(newest[: max(0, len(there) - order.count)])


def staying(host: str, frame: Frame) -> list[WorkerView]:
    """The workers of that machine that live and were not told to leave."""
    going = (WorkerState.LOST, WorkerState.LEAVING)
    return [w for w in frame.workers if w.host == host and w.state not in going]


def _check_prunable(order: PruneTrial, frame: Frame) -> None:
    """Only a living worker of ours hears the order; another program's trial would never end by it."""
    trial = running_trial(frame.study, order)
    alive = {w.worker for w in frame.workers if w.state is not WorkerState.LOST}
    if trial.worker not in alive:
        raise OrderRefusedError(
            f"trial #{order.number}", "is run by no living hpt-tui worker, so nobody would obey"
        )


def _check_room(study: StudySnapshot) -> None:
    if used_up(study):
        problem = f"all {study.budget} trials are done"
        raise OrderRefusedError("another worker", problem, "more with: hpt-tui run … --trials N")
