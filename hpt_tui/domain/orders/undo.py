"""Taking an order back: the state before it is put in force again, where nobody has changed it since."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hpt_tui.domain.event import Event, Values
from hpt_tui.domain.figures import local_time
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.orders.gpus import ChooseGpus, DrainGpu
from hpt_tui.domain.orders.order import OrderBook, Undoable, WrittenOrder
from hpt_tui.domain.orders.probes import FixParameter, FreeParameter
from hpt_tui.domain.orders.search import PauseStudy, ResumeStudy, StopStudy
from hpt_tui.domain.orders.trials import PauseTrial, ResumeTrial
from hpt_tui.domain.orders.workers import WantWorkers
from hpt_tui.domain.unreported import NO_STEPS
from hpt_tui.errors import OrderRefusedError

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Frame
    from hpt_tui.domain.snapshot import StudySnapshot

UNDOABLE: tuple[type[Undoable], ...] = (
    ChangeBound,
    PauseStudy,
    StopStudy,
    ResumeStudy,
    WantWorkers,
    ChooseGpus,
    DrainGpu,
    FixParameter,
    FreeParameter,
    PauseTrial,
    ResumeTrial,
)
_ORDERS = {act: order for order in UNDOABLE for act in order.acts}

FINAL = {
    "prune": "a trial that was told to end has ended, or will: its training cannot be taken up again",
    "discard": "a trial that was told to end has ended, or will: its training cannot be taken up again",
    "kill-worker": "its process is gone; its trial was ended with it",
    "ended": "it reports what happened",
    "retry": "the new try waits for the next free worker; end that trial instead",
    "validate": "its runs wait for the next free workers; end those trials instead",
    "enqueue": "it waits for the next free worker; end that trial instead",
    "begin-manual": "s on its page (B) goes on into the search",
    "manual-run": "it waits for the next free worker; end that trial instead",
    "end-manual": "B begins again by hand",
    "star": "* takes the star away again",
    "unstar": "* gives the star again",
    "note": "only the beginnings of notes stand in the journal",
    "fork": "both studies stay as they are; the new one can be steered, or be deleted",
    "end-workers": "the trials that were cut short are over; hpt-tui run starts workers again",
    "worker-lost": "it reports what happened, nobody ordered it",
    NO_STEPS: "it reports what happened; p goes on",
    "phase": "it reports what happened; bounds and values by hand go before what it put in force",
    "next-phase": "a phase that was left does not begin again; bounds and values by hand go before the next one's",
    "crash-loop": "it reports what happened; p goes on",
    "worker-gave-up": "it reports what happened, nobody ordered it",
    "take-control": "it allows orders and changes nothing by itself",
    "set-budget": "hpt-tui run … --trials N, or --max-steps N, sets another one",
}
"""Why an act cannot be undone."""


@dataclass(frozen=True, slots=True)
class UndoEvent(WrittenOrder):
    """Put in force again what the order of an event replaced."""

    event: str
    """Its id in the journal."""

    def enough(self, study: StudySnapshot) -> bool:
        return study.outline is None

    def foreseen(self, frame: Frame, now: float) -> Event:
        event = event_called(frame.study, self.event)
        if problem := undo_problem(event, frame.study):
            raise OrderRefusedError(event.sentence, problem)
        foreseen = _restoring(event).foreseen(frame, now)
        act = ("redo-" if event.act.startswith("undo-") else "undo-") + base(event.act)
        return replace(
            foreseen,
            act=act,
            subject=event.subject,
            why="",
            was=_now(event, frame.study),
            became=event.was,
            undoes=event.id,
        )

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        _restoring(event_called(frame.study, self.event)).write(book, frame, now)

    def said(self, event: Event) -> str:
        return f"{event.sentence}: what was in force before is again"

    def shows(self, study: StudySnapshot) -> bool:
        return _restoring(event_called(study, self.event)).shows(study)


def undo_problem(event: Event, study: StudySnapshot) -> str:
    """Why ``event`` cannot be undone in ``study`` as it is; empty if it can."""
    if (act := base(event.act)) not in _ORDERS:
        return f"cannot be undone: {FINAL.get(act, 'there is nothing to put back')}"
    if not event.was or not event.became:
        return "cannot be undone: an older version recorded it, without the exact values before it"
    now = _now(event, study)
    if now == event.became:
        return ""
    if not now:
        return f"cannot be undone: {event.subject or 'what it changed'} has ended, or is gone"
    later = _undone_by(event, study) or next(
        (e for e in reversed(study.events) if e.at >= event.at and _same_thing(e, event)), None
    )
    if later is None:
        return "cannot be undone: what it put in force is not in force any more"
    word = "was undone" if later.undoes == event.id else f"was overtaken: {later.sentence}"
    return f"{word} ({later.by or 'unknown'}, {local_time(later.at, '%Y-%m-%d %H:%M:%S')})"


def _undone_by(event: Event, study: StudySnapshot) -> Event | None:
    """What took ``event`` back for good: an undo that was itself undone does not count."""
    undoing = next((e for e in reversed(study.events) if e.undoes == event.id and event.id), None)
    return None if undoing is None or any(e.undoes == undoing.id for e in study.events) else undoing


def last_undoable(study: StudySnapshot) -> Event | None:
    """The newest order that can be undone now; what took another one back is passed over."""
    for event in reversed(study.events):
        if not event.undoes and not undo_problem(event, study):
            return event
    return None


def event_called(study: StudySnapshot, name: str) -> Event:
    """The event of that id, or the one whose :attr:`~Event.short_id` it is.

    Raises:
        OrderRefusedError: there is none, or several have it.
    """
    found = [e for e in study.events if name and name in (e.id, e.short_id)]
    if len(found) != 1:
        problem = "is the short id of several" if found else "there is no such event"
        raise OrderRefusedError(f"event {name}", problem, "hpt-tui events tells their ids")
    return found[0]


def base(act: str) -> str:
    """What was done, or undone, or done again."""
    return act.removeprefix("undo-").removeprefix("redo-")


def _restoring(event: Event) -> WrittenOrder:
    try:
        return _ORDERS[base(event.act)].restoring(event)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise OrderRefusedError(event.sentence, "cannot be undone: its record is incomplete") from error


def _now(event: Event, study: StudySnapshot) -> Values:
    """The state now of what the event changed; empty where its record does not say what that is."""
    changed = dict(event.became)
    try:
        state = _ORDERS[base(event.act)].state(event, study)
    except (KeyError, TypeError, ValueError):
        return ()
    return tuple(pair for pair in state if pair[0] in changed)


def _same_thing(other: Event, event: Event) -> bool:
    """Whether both are about the same thing, so that the later one of them counts."""
    if other.id == event.id or not other.became:
        return False
    ours, theirs = dict(event.became), dict(other.became)
    if ours.get("host") != theirs.get("host"):
        return False
    return bool(ours.keys() & theirs.keys()) and (other.subject == event.subject or "host" in ours)
