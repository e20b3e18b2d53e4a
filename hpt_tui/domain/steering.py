"""Whether an order makes sense for a study as it is now, and how it reads in the journal."""

from __future__ import annotations

import numpy as np

from hpt_tui.domain import figures
from hpt_tui.domain.event import Event
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
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, NumericRange, bound_problem
from hpt_tui.domain.trial import TrialRow, TrialState
from hpt_tui.errors import OrderRefusedError

LATEST = 5
"""How many of a parameter's latest trials show whether its range changes from trial to trial."""

STOPPING = {
    True: "stopping now: running trials end as failed (interrupted)",
    False: "stopping: running trials finish, no new ones start",
}


def steering_problem(study: StudySnapshot) -> str:
    """Why orders to ``study`` would go unheard; empty if they are read."""
    if study.leases or study.study_file:
        return ""
    return "no hpt-tui worker has ever run this study, so nobody would read the order"


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
    low = float(current.low if order.low is None else order.low)
    high = float(current.high if order.high is None else order.high)
    if problem := bound_problem(declared, low, high):
        raise OrderRefusedError(name, problem)
    if (low, high) == (current.low, current.high):
        raise OrderRefusedError(name, f"already ranges over {range_text(current)}")
    if not study.from_file and name not in study.control.bounds and len(_ranges_seen(study, name)) > 1:
        raise OrderRefusedError(
            name, "has another range from trial to trial in the code, so a bound has no meaning"
        )
    return low, high


def bound_event(study: StudySnapshot, order: ChangeBound, low: float, high: float, at: float) -> Event:
    """``widen`` if the new range holds the old one, else ``narrow``, with both ranges in words."""
    current = study.space[order.parameter]
    if isinstance(current, Choices):
        raise OrderRefusedError(order.parameter, "is categorical")
    wider = low <= current.low and high >= current.high
    after = f"{figures.parameter(low, log=current.log)} .. {figures.parameter(high, log=current.log)}"
    act = "widen" if wider else "narrow"
    return Event(at, "", act, order.parameter, range_text(current), after, order.reason)


def consequence(order: Order, event: Event) -> str:
    """What is said of an order that was carried out: what it did, and when that shows."""
    match order:
        case ChangeBound():
            return f"{event.sentence}: the next trial of every worker uses it"
        case PruneTrial(number=number):
            return f"#{number} ends as pruned at its next report; its worker takes the next trial"
        case StopStudy(at_once=at_once):
            return STOPPING[at_once]
        case PauseStudy():
            return "paused: running trials hold at their next report, no new ones start"
        case ResumeStudy():
            return "resumed"
        case WantWorkers():
            return f"{event.after} wanted on {event.subject}; any beyond that end after their trial"
        case AddWorker():
            return f"starting a worker: {event.after} wanted on this machine"
        case RemoveWorker():
            return f"worker {event.subject} ends after its trial"
        case TakeControl():
            return "steering: every key has its effect now"


def shows(study: StudySnapshot, order: WrittenOrder) -> bool:
    """Whether ``order`` is in force in ``study`` as it is now; another one may have taken its place since."""
    control = study.control
    match order:
        case ChangeBound(parameter=name, low=low, high=high):
            now = study.space.get(name)
            return (
                not (now is None or isinstance(now, Choices))
                and low in (None, now.low)
                and high in (None, now.high)
            )
        case PruneTrial(number=number):
            return number in control.pruning
        case StopStudy(at_once=at_once):
            return control.stopping and control.at_once == at_once
        case PauseStudy():
            return control.paused
        case ResumeStudy():
            return not control.paused and not control.stopping
        case WantWorkers(host=host, count=count):
            return host in control.wanted and control.wanted[host].workers == count
        case TakeControl():
            return True


def running_trial(study: StudySnapshot, order: PruneTrial) -> TrialRow:
    """The trial that is to be pruned.

    Raises:
        OrderRefusedError: it does not exist, or does not run.
    """
    trial = study.by_number.get(order.number)
    if trial is None:
        raise OrderRefusedError(f"trial #{order.number}", "does not exist")
    if trial.state is not TrialState.RUNNING:
        raise OrderRefusedError(f"trial #{order.number}", f"is {trial.state}, not running")
    return trial


def range_text(range_: NumericRange) -> str:
    """``1.0e-4 .. 1.0e-1``."""
    low, high = (figures.parameter(x, log=range_.log) for x in (range_.low, range_.high))
    return f"{low} .. {high}"


def _ranges_seen(study: StudySnapshot, name: str) -> set[tuple[float, float]]:
    """Those of the latest trials: earlier ones may be of an earlier version of the code."""
    column = study.trials.columns.params.get(name)
    if column is None:
        return set()
    # The last one stands for trials without the parameter.
    known = np.array([*column.known, False])
    codes = column.drawn[np.flatnonzero(known[column.drawn])[-LATEST:]]
    ranges = (column.ranges[code] for code in codes)
    return {(float(r.low), float(r.high)) for r in ranges if not isinstance(r, Choices)}
