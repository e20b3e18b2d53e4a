"""The names and the JSON of every attribute that hpt-tui keeps in a study: its one written contract.

One small key an order, never read-modify-write of a shared one: Optuna's attributes are last-writer-wins.
Attributes cannot be deleted, so None means "gone". Whatever does not parse is ignored: other tools and
other versions may write here too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hpt_tui.domain.care import OUT_OF_MEMORY
from hpt_tui.domain.event import Event, exactly
from hpt_tui.domain.snapshot import Control, Halt, Kill
from hpt_tui.domain.space import ParamValue, Range
from hpt_tui.domain.worker import Lease, WorkerState
from hpt_tui.store.bound_documents import decode_bounds
from hpt_tui.store.distribution_json import range_from_json
from hpt_tui.store.documents import Attributes as Attributes
from hpt_tui.store.documents import Document as Document
from hpt_tui.store.documents import documents as _documents
from hpt_tui.store.documents import number as _number
from hpt_tui.store.documents import text as _text
from hpt_tui.store.documents import whole as _whole
from hpt_tui.store.machine_documents import decode_crews, decode_drained, decode_packings
from hpt_tui.store.manual_documents import decode_manual
from hpt_tui.store.plan_documents import decode_plan, fixed_values, phase_events
from hpt_tui.store.validates_document import decode_validates as decode_validates
from hpt_tui.store.validates_document import encode_validates as encode_validates
from hpt_tui.study_file import VALIDATES

BOUND, BOUND_LOW, BOUND_HIGH = "hpt:bound:", "hpt:bound-low:", "hpt:bound-high:"
"""Followed by a parameter: both of its sides, as earlier versions wrote them, or one: see bound_documents."""
BOUNDS = (BOUND, BOUND_LOW, BOUND_HIGH)
PAUSE = "hpt:pause"
STOP = "hpt:stop"
KILL = "hpt:kill:"
LEAVE = "hpt:leave:"
HOLD = "hpt:hold:"
FIX = "hpt:fix:"
STAR = "hpt:star:"
RETRY = "hpt:retry:"
"""Followed by the number of a failed trial that was given another try."""
VALIDATE = "hpt:validate:"
"""Followed by the number of a trial and a seed: that its configuration is run with it."""
MANUAL, MANUAL_RUN = "hpt:manual", "hpt:manual:"
"""The search by hand; followed by the number of one of its trials."""
WORKER = "hpt:worker:"
WANTED = "hpt:wanted:"
GPUS = "hpt:gpus:"
"""Followed by a machine's name."""
DRAIN = "hpt:drain:"
"""Followed by a machine's name and a GPU's; both stand in the document too."""
RUN, PROVENANCE = "hpt:run:", "hpt:provenance:"
"""Followed by a worker's id, and by a digest of what workers ran: see run_documents."""
EVENT = "hpt:event:"
SPEC = "hpt:spec"
BUDGET = "hpt:budget"
PARENT = "hpt:parent"
CHILD = "hpt:child"
REDECLARE = "hpt:redeclare:"
"""Followed by a parameter: the distribution that stands in the place of what the code asks for."""
CARE = "hpt:care"
"""What becomes of trials that were lost or failed."""

_TRIAL_NUMBER = re.compile(r"[0-9]{1,18}")

TRIAL_BASELINE = "hpt:baseline"
TRIAL_WORKER = "hpt:worker"
TRIAL_ORIGIN = "hpt:origin"
"""The number of the trial in the study that it was copied from."""
TRIAL_END = "hpt:end"
DIVERGED = "diverged"
"""In the document of a trial's end: its code ran to its end, and returned NaN."""
TRIAL_ALONE = "hpt:alone"
"""A system attribute: the trial is to have its GPU to itself."""
TRIAL_GRID = "hpt:grid"
"""A system attribute: which configuration of a grid the trial runs."""
TRIAL_VALIDATES = VALIDATES
"""Of a run of the final validation: the trial that it repeats, and its seed."""
TRIAL_ENQUEUED = "hpt:enqueued"
"""Who asked for this very configuration."""
TRIAL_MANUAL = "hpt:manual"
"""That the trial is a run by hand: its place among them, and who asked for it."""
TRIAL_LOG = "hpt:log:"
TRIAL_LOGS = "hpt:logs"
TRIAL_LOG_DIR = "log_dir"
"""What others call it."""

