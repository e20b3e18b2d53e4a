"""A headless search always ends: whatever kills its workers, and whatever other programs left in the study."""

from __future__ import annotations

import shutil
from pathlib import Path

import optuna
import pytest

from hpt_tui.store.address import parse_address
from hpt_tui.store.connect import open_storage
from tests.cli.test_headless_run import STUDIES, run, trials


def test_workers_that_die_at_once_leave_no_trial_running_and_the_run_gives_up(tmp_path: Path) -> None:
    """As a CUDA fault or the kernel's OOM killer would."""
    (tmp_path / "segv.py").write_text(
        "import os, signal\n\n\ndef objective(trial):\n    trial.suggest_float('x', 0, 1)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    code, lines, err = run(tmp_path, "run", "segv.py", "--headless", "--workers", "1", "--trials", "30")
    assert code == 1
    assert lines[-1]["reason"] == "gave-up"
    assert "crashed 3 times within 60 s, given up: SIGKILL" in err
    assert {t.state for t in trials(tmp_path / "segv.db")} == {optuna.trial.TrialState.FAIL}


def test_processes_that_crash_one_after_the_other_pause_the_search_however_many_workers(tmp_path: Path) -> None:
    (tmp_path / "fault.py").write_text(
        "import os, signal\n\n\ndef objective(trial):\n    trial.suggest_float('x', 0, 1)\n"
        "    os.kill(os.getpid(), signal.SIGSEGV)\n"
    )
    code, lines, err = run(tmp_path, "run", "fault.py", "--headless", "--workers", "3", "--trials", "30")
    assert (code, lines[-1]["reason"]) == (1, "gave-up")
    assert "crash-loop" in [x["act"] for x in lines if x["type"] == "event"]
    assert "SIGSEGV" in err
    assert len(trials(tmp_path / "fault.db")) < 7


def test_a_lost_trial_is_tried_again_from_its_checkpoint_and_the_budget_is_met(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECKPOINTS", str(tmp_path / "checkpoints"))
    shutil.copy(STUDIES / "checkpoints.py", tmp_path)
    arguments = ("run", "checkpoints.py", "--headless", "--workers", "1", "--trials", "1", "--retries", "1")
    code, lines, _ = run(tmp_path, *arguments)
    assert (code, lines[-1]["reason"]) == (0, "budget")
    told = [(x["number"], x["state"], x["steps"]) for x in lines if x["type"] == "trial"]
    assert told == [(0, "failed", 5), (1, "complete", 10)]
    assert [x["act"] for x in lines if x["type"] == "event"] == ["worker-lost", "retry"]


def test_a_trial_that_another_program_left_running_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "quick.py").write_text("def objective(trial):\n    return trial.suggest_float('x', 0, 1)\n")
    storage = open_storage(parse_address(str(tmp_path / "quick.db")), writable=True, create=True)
    optuna.create_study(study_name="quick", storage=storage).ask()
    code, lines, _ = run(tmp_path, "run", "quick.py", "--headless", "--workers", "1", "--trials", "2")
    assert (code, lines[-1]["reason"]) == (0, "budget")
    states = [t.state.name for t in trials(tmp_path / "quick.db")]
    assert states == ["RUNNING", "COMPLETE", "COMPLETE"]


def test_fail_on_without_headless_is_refused(tmp_path: Path) -> None:
    (tmp_path / "quick.py").write_text("def objective(trial):\n    return 1.0\n")
    code, lines, err = run(tmp_path, "run", "quick.py", "--fail-on", "edge")
    assert (code, lines) == (2, [])
    assert err == "hpt-tui: --fail-on: works without a screen only; add --headless\n"
