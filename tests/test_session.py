"""The tick over real storages: orders, their refusal, watching without writing, stale and back again, the dead."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest

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
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.worker import Lease, WorkerState
from hpt_tui.errors import StorageLostError, StudyNotFoundError
from hpt_tui.session import Session, Terms
from hpt_tui.store import keys
from hpt_tui.store.address import Address, parse_address
from hpt_tui.store.connect import open_storage, quiet_optuna
from hpt_tui.store.control import StudyControl
from hpt_tui.store.liveness import process_started
from hpt_tui.store.reader import StudyReader
from hpt_tui.supervisor.fleet import PROOF
from hpt_tui.supervisor.host import this_host
from tests.builders import NOON
from tests.waiting import eventually


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


class Desk:
    """A study in SQLite with one running and one complete trial, and sessions over it."""

    def __init__(self, path: Path) -> None:
        quiet_optuna()
        self.path, self.clock = path, Clock()
        self.address: Address = parse_address(str(path))
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


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    return Desk(tmp_path / "study.db")


def give(session: Session, order: Order) -> str:
    """Carry out one order in a tick; what came of it."""
    session.submit(order)
    (notice,) = session.tick().notices
    return f"refused: {notice.text}" if notice.failed else notice.text


def test_a_frame_shows_the_study_and_when_it_was_read(desk: Desk) -> None:
    frame = desk.open().tick()
    assert (frame.study.name, frame.now, frame.opened, frame.finished) == ("s", NOON, True, False)
    assert [t.state for t in frame.study.trials] == [TrialState.COMPLETE, TrialState.RUNNING]


def test_a_missing_study_is_bad_input(desk: Desk) -> None:
    with pytest.raises(StudyNotFoundError, match="it holds: s"):
        Session(desk.address, "x", Terms(steering=False))


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (ChangeBound("lr", high=1.0, reason="edge"), "widen lr 1.0e-4 .. 1.0e-1 → 1.0e-4 .. 1.0e0 (flag edge)"),
        (ChangeBound("lr", low=1e-3), "narrow lr 1.0e-4 .. 1.0e-1 → 1.0e-3 .. 1.0e-1"),
        (PruneTrial(1), "prune #1"),
        (StopStudy(), "stop"),
        (StopStudy(at_once=True), "stop now"),
        (PauseStudy(), "pause"),
        (ResumeStudy(), "resume"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_an_order_is_done_and_recorded(desk: Desk, order: Order, said: str) -> None:
    """L2-L6: one event an order, with who and when."""
    desk.hire()
    session = desk.open()
    session.tick()
    assert not give(session, order).startswith("refused")
    (event,) = session.tick().study.events
    assert (event.at, event.sentence) == (NOON, said)
    assert event.by.endswith(f"@{socket.gethostname()}")


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (ChangeBound("momentum", high=1.0), "there is no such parameter; the study has: lr, optimizer"),
        (ChangeBound("optimizer", high=1.0), "is categorical"),
        (ChangeBound("lr", low=0.0), "log scale"),
        (ChangeBound("lr", low=1.0), "lower bound below the upper one"),
        (ChangeBound("lr", high=1e-1), "already ranges over"),
        (PruneTrial(0), "is complete, not running"),
        (PruneTrial(7), "does not exist"),
        (PruneTrial(1), "is run by no living hpt-tui worker"),
        (AddWorker(), "the study file is unknown here"),
        (RemoveWorker(), "none of this machine is left"),
    ],
)
def test_an_impossible_order_is_refused_and_writes_nothing(desk: Desk, order: Order, why: str) -> None:
    session = desk.open()
    session.tick()
    before = desk.control.attributes()
    assert why in give(session, order)
    assert desk.control.attributes() == before


def test_a_parameter_whose_range_the_code_changes_has_no_bound_to_move(desk: Desk) -> None:
    trial = desk.study.ask()
    trial.suggest_float("lr", 1e-4, 1.0, log=True)
    session = desk.open()
    session.tick()
    assert "another range from trial to trial" in give(session, ChangeBound("lr", high=10.0))


def test_a_watched_study_is_never_written_to(desk: Desk) -> None:
    """L1: not a byte, whatever keys are pressed, until the user has confirmed."""
    desk.lease(os.getpid(), 0.0)
    before = desk.control.attributes()
    session = desk.open(steering=False)
    frame = session.tick()
    assert not frame.access.steering
    for order in (
        StopStudy(),
        PauseStudy(),
        ChangeBound("lr", high=1.0),
        PruneTrial(1),
        AddWorker(),
        RemoveWorker(),
    ):
        assert "only being watched" in give(session, order)
    session.close(stop_workers=True)
    assert desk.control.attributes() == before


def test_steering_begins_when_the_user_confirms_it(desk: Desk) -> None:
    desk.lease(os.getpid(), 0.0, host="elsewhere")
    session = desk.open(steering=False)
    session.tick()
    assert give(session, TakeControl()) == "steering: every key has its effect now"
    assert session.tick().access.steering
    assert give(session, PauseStudy()).startswith("paused: running trials hold")
    assert [e.act for e in session.tick().study.events] == ["take-control", "pause"]


def test_a_study_without_our_workers_cannot_be_steered_and_says_why(desk: Desk) -> None:
    session = desk.open(steering=False)
    assert "no hpt-tui worker has ever run this study" in session.tick().access.steering_problem
    assert "no hpt-tui worker" in give(session, TakeControl())
    assert desk.control.attributes() == {}


def test_a_storage_that_goes_away_leaves_the_last_frame_and_comes_back(desk: Desk, tmp_path: Path) -> None:
    session = desk.open(steering=False)
    desk.clock.now += 1
    good = session.tick()
    away = tmp_path / "away.db"
    desk.path.rename(away)
    desk.clock.now += 5
    stale = session.tick()
    assert stale.study is good.study
    assert stale.stale_since == good.now
    assert "the file is gone" in stale.trouble
    desk.clock.now += 5
    assert session.tick().stale_since == good.now

    away.rename(desk.path)
    back = session.tick()
    assert (back.stale_since, back.trouble) == (None, "")


def test_an_order_during_an_outage_is_refused_and_not_lost_in_silence(desk: Desk, tmp_path: Path) -> None:
    session = desk.open()
    session.tick()
    desk.path.rename(tmp_path / "away.db")
    session.submit(PruneTrial(99))
    frame = session.tick()
    assert frame.stale_since is not None
    assert [n.failed for n in frame.notices] == [True]


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


def test_the_trial_of_a_worker_elsewhere_is_left_alone(desk: Desk) -> None:
    """Whether a process on another machine lives cannot be known from here."""
    desk.lease(1, 1.0, trial=1, host="elsewhere")
    session = desk.open()
    session.tick()
    desk.clock.now += 3600
    frame = session.tick()
    assert frame.study.running
    assert frame.workers[0].state is WorkerState.LOST


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


def test_a_stop_during_an_outage_is_given_again(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = desk.open()
    session.tick()
    answers = iter([StorageLostError("the study", "does not answer")])
    write = StudyControl.stop

    def flaky(control: StudyControl, on: bool, at: float, *, now: bool = False) -> None:
        for error in answers:
            raise error
        write(control, on, at, now=now)

    monkeypatch.setattr(StudyControl, "stop", flaky)
    session.submit(StopStudy())
    assert [n.failed for n in session.tick().notices] == [True]
    assert [n.failed for n in session.tick().notices] == [False]
    assert session.tick().study.control.stopping


def test_a_study_that_cannot_be_shown_makes_a_banner_and_not_a_crash(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = desk.open()
    good = session.tick()
    monkeypatch.setattr(StudyReader, "poll", lambda reader: 1 / 0)
    bad = session.tick()
    assert bad.study is good.study
    assert "ZeroDivisionError" in bad.trouble


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
