"""Orders to end a trial, to their end, with real workers (issue 4, item 4): who hangs is ended with its worker."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.orders.trials import DiscardTrial, PruneTrial
from hpt_tui.domain.trial import TrialState
from hpt_tui.session import Session, Terms
from hpt_tui.store.connect import close_storage
from hpt_tui.supervisor.overdue import PATIENCE
from hpt_tui.supervisor.process import GRACE
from tests.session.desk import Desk
from tests.storages import fresh_storage
from tests.waiting import eventually
from tests.worker.bench import STUDIES


class Clock:
    """The time of day, and what a test puts on top of it."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class Room:
    """A session that keeps one worker of a study file, and all that it has said."""

    def __init__(self, desk: Desk, file: str) -> None:
        self.clock, self.said = Clock(), list[str]()
        terms = Terms(steering=True, workers=1, target=str(STUDIES / file))
        self.session = Session(desk.address, "s", terms, self.clock)

    def tick(self) -> Frame:
        frame = self.session.tick()
        self.said += [notice.text for notice in frame.notices]
        return frame

    def trained(self, number: int) -> int:
        """The worker that trains this trial, once one does; its process id."""

        def found() -> int:
            frame = self.tick()
            return next((w.pid for w in frame.workers if w.trial == number and w.worker), 0)

        return eventually(found, 60)


@pytest.fixture(params=["sqlite", "journal"])
def desk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    with fresh_storage(request.param, tmp_path) as address:
        desk = Desk(tmp_path, address)
        desk.study.tell(1, 0.5)
        yield desk
        close_storage(desk.storage)


def test_a_trial_that_hears_no_signal_is_ended_with_its_worker_which_is_replaced(
    desk: Desk, tmp_path: Path
) -> None:
    """In C, holding Python's own lock: neither its thread nor a handler ever runs again. Only then is the trial's
    state written from outside, and nothing is left RUNNING."""
    room = Room(desk, "hangs.py")
    try:
        first = room.trained(2)
        eventually((tmp_path / "state" / "hangs").exists)
        room.session.submit(PruneTrial(2))
        room.tick()
        room.clock.ahead += PATIENCE
        frame = room.tick()
        assert frame.study.by_number[2].state is TrialState.RUNNING
        room.clock.ahead += GRACE
        eventually(lambda: room.tick().study.by_number[2].state.finished, 60)
        second = room.trained(3)
        assert second != first
        assert not psutil.pid_exists(first)
        frame = room.tick()
        trial = frame.study.by_number[2]
        assert (trial.state, trial.by_hand, trial.counted) == (TrialState.FAILED, True, False)
        assert trial.reason.startswith("pruned by ")
        assert trial.reason.endswith(": ended with its worker")
        assert [t.number for t in frame.study.running] == [3]
        assert [e.act for e in frame.study.events] == ["prune", "kill-worker", "ended"]
        assert any("does not obey the order to end #2: killed" in line for line in room.said)
        assert any(line.startswith("#2 pruned by") for line in room.said)
        assert not any("crashed" in line for line in room.said)
    finally:
        room.session.close(stop_workers=True)


def test_what_came_of_an_order_is_said_to_whoever_watches(desk: Desk) -> None:
    """Also in a session that gave no order: the worker wrote it down."""
    room = Room(desk, "patient.py")
    watching = Session(desk.address, "s", Terms(steering=False), time.time)
    try:
        room.trained(2)
        watching.tick()
        room.session.submit(DiscardTrial(2))

        def told() -> list[str]:
            room.tick()
            return [notice.text for notice in watching.tick().notices]

        (line,) = eventually(told, 60)
        assert line.startswith("#2 discarded by ")
        assert line.endswith(": obeyed at its next report")
    finally:
        watching.close(stop_workers=False)
        room.session.close(stop_workers=True)
