"""A terminal that goes away under the screen (L7): the workers go on, and another one finds them as they are."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.errors import HptError
from hpt_tui.store.address import parse_address
from hpt_tui.store.reader import open_reader
from tests.tmux import Tmux
from tests.waiting import eventually

ENDLESS = """
import time


def objective(trial):
    x = trial.suggest_float("x", 0.0, 1.0)
    step = 0
    while True:
        trial.report(x, step)
        time.sleep(0.05)
        step += 1
"""


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """For everything that runs; afterwards no worker is left."""
    (tmp_path / "endless.py").write_text(ENDLESS)
    own = {**os.environ, "HPT_TUI_STATE_DIR": str(tmp_path / "state")}
    yield own
    stop = [sys.executable, "-m", "hpt_tui", "stop", "endless.db", "--now", "--yes"]
    subprocess.run(stop, cwd=tmp_path, env=own, check=True, capture_output=True)
    eventually(lambda: not look(tmp_path).leases, 60)


def look(folder: Path) -> StudySnapshot:
    reader = open_reader(parse_address(str(folder / "endless.db")), "endless")
    try:
        return reader.poll()
    finally:
        reader.close()


def both_training(folder: Path) -> StudySnapshot | None:
    """The study, once two workers have written that they train a trial that has reported."""
    try:
        study = look(folder)
    except HptError:
        return None
    training = [lease for lease in study.leases if lease.trial is not None]
    return study if len(training) == len(study.running) == 2 and all(t.steps for t in study.running) else None


def test_workers_outlive_a_killed_tmux_and_another_one_finds_the_same_state(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    with Tmux(tmp_path, environment, "run", "endless.py", "--workers", "2") as first:
        before = eventually(lambda: both_training(tmp_path), 90)
        assert before is not None
        eventually(lambda: "2/2 workers" in first.screen(), 60)
        screen = psutil.Process(first.pid)
        first.kill()
        eventually(lambda: not screen.is_running() or screen.status() == psutil.STATUS_ZOMBIE, 60)

    pids = {lease.worker: lease.pid for lease in before.leases}
    steps = {trial.number: trial.steps for trial in before.running}
    with Tmux(tmp_path, environment, "attach", "endless.db") as second:

        def goes_on() -> bool:
            running = look(tmp_path).running
            return all(trial.steps > steps.get(trial.number, -1) + 20 for trial in running)

        eventually(goes_on, 60)
        now = look(tmp_path)
        assert {lease.worker: lease.pid for lease in now.leases} == pids
        assert all(psutil.pid_exists(pid) for pid in pids.values())
        assert {trial.number for trial in now.running} == set(steps)
        assert {lease.worker: lease.trial for lease in now.leases} == {x.worker: x.trial for x in before.leases}
        assert [e for e in now.events if e.act == "worker-lost"] == []

        eventually(lambda: "2/2 workers" in (text := second.screen()) and "2 running" in text, 60)
