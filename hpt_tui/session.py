"""The tick: carry out orders, read the study, judge it, keep the workers, hand up a frame.

Facts come up and orders go down only here, on one thread. Nobody else asks what time it is.
"""

from __future__ import annotations

import os
import queue
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from optuna.storages import BaseStorage

from hpt_tui.domain.event import Event
from hpt_tui.domain.flags.flag import Flag
from hpt_tui.domain.flags.rules import check
from hpt_tui.domain.frame import EMPTY_FRAME, Access, Frame, Notice
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
from hpt_tui.domain.snapshot import EMPTY_SNAPSHOT, StudySnapshot
from hpt_tui.domain.steering import bound_event, consequence, new_bounds, running_trial
from hpt_tui.domain.worker import WorkerState, WorkerView
from hpt_tui.errors import HptError, OrderRefusedError, StorageLostError
from hpt_tui.store.address import Address
from hpt_tui.store.connect import find_study, open_storage, quiet_optuna
from hpt_tui.store.control import StudyControl, author
from hpt_tui.store.reader import StudyReader
from hpt_tui.study_file import target_file
from hpt_tui.supervisor.fleet import Fleet
from hpt_tui.supervisor.gpu import Slot, discover, slots, usable_cores
from hpt_tui.supervisor.launcher import LocalLauncher

END_GRACE = 20.0
"""Seconds that ``close`` waits for workers that were told to end at once."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a session opens a study."""

    steering: bool
    """Whether orders are carried out from the start; else the user confirms it first."""
    workers: int | None = 0
    """How many workers this machine is to have from the start; None: as many as suit it."""
    target: str = ""
    """The study file that workers run; empty: the one that the study names, if it is on this machine."""


