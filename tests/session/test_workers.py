"""Workers as a session sees them: the dead and what they left, one keeper a machine, when a search is finished."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hpt_tui.domain.orders.workers import AddWorker
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.worker import WorkerState
from hpt_tui.session import Session, Terms
from hpt_tui.store import keys
from hpt_tui.store.liveness import PROOF
from tests.builders import NOON
from tests.session.desk import Desk, give
from tests.waiting import eventually


def test_the_trial_of_a_dead_worker_is_failed_and_recorded(desk: Desk) -> None:
    """A worker killed by SIGKILL leaves a RUNNING row that Optuna would keep for ever."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    desk.lease(dead.pid, 1.0, trial=1)
    session = desk.open()
    assert session.tick().study.running
    desk.clock.now += PROOF + 1
    session.tick()
    frame = session.tick()
    trial = frame.study.by_number[1]
    assert (trial.state, trial.reason, trial.counted) == (TrialState.FAILED, "worker w1 died", False)
    assert [(e.act, e.subject) for e in frame.study.events] == [("worker-lost", "w1")]
    assert frame.study.leases == ()


def test_the_trial_of_a_worker_elsewhere_is_left_alone_until_its_lease_has_run_out(desk: Desk) -> None:
    """Whether a process on another machine lives can only be known by its signs of life."""
    desk.lease(1, 1.0, trial=1, host="elsewhere")
    session = desk.open()
    session.tick()
    desk.clock.now += 3600
    frame = session.tick()
    assert frame.study.running
    assert frame.workers[0].state is WorkerState.LOST
    for _ in range(5):
        desk.clock.now += 10
        frame = session.tick()
    trial = frame.study.by_number[1]
    assert (trial.state, trial.counted) == (TrialState.FAILED, False)
    assert trial.reason == "worker w1 gave no sign of life for 60 s"
    assert [(e.act, e.subject) for e in frame.study.events] == [("worker-lost", "w1")]
    assert frame.workers == ()


def test_watching_reaps_nobody(desk: Desk) -> None:
    desk.lease(2**22 - 1, 1.0, trial=1)
    session = desk.open(steering=False)
    session.tick()
    desk.clock.now += 3600
    assert session.tick().study.running


@pytest.mark.parametrize(
    ("arrange", "finished"),
    [
        (lambda desk: desk.hire(), False),
        (lambda desk: desk.study.tell(1, 0.4), False),
        (lambda desk: (desk.study.tell(1, 0.4), desk.control.set_budget(2)), True),
        (lambda desk: (desk.study.tell(1, 0.4), desk.control.stop(True, NOON)), True),
        (lambda desk: (desk.hire(), desk.control.set_budget(1)), False),
        (lambda desk: desk.control.set_budget(1), True),
    ],
    ids=["running", "no budget", "budget used up", "stopped", "one still runs", "a row that a dead program left"],
)
def test_a_search_is_finished_when_nothing_runs_and_nothing_more_will(
    desk: Desk, arrange: Callable[[Desk], object], finished: bool
) -> None:
    arrange(desk)
    assert desk.open().tick().finished is finished


def test_a_worker_more_for_a_finished_search_is_refused_with_the_way_out(desk: Desk) -> None:
    desk.control.set_budget(1)
    session = desk.open()
    session.tick()
    assert "all 1 trials are done; more with: hpt-tui run … --trials N" in give(session, AddWorker())


def test_everything_that_a_dead_worker_left_running_is_failed(desk: Desk) -> None:
    """Its lease is half a second behind: a worker that dies at once has never named its trial there."""
    for _ in range(2):
        desk.study.ask().set_user_attr(keys.TRIAL_WORKER, "w1")
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    desk.lease(dead.pid, 1.0)
    session = desk.open()
    session.tick()
    desk.clock.now += PROOF + 1
    frame = session.tick()
    assert not frame.study.running
    assert len(frame.study.events) == 3


