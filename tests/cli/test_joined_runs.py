"""Issue 4, item 7: a second ``run`` on the same study joins it instead of fighting (real processes)."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hpt_tui.cli.one_study import read_study
from hpt_tui.domain.snapshot import Crew
from hpt_tui.domain.worker import WorkerState
from hpt_tui.errors import HptError
from tests.waiting import eventually

OBJECTIVE = """
import os, time

def objective(trial):
    while not os.path.exists({gate!r}):
        trial.report(0.0, trial.number)
        time.sleep(0.05)
    return trial.suggest_float("x", 0, 1)
"""
TRIALS = 12


@pytest.mark.parametrize(
    ("first", "second", "workers"),
    [("2", "3", 3), ("3", "1", 1)],
    ids=["more", "fewer"],
)
def test_two_runs_keep_the_budget_and_one_number_of_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str, second: str, workers: int
) -> None:
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    file, gate = tmp_path / "waits.py", tmp_path / "gate"
    file.write_text(OBJECTIVE.format(gate=str(gate)))
    storage = str(file.with_suffix(".db"))

    def run(wanted: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "hpt_tui", "run", str(file), "--headless", "--trials", str(TRIALS)]
        silent = subprocess.DEVNULL
        return subprocess.Popen([*command, "--workers", wanted], stdout=silent, stderr=silent)

    def train(count: int) -> bool:
        """So many of them train and have not been told to leave."""
        try:
            study = read_study(storage, None)
        except HptError:
            # It is just being made.
            return False
        staying = [le for le in study.leases if le.worker not in study.control.leaving]
        return len(staying) == count and all(le.state is WorkerState.TRAINING for le in staying)

    runs = [run(first)]
    try:
        eventually(lambda: train(int(first)), 180)
        before = wanted(storage).at
        runs.append(run(second))
        eventually(lambda: wanted(storage).at > before and train(workers), 180)
        gate.touch()
        assert [process.wait(180) for process in runs] == [0, 0]
        study = read_study(storage, None)
        assert len(study.trials) == TRIALS
        assert {t.state.value for t in study.trials} == {"complete"}
        # Nobody was started beyond the number that is wanted: who left was not replaced.
        assert len(study.runs) == max(int(first), workers)
    finally:
        for process in runs:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def wanted(storage: str) -> Crew:
    """What was last said of this machine's workers."""
    (crew,) = read_study(storage, None).control.wanted.values()
    return crew