class Session:
    """A :class:`~hpt_tui.domain.frame.Cockpit` over one study.

    Raises InputError from its constructor when the study cannot be opened; afterwards a storage that goes
    away makes stale frames, never an exception.
    """

    def __init__(self, address: Address, study: str, terms: Terms, clock: Callable[[], float] = time.time) -> None:
        quiet_optuna()
        self._address, self._clock = address, clock
        storage = open_storage(address, writable=terms.steering)
        self._study_id = find_study(storage, study, address.label)
        self._reader = StudyReader(storage, self._study_id, address)
        self._control = self._controls(storage) if terms.steering else None
        self._orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
        self._last = EMPTY_FRAME
        self._flags: tuple[Flag, ...] = ()
        self._judged: StudySnapshot = EMPTY_SNAPSHOT
        self._fleet = _fleet(address, self._reader.poll(), terms.target)
        if terms.steering:
            self._fleet.resize(len(_layout(terms.workers)))

    def submit(self, order: Order) -> None:
        self._orders.put(order)

    def tick(self) -> Frame:
        now = self._clock()
        notices = self._obey(now)
        try:
            study = self._reader.poll()
            if self._control is not None:
                notices += self._keep_workers(self._control, study, now)
        except StorageLostError as error:
            since = self._last.stale_since if self._last.stale_since is not None else self._last.now or now
            return self._keep(replace(self._last, now=now, stale_since=since, trouble=error.line, notices=notices))
        if study is not self._judged:
            self._judged, self._flags = study, check(study)
        workers = self._fleet.views(now, study)
        return self._keep(
            Frame(
                study=study,
                flags=self._flags,
                workers=workers,
                wanted=self._fleet.living(now) if self._control is None else self._fleet.wanted,
                access=self._access(study),
                notices=notices,
                now=now,
                opened=True,
                finished=self._finished(study, workers),
            )
        )

    def close(self, *, stop_workers: bool) -> None:
        if not stop_workers or self._control is None:
            return
        self._fleet.stop_all(self._clock())
        deadline = time.monotonic() + END_GRACE
        while self._fleet.busy(self._clock()) and time.monotonic() < deadline:
            time.sleep(0.05)
        try:
            self._keep_workers(self._control, self._reader.poll(), self._clock())
        except StorageLostError:
            # The workers are gone either way; the next session finds what they left.
            return

    def _keep(self, frame: Frame) -> Frame:
        self._last = frame
        return frame

    def _controls(self, storage: BaseStorage) -> StudyControl:
        return StudyControl(storage, self._study_id, author())

    # Orders

    def _obey(self, now: float) -> tuple[Notice, ...]:
        notices = []
        while not self._orders.empty():
            order = self._orders.get()
            try:
                notices.append(Notice(self._carry_out(order, now)))
            except HptError as error:
                notices.append(Notice(error.line, failed=True))
        return tuple(notices)

    def _carry_out(self, order: Order, now: float) -> str:
        if isinstance(order, TakeControl):
            return self._take_control(now)
        control = self._control
        if control is None:
            raise OrderRefusedError("this study", "is only being watched", "confirm that you want to steer it")
        study = self._last.study
        match order:
            case ChangeBound():
                low, high = new_bounds(study, order)
                event = bound_event(study, order, low, high, now)
                control.change_bound(order.parameter, study.declared[order.parameter], low, high, now)
            case PruneTrial(number=number):
                running_trial(study, order)
                control.prune(number, now)
                event = Event(now, "", "prune", f"#{number}")
            case StopStudy(at_once=at_once):
                control.stop(True, now, now=at_once)
                event = Event(now, "", "stop-now" if at_once else "stop")
            case PauseStudy():
                control.pause(True, now)
                event = Event(now, "", "pause")
            case ResumeStudy():
                self._resume(control, study, now)
                event = Event(now, "", "resume")
            case AddWorker():
                event = self._add_worker(study, now)
            case RemoveWorker(worker=worker):
                event = self._remove_worker(control, worker, now)
        control.record(event)
        return consequence(order, event)

    def _resume(self, control: StudyControl, study: StudySnapshot, now: float) -> None:
        if study.control.stopping:
            control.stop(False, now)
            self._fleet.revive()
        control.pause(False, now)

    def _add_worker(self, study: StudySnapshot, now: float) -> Event:
        if problem := self._workers_problem(study):
            raise OrderRefusedError("another worker", problem)
        wanted = self._fleet.living(now) + 1
        self._fleet.revive()
        self._fleet.resize(wanted)
        return Event(now, "", "add-worker", "", str(wanted - 1), str(wanted))

    def _remove_worker(self, control: StudyControl, worker: str, now: float) -> Event:
        chosen = worker or self._fleet.newest(now)
        if not chosen:
            raise OrderRefusedError("the workers", "none of this machine is left to remove")
        control.leave(chosen, now)
        self._fleet.resize(max(0, self._fleet.wanted - 1))
        return Event(now, "", "remove-worker", chosen)

    def _take_control(self, now: float) -> str:
        event = Event(now, "", "take-control")
        if self._control is None:
            if problem := self._steering_problem(self._last.study):
                raise OrderRefusedError("steering", problem)
            control = self._controls(open_storage(self._address, writable=True))
            control.record(event)
            self._fleet.resize(self._fleet.living(now))
            self._control = control
        return consequence(TakeControl(), event)

    # Workers

    def _keep_workers(self, control: StudyControl, study: StudySnapshot, now: float) -> tuple[Notice, ...]:
        open_for_work = not study.control.stopping and not _used_up(study)
        state = self._fleet.tick(now, study, start=open_for_work)
        for lease in state.dead:
            if lease.trial is not None and control.fail_orphan(lease.trial, f"worker {lease.worker} died"):
                control.record(Event(now, "", "worker-lost", lease.worker, "", f"its trial #{lease.trial} failed"))
            control.drop_lease(lease.worker)
        return tuple(Notice(text, failed=True) for text in state.troubles)

    def _access(self, study: StudySnapshot) -> Access:
        steering = self._control is not None
        problem = "" if steering else self._steering_problem(study)
        return Access(steering, problem, self._workers_problem(study))

    @staticmethod
    def _steering_problem(study: StudySnapshot) -> str:
        if study.leases or study.study_file:
            return ""
        return "no hpt-tui worker has ever run this study, so nobody would read the order"

    def _workers_problem(self, study: StudySnapshot) -> str:
        if self._fleet.can_launch:
            return ""
        if not study.study_file:
            return "the study file is unknown here; start one with: hpt-tui worker FILE.py --storage … --study …"
        return f"{study.study_file} is not on this machine"

    def _finished(self, study: StudySnapshot, workers: tuple[WorkerView, ...]) -> bool:
        if study.running or any(w.state is not WorkerState.LOST for w in workers):
            return False
        return study.control.stopping or _used_up(study) or self._fleet.given_up


def _fleet(address: Address, study: StudySnapshot, target: str) -> Fleet:
    file = target or (study.study_file if study.study_host == socket.gethostname() else "")
    known = bool(file) and Path(target_file(file)).is_file()
    return Fleet(LocalLauncher(file, address.url, study.name) if known else None, _layout)


def _layout(workers: int | None) -> tuple[Slot, ...]:
    return slots(discover(os.environ), workers, usable_cores())


def _used_up(study: StudySnapshot) -> bool:
    return study.budget is not None and sum(t.counted for t in study.trials) >= study.budget
