"""A full disk, and a folder of ours that may not be written: a notice, and never the end of a screen (issue 3)."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from optuna.trial import TrialState

from hpt_tui.domain.orders.search import PauseStudy, StopStudy
from hpt_tui.session import Session, Terms
from hpt_tui.store.address import parse_address
from hpt_tui.store.liveness import PROOF
from tests.disk import Disk, NoMountError, mounted_disk
from tests.session.desk import Desk, give
from tests.waiting import eventually
from tests.worker.bench import STUDIES, Bench

FULL = "database or disk is full"


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    try:
        with mounted_disk(tmp_path / "disk", megabytes=2) as disk:
            yield disk
    except NoMountError as error:
        pytest.skip(f"A FULL DISK IS NOT TESTED: no file system can be mounted here ({error})")


def test_an_order_that_has_no_room_is_a_notice_and_the_study_is_shown_all_the_same(disk: Disk) -> None:
    desk = Desk(disk.folder / "study.db")
    session = desk.open()
    session.tick()
    disk.fill()
    assert FULL in give(session, PauseStudy())
    frame = session.tick()
    assert (frame.stale_since, frame.notices, frame.study.control.paused) == (None, (), False)
    disk.free()
    assert give(session, PauseStudy()).startswith("paused")
    assert session.tick().study.control.paused


def test_a_stop_is_given_again_once_there_is_room(disk: Disk) -> None:
    desk = Desk(disk.folder / "study.db")
    session = desk.open()
    session.tick()
    disk.fill()
    assert FULL in give(session, StopStudy())
    assert session.tick().notices == ()
    disk.free()
    session.tick()
    assert session.tick().study.control.stopping


def test_what_the_dead_left_is_put_in_order_once_there_is_room_and_said_once(disk: Disk) -> None:
    desk = Desk(disk.folder / "study.db")
    dead = subprocess.Popen(["true"])
    dead.wait()
    desk.lease(dead.pid, 1.0, trial=1)
    session = desk.open()
    session.tick()
    disk.fill()
    desk.clock.now += PROOF + 1
    frames = [session.tick(), session.tick()]
    assert [FULL in "".join(n.text for n in frame.notices) for frame in frames] == [True, False]
    assert [frame.stale_since for frame in frames] == [None, None]
    disk.free()
    assert not session.tick().study.running


def test_the_screen_is_left_on_a_full_disk(disk: Disk) -> None:
    desk = Desk(disk.folder / "study.db")
    session = desk.open()
    session.tick()
    before = desk.control.attributes()
    disk.fill()
    session.close(stop_workers=True)
    assert desk.control.attributes() == before


def test_a_worker_waits_for_room(disk: Disk, tmp_path: Path) -> None:
    """Nothing that it was told to write is lost."""
    bench = Bench(parse_address(str(disk.folder / "study.db")), tmp_path)
    try:
        bench.create(STUDIES / "patient.py", budget=1)
        worker = bench.start(STUDIES / "patient.py")
        bench.running()
        disk.fill()
        eventually(lambda: FULL in bench.said())
        assert worker.poll() is None
        disk.free()
        seen = max(bench.running().intermediate_values)
        steps = bench.running(len(range(seen + 5))).intermediate_values
        assert list(steps) == list(range(len(steps)))
        os.kill(worker.pid, signal.SIGTERM)
        bench.ended(worker)
        assert bench.trials(TrialState.RUNNING) == []
    finally:
        bench.close()


def test_a_log_without_room_fails_no_trial(disk: Disk, tmp_path: Path) -> None:
    """What the study file prints, and what the worker says, is lost; what is said later is not."""
    talks = tmp_path / "talks.py"
    talks.write_text(
        "import sys, time\n"
        "def objective(trial):\n"
        "    for step in range(3):\n"
        "        print('x' * 5000, flush=True)\n"
        "        sys.stderr.write('y' * 5000)\n"
        "        trial.report(trial.suggest_float('x', 0.0, 1.0), step)\n"
        "    time.sleep(0.05)\n"
        "    return 1.0\n"
    )
    bench = Bench(parse_address(str(tmp_path / "study.db")), disk.folder)
    try:
        bench.create(talks)
        worker = bench.start(talks)
        bench.finished(1)
        disk.fill()
        bench.finished(len(bench.trials()) + 3)
        disk.free()
        last = len(bench.trials())
        eventually(lambda: f"trial #{last} complete" in bench.said())
        bench.control.stop(True, 0.0)
        assert bench.ended(worker) == 0
        assert {trial.state for trial in bench.trials()} == {TrialState.COMPLETE}
    finally:
        bench.close()


class TestTheFolderForLocksAndLogs:
    """Only whoever keeps workers needs it."""

    @pytest.fixture
    def desk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
        (tmp_path / "file").touch()
        monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "file" / "state"))
        return Desk(tmp_path / "study.db")

    @pytest.mark.parametrize("steering", [False, True], ids=["watching", "steering"])
    def test_a_study_is_shown_and_steered_without(self, desk: Desk, steering: bool) -> None:
        session = desk.open(steering=steering)
        frame = session.tick()
        assert (frame.opened, frame.stale_since, frame.notices) == (True, None, ())
        assert give(session, PauseStudy()).startswith("paused" if steering else "refused")
        session.close(stop_workers=steering)

    def test_workers_are_not_started_and_why_is_said_once(self, desk: Desk) -> None:
        terms = Terms(steering=True, workers=1, target=str(STUDIES / "patient.py"))
        session = Session(desk.address, "s", terms, desk.clock)
        (notice,) = session.tick().notices
        assert notice.failed
        assert "no worker can be started" in notice.text
        frame = session.tick()
        assert (frame.notices, frame.workers, frame.stale_since) == ((), (), None)
        session.close(stop_workers=True)

    def test_a_worker_that_can_have_no_log_is_not_started(
        self, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
        (tmp_path / "state").mkdir()
        (tmp_path / "state" / "logs").touch()
        terms = Terms(steering=True, workers=1, target=str(STUDIES / "patient.py"))
        session = Session(desk.address, "s", terms, desk.clock)
        (notice,) = session.tick().notices
        assert "cannot be started" in notice.text
        assert session.tick().stale_since is None
        session.close(stop_workers=True)