class TestOneKeeperAMachine:
    """Two screens on one machine never both start or replace workers; the number wanted is the study's."""

    def test_the_number_of_workers_is_the_studys_own(self, desk: Desk) -> None:
        desk.control.want(socket.gethostname(), 3, NOON)
        first, second = desk.open(), desk.open(steering=False)
        assert [first.tick().wanted, second.tick().wanted] == [3, 3]

    def test_a_run_says_how_many_it_wants_and_the_next_one_overrules_it(self, desk: Desk) -> None:
        for workers in (2, 5):
            Session(desk.address, "s", Terms(steering=True, workers=workers), desk.clock)
        assert desk.open(steering=False).tick().wanted == 5

    def test_a_run_that_names_no_number_joins_whoever_keeps_some_here(self, desk: Desk, tmp_path: Path) -> None:
        file = tmp_path / "some.py"
        file.write_text("def objective(trial):\n    return 1.0\n")
        desk.control.set_budget(1)
        first = Session(desk.address, "s", Terms(steering=True, workers=9, target=str(file)), desk.clock)
        desk.control.set_budget(None)
        desk.control.stop(True, NOON)
        first._foreman._keeps(NOON)
        second = Session(desk.address, "s", Terms(steering=True, workers=None, target=str(file)), desk.clock)
        assert second.tick().wanted == 9
        first.close(stop_workers=False)
        second.close(stop_workers=False)
        third = Session(desk.address, "s", Terms(steering=True, workers=None, target=str(file)), desk.clock)
        assert third.tick().wanted == len(third._foreman.layout(None)) != 9
        third.close(stop_workers=False)

    def test_only_one_of_two_sessions_starts_workers_and_the_other_takes_over(
        self, desk: Desk, tmp_path: Path, request: pytest.FixtureRequest
    ) -> None:
        file = tmp_path / "slow.py"
        file.write_text("import time\n\ndef objective(trial):\n    time.sleep(60)\n    return 1.0\n")
        terms = Terms(steering=True, workers=2, target=str(file))
        first = Session(desk.address, "s", terms, time.time)
        request.addfinalizer(lambda: first.close(stop_workers=True))
        first.tick()
        second = Session(desk.address, "s", terms, time.time)
        request.addfinalizer(lambda: second.close(stop_workers=True))
        assert second.tick().workers == ()
        pids = eventually(lambda: trainers(first), 60)
        assert eventually(lambda: trainers(second), 60) == pids

        first.close(stop_workers=False)
        os.kill(min(pids), signal.SIGKILL)

        def replaced() -> bool:
            return len(trainers(second) - pids) == 1

        assert eventually(replaced, 60)

    def test_workers_that_are_still_starting_are_not_started_again_by_the_next_keeper(
        self, desk: Desk, tmp_path: Path, request: pytest.FixtureRequest
    ) -> None:
        """While they import what they need, which takes seconds, nothing in the study tells of them."""
        gate, file = tmp_path / "gate", tmp_path / "slow.py"
        file.write_text(
            f"import pathlib, time\nwhile not pathlib.Path({str(gate)!r}).exists(): time.sleep(0.05)\n\n"
            "def objective(trial):\n    time.sleep(60)\n    return 1.0\n"
        )
        terms = Terms(steering=True, workers=2, target=str(file))
        first = Session(desk.address, "s", terms, time.time)
        pids = {w.pid for w in first.tick().workers}
        assert len(pids) == 2
        first.close(stop_workers=False)

        second = Session(desk.address, "s", terms, time.time)
        request.addfinalizer(lambda: second.close(stop_workers=True))
        seen = second.tick().workers
        assert [(w.slot, w.state) for w in seen] == [(0, WorkerState.STARTING), (1, WorkerState.STARTING)]
        assert {w.pid for w in seen} == pids
        gate.touch()
        assert eventually(lambda: trainers(second), 60) == pids

    def test_ending_the_workers_from_one_screen_is_not_undone_by_another(self, desk: Desk) -> None:
        desk.control.want(socket.gethostname(), 2, NOON)
        desk.open().close(stop_workers=True)
        frame = desk.open(steering=False).tick()
        assert frame.wanted == 0
        assert [e.act for e in frame.study.events] == ["end-workers"]


def trainers(session: Session) -> set[int]:
    """The processes of both workers, once both train."""
    pids = {w.pid for w in session.tick().workers if w.state is WorkerState.TRAINING}
    return pids if len(pids) == 2 else set()