PRUNED, DISCARDED, INTERRUPTED, LOST, KILLED = "pruned-by-hand", "discarded", "interrupted", "lost", "killed"
"""How a trial ended that did not end by itself: KILLED with the process of its worker, by order."""
BY_HAND = (PRUNED, DISCARDED, INTERRUPTED, LOST, KILLED)
BURIED = (LOST, KILLED, OUT_OF_MEMORY)
"""What is written from outside, of a dead worker's trial."""


def log_folder(attributes: Attributes) -> str:
    """Where a trial says, among its own attributes, that its logs are; empty where it doesn't."""
    return _text(attributes, TRIAL_LOGS) or _text(attributes, TRIAL_LOG_DIR)


def encode_lease(lease: Lease) -> Document:
    return {
        "host": lease.host,
        "boot": lease.boot,
        "pid": lease.pid,
        "started": lease.started,
        "slot": lease.slot,
        "device": lease.device,
        "state": lease.state.value,
        "beat": lease.beat,
        "trial": lease.trial,
        "pace": lease.pace,
        "seen": lease.seen,
        "together": lease.together,
        "alone": lease.alone,
    }


def decode_leases(attributes: Attributes) -> tuple[Lease, ...]:
    """The workers that have not said goodbye, by slot and id."""
    found = (_lease(name, value) for name, value in _documents(attributes, WORKER))
    return tuple(sorted((x for x in found if x is not None), key=lambda x: (x.slot, x.worker)))


def _lease(worker: str, value: Mapping[str, object]) -> Lease | None:
    try:
        state = WorkerState(_text(value, "state"))
    except ValueError:
        return None
    trial = value.get("trial")
    return Lease(
        worker=worker,
        host=_text(value, "host"),
        boot=_text(value, "boot"),
        pid=int(_number(value, "pid") or 0),
        started=_number(value, "started") or 0.0,
        slot=int(_number(value, "slot") or 0),
        device=_text(value, "device"),
        state=state,
        beat=_number(value, "beat") or 0.0,
        trial=trial if isinstance(trial, int) else None,
        pace=_number(value, "pace"),
        seen=_number(value, "seen") or 0.0,
        together=value.get("together") is True,
        alone=value.get("alone") is True,
    )


def encode_event(event: Event) -> Document:
    return {
        "at": event.at,
        "by": event.by,
        "act": event.act,
        "subject": event.subject,
        "before": event.before,
        "after": event.after,
        "why": event.why,
        "was": dict(event.was),
        "became": dict(event.became),
        "undoes": event.undoes,
    }


def decode_events(attributes: Attributes) -> tuple[Event, ...]:
    """The journal of steering, oldest first, with the phases as they began."""
    told = (
        _event(_number(v, "at") or 0.0, name, v) for name, v in _documents(attributes, EVENT) if _text(v, "act")
    )
    return tuple(sorted((*told, *phase_events(decode_plan(attributes))), key=lambda event: (event.at, event.id)))


def _event(at: float, name: str, value: Mapping[str, object]) -> Event:
    by, act, subject, before, after, why, undoes = (
        _text(value, field) for field in ("by", "act", "subject", "before", "after", "why", "undoes")
    )
    was, became = exactly(value.get("was")), exactly(value.get("became"))
    return Event(at, by, act, subject, before, after, why, was, became, undoes, name)


