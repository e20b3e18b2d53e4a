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
)
from hpt_tui.domain.progress import used_up
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.steering import bound_event, consequence, new_bounds, running_trial
from hpt_tui.domain.worker import WorkerState
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
    study = frame.study
    match order:
        case ChangeBound():
            event = _change_bound(order, study, control, now)
        case PruneTrial(number=number):
            _check_prunable(order, frame)
            control.prune(number, now)
            event = Event(now, "", "prune", f"#{number}")
        case StopStudy(at_once=at_once, reason=reason):
            control.stop(True, now, now=at_once)
            event = Event(now, "", "stop-now" if at_once else "stop", why=reason)
        case PauseStudy():
            control.pause(True, now)
            event = Event(now, "", "pause")
        case ResumeStudy():
            if study.control.stopping:
                control.stop(False, now)
            control.pause(False, now)
            event = Event(now, "", "resume")
        case AddWorker():
            _check_room(study)
            event = foreman.add(control, study, now)
        case RemoveWorker(worker=worker):
            event = foreman.remove(control, study, worker, now)
        case TakeControl():
            event = Event(now, "", "take-control")
    control.record(event)
    return consequence(order, event)


def _change_bound(order: ChangeBound, study: StudySnapshot, control: StudyControl, now: float) -> Event:
    low, high = new_bounds(study, order)
    event = bound_event(study, order, low, high, now)
    control.change_bound(order.parameter, study.declared[order.parameter], low, high, now)
    return event


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
