"""``hpt-tui run --headless`` from the outside: real workers, real files, exit codes, JSON lines."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import optuna
import pytest

from hpt_tui.errors import StorageError
from hpt_tui.store.address import parse_address
from hpt_tui.store.connect import open_storage
from tests.waiting import eventually

STUDIES = Path(__file__).parents[1] / "studies"


def command(folder: Path, *arguments: str) -> tuple[list[str], dict[str, str]]:
    environment = {**os.environ, "HPT_TUI_STATE_DIR": str(folder / "state")}
    return [sys.executable, "-m", "hpt_tui", *arguments], environment


def run(folder: Path, *arguments: str) -> tuple[int, list[dict[str, object]], str]:
    argv, environment = command(folder, *arguments)
    done = subprocess.run(
        argv, env=environment, cwd=folder, capture_output=True, text=True, timeout=180, check=False
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def trials(path: Path) -> list[optuna.trial.FrozenTrial]:
    """Those of the only study; none while the file is still being made."""
    try:
        storage = open_storage(parse_address(str(path)), writable=False)
    except StorageError:
        return []
    return [t for s in storage.get_all_studies() for t in storage.get_all_trials(s._study_id)]


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """An unmodified Optuna objective, in a folder of its own."""
    return Path(shutil.copy(STUDIES / "plain_quadratic.py", tmp_path / "plain_quadratic.py"))


def test_an_unmodified_objective_runs_to_its_budget_and_goes_on_where_it_ended(plain: Path) -> None:
    code, lines, _ = run(plain.parent, "run", plain.name, "--headless", "--trials", "7", "--workers", "2")
    database = plain.with_suffix(".db")
    assert code == 0
    assert sorted(x["number"] for x in lines if x["type"] == "trial") == list(range(7))  # type: ignore[type-var]
    assert len(trials(database)) == 7

    code, lines, _ = run(plain.parent, "run", plain.name, "--headless", "--trials", "7")
    assert (code, [x["type"] for x in lines]) == (0, ["end"])
    code, lines, _ = run(plain.parent, "run", plain.name, "--headless", "--trials", "9")
    assert code == 0
    assert len(trials(database)) == 9


def test_a_search_ends_with_its_steps_or_its_time(plain: Path) -> None:
    base = ("run", plain.name, "--headless", "--workers", "1", "--pruner", "none")
    code, lines, said = run(plain.parent, *base, "--max-steps", "25")
    assert (code, lines[-1]["reason"], lines[-1]["complete"]) == (0, "budget", 3)
    assert "30/25 steps" in said

    code, lines, said = run(plain.parent, *base, "--max-steps", "0", "--timeout", "2")
    assert (code, lines[-1]["reason"]) == (0, "time")
    assert {"there is no budget of steps any more, instead of 25"} < {x.get("text") for x in lines}
    assert "no trial starts from " in said
    (stop,) = [x for x in stored_events(plain.with_suffix(".db")) if x["act"] == "stop"]
    assert "2 s after the start" in stop["after"]


def test_a_budget_of_steps_without_any_report_ends_the_search_and_says_what_to_add(tmp_path: Path) -> None:
    (tmp_path / "silent.py").write_text("def objective(trial):\n    return trial.suggest_float('x', 0, 1)\n")
    code, lines, said = run(tmp_path, "run", "silent.py", "--headless", "--workers", "1", "--max-steps", "100")
    assert code == 1
    assert (lines[-1]["reason"], lines[-1]["complete"]) == ("gave-up", 1)
    assert (
        "#0 is complete and no trial has reported a step, so the budget of 100 steps would never be used" in said
    )
    assert "let the objective call trial.report(value, step) in its training loop" in said
    assert "no-steps" in [x["act"] for x in lines if x["type"] == "event"]

    code, lines, said = run(
        tmp_path, "run", "silent.py", "--headless", "--workers", "1", "--max-steps", "0", "--trials", "6"
    )
    assert (code, lines[-1]["reason"], lines[-1]["complete"]) == (0, "budget", 6)
    assert "trials are complete and none reported a step, so the median pruner can end none early" in said


def stored_events(path: Path) -> list[dict[str, str]]:
    storage = open_storage(parse_address(str(path)), writable=False)
    (study,) = storage.get_all_studies()
    found = storage.get_study_user_attrs(study._study_id).items()
    return [value for key, value in found if key.startswith("hpt:event:")]


def test_a_search_in_which_nothing_completes_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def objective(trial):\n    raise RuntimeError('no luck')\n")
    code, lines, said = run(tmp_path, "run", "broken.py", "--headless", "--trials", "50", "--workers", "1")
    assert code == 1
    failed = [x for x in lines if x["type"] == "trial"]
    assert {(x["state"], x["reason"]) for x in failed} == {("failed", "RuntimeError: no luck")}
    assert len(failed) < 10
    assert [x["act"] for x in lines if x["type"] == "event"] == ["crash-loop", "stop"]
    assert lines[-1]["reason"] == "gave-up"
    assert "RuntimeError: no luck" in said


def test_a_flag_that_was_asked_for_ends_the_search_with_3(tmp_path: Path) -> None:
    (tmp_path / "edge.py").write_text(
        "def objective(trial):\n    return (trial.suggest_float('x', 0.5, 1.5) - 4) ** 2\n"
    )
    code, lines, _ = run(tmp_path, "run", "edge.py", "--headless", "--trials", "2000", "--fail-on", "edge")
    assert code == 3
    (flag,) = [x for x in lines if x["type"] == "flag" and x["id"] == "edge" and x["raised"]]
    assert flag["parameters"] == ["x"]
    assert "stop" in [x["act"] for x in lines if x["type"] == "event"]
    assert not [t for t in trials(tmp_path / "edge.db") if t.state is optuna.trial.TrialState.RUNNING]


def test_ctrl_c_lets_the_running_trials_finish(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(
        "import time\n\ndef objective(trial):\n    x = trial.suggest_float('x', 0, 1)\n"
        "    for step in range(20):\n        trial.report(x, step)\n        time.sleep(0.05)\n    return x\n"
    )
    argv, environment = command(tmp_path, "run", "slow.py", "--headless", "--workers", "2")
    process = subprocess.Popen(argv, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        eventually(lambda: len(trials(tmp_path / "slow.db")) >= 3, 60)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0
    assert b"finishing the running trials" in err
    assert {t.state for t in trials(tmp_path / "slow.db")} == {optuna.trial.TrialState.COMPLETE}


def test_workers_outlive_a_headless_run_that_is_killed_and_the_next_one_joins_them(tmp_path: Path) -> None:
    """L7: SIGKILL stands for whatever takes the terminal away."""
    (tmp_path / "slow.py").write_text(
        "import time\n\ndef objective(trial):\n    time.sleep(0.4)\n    return trial.suggest_float('x', 0, 1)\n"
    )
    argv, environment = command(tmp_path, "run", "slow.py", "--headless", "--workers", "2", "--trials", "25")
    process = subprocess.Popen(
        argv, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    database = tmp_path / "slow.db"
    eventually(lambda: len(trials(database)) >= 3, 60)
    process.kill()
    process.wait()
    seen = len(trials(database))
    eventually(lambda: len(trials(database)) > seen + 2, 30)

    code, _, _ = run(tmp_path, "run", "slow.py", "--headless", "--workers", "2", "--trials", "25")
    assert code == 0
    assert [t.state for t in trials(database)] == [optuna.trial.TrialState.COMPLETE] * 25
    assert len({t.user_attrs["hpt:worker"] for t in trials(database)}) == 2