def decode_control(attributes: Attributes) -> Control:
    """What steering has put in force."""
    pause, stop = attributes.get(PAUSE), attributes.get(STOP)
    pause = pause if isinstance(pause, dict) else {}
    stop = stop if isinstance(stop, dict) else {}
    kills = {number: _kill(order) for number, order in _by_trial(attributes, KILL)}
    leaves = list(_documents(attributes, LEAVE))
    holds, fixes = list(_by_trial(attributes, HOLD)), list(_documents(attributes, FIX))
    plan = decode_plan(attributes)
    bounds = decode_bounds(attributes, BOUNDS, plan.now.in_force if plan is not None else {})
    child, manual = decode_kin(attributes, CHILD), decode_manual(attributes, MANUAL, MANUAL_RUN)
    told = (pause, stop, *(v for _, v in leaves), *(v for _, v in holds), *(v for _, v in fixes))
    stamps = [*(_number(d, "at") or 0.0 for d in told), *(kill.at for kill in kills.values())]
    return Control(
        paused=pause.get("on") is True,
        halt=_halt(pause),
        stopping=stop.get("on") is True or (child is not None and child.moving),
        at_once=stop.get("on") is True and stop.get("now") is True,
        limit=_whole(stop, "limit"),
        deadline=_number(stop, "deadline"),
        stop_given=_number(stop, "at"),
        bounds=bounds,
        kills=kills,
        held=frozenset(number for number, order in holds if order.get("on") is True),
        fixed=fixed_values(plan, {name: (given_at(order), _fixed(order)) for name, order in fixes}),
        starred=frozenset(number for number, _ in _by_trial(attributes, STAR)),
        retried=frozenset(number for number, _ in _by_trial(attributes, RETRY)),
        leaving=frozenset(name for name, _ in leaves),
        wanted=decode_crews(attributes, WANTED),
        packing=decode_packings(attributes, GPUS),
        drained=decode_drained(attributes, DRAIN),
        redeclared=_redeclared(attributes),
        manual=manual,
        moved_to=_moved_to(child, stop),
        plan=plan,
        stamp=max([*stamps, *(b.at for b in bounds.values())], default=0.0),
    )


def given_at(document: object) -> float:
    """When an order was given, epoch seconds; 0 where its document doesn't say."""
    return (_number(document, "at") or 0.0) if isinstance(document, dict) else 0.0


@dataclass(frozen=True, slots=True)
class Kin:
    """The other study of a fork, as one of the two names it."""

    study: str
    at: float
    """When the fork was ordered, epoch seconds."""
    moving: bool = False
    """Of a successor: whether all that was finished has been copied, and the workers are to go on there."""


def encode_kin(kin: Kin) -> Document:
    return {"study": kin.study, "at": kin.at, "moving": kin.moving}


def decode_kin(attributes: Attributes, key: str) -> Kin | None:
    """The predecessor (``PARENT``) or the successor (``CHILD``) of a study."""
    value = attributes.get(key)
    if not isinstance(value, dict) or not (study := _text(value, "study")):
        return None
    return Kin(study, _number(value, "at") or 0.0, value.get("moving") is True)


def encode_redeclaration(distribution: str, at: float) -> Document:
    """``distribution``: Optuna's JSON of it."""
    return {"distribution": distribution, "at": at}


def _moved_to(child: Kin | None, stop: Mapping[str, object]) -> str:
    """A stop that was ordered after the fork holds: nobody goes on there."""
    if child is None or not child.moving or (stop.get("on") is True and given_at(stop) > child.at):
        return ""
    return child.study


def _redeclared(attributes: Attributes) -> dict[str, Range]:
    found = {name: range_from_json(value.get("distribution")) for name, value in _documents(attributes, REDECLARE)}
    return {name: range_ for name, range_ in found.items() if range_ is not None}


def decode_budget(attributes: Attributes) -> int | None:
    value = attributes.get(BUDGET)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _halt(pause: Mapping[str, object]) -> Halt | None:
    if pause.get("on") is not True or not (why := _text(pause, "why")):
        return None
    return Halt(_text(pause, "worker"), why, _text(pause, "tail"))


def _kill(value: Mapping[str, object]) -> Kill:
    return Kill(value.get("discard") is True, _text(value, "by"), _number(value, "at") or 0.0)


def _fixed(order: Mapping[str, object]) -> tuple[ParamValue, ...]:
    """The value that a parameter is fixed to, which may be None; empty where it is not fixed."""
    value = order.get("value")
    if order.get("on") is not True or not (value is None or isinstance(value, (bool, int, float, str))):
        return ()
    return () if isinstance(value, float) and not math.isfinite(value) else (value,)


def _by_trial(attributes: Attributes, prefix: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    for name, value in _documents(attributes, prefix):
        if _TRIAL_NUMBER.fullmatch(name):
            yield int(name), value
