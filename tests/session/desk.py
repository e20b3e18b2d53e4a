"""A study on a desk, and sessions over it."""

from __future__ import annotations

import os
from pathlib import Path

import optuna

from hpt_tui.domain.event import Event
from hpt_tui.domain.orders.order import Order
from hpt_tui.domain.orders.undo import UndoEvent
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.worker import Lease, WorkerState
from hpt_tui.session import Session, Terms
from hpt_tui.store import keys
from hpt_tui.store.address import Address, parse_address
from hpt_tui.store.connect import open_storage, quiet_optuna
from hpt_tui.store.control import StudyControl
from hpt_tui.store.liveness import process_started
from hpt_tui.supervisor.host import this_host
from tests.builders import NOON
from tests.storages import empty_database


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


class Desk:
    """A study with one running and one complete trial, in SQLite unless told otherwise, and sessions over it."""

    def __init__(self, path: Path, address: Address | None = None) -> None:
        quiet_optuna()
        self.path, self.clock = path, Clock()
        self.address: Address = address or parse_address(str(path))
        if address is None:
            path.write_bytes(empty_database())
        self.storage = open_storage(self.address, writable=True, create=True)
        self.study = optuna.create_study(study_name="s", storage=self.storage, direction="maximize")
        self.control = StudyControl(self.storage, self.study._study_id, "ann@box")
        for value in (0.5, None):
            trial = self.study.ask()
            trial.suggest_float("lr", 1e-4, 1e-1, log=True)
            trial.suggest_categorical("optimizer", ["sgd", "adamw"])
            if value is not None:
                self.study.tell(trial, value)
            else:
                trial.set_user_attr(keys.TRIAL_WORKER, "w1")

    def open(self, *, steering: bool = True) -> Session:
        return Session(self.address, "s", Terms(steering=steering), self.clock)

    def lease(self, pid: int, started: float, *, trial: int | None = None, host: str = "") -> Lease:
        here = this_host()
        lease = Lease(
            *("w1", host or here.name, here.boot_id, pid, started, 0, "cpu"),
            *(WorkerState.TRAINING, self.clock.now, trial),
        )
        self.control.put_lease(lease)
        return lease

    def hire(self) -> None:
        """A living worker of ours (this very process) runs trial 1."""
        self.lease(os.getpid(), process_started(os.getpid()), trial=1)


def give(session: Session, order: Order) -> str:
    """Carry out one order in a tick; what came of it."""
    session.submit(order)
    (notice,) = session.tick().notices
    return f"refused: {notice.text}" if notice.failed else notice.text


def steer(session: Session, desk: Desk, *orders: Order) -> StudySnapshot:
    """Give the orders one after the other; the study after the last one."""
    for order in orders:
        desk.clock.now += 1
        assert not give(session, order).startswith("refused")
    return session.tick().study


def undo(session: Session, desk: Desk, event: Event) -> str:
    desk.clock.now += 1
    return give(session, UndoEvent(event.id))
