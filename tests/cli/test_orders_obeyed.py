"""Orders from the shell to a search that really runs: its workers obey, and its keeper keeps as many as asked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hpt_tui.cli import run_command_line
from tests.waiting import eventually

SLOW = """
import time

import optuna


def objective(trial):
    x = trial.suggest_float("x", 0.0, 1.0)
    for step in range(1000):
        trial.report(x, step)
        time.sleep(0.02)
        if trial.should_prune():
            raise optuna.TrialPruned
    return x
"""

Shell = Callable[..., dict[str, object]]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """What one command line, on the study in the file, says."""
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)

    def run(verb: str, *arguments: str) -> dict[str, object]:
        code = run_command_line([verb, "slow.db", *arguments, "--json"])
        said = capsys.readouterr()
        assert code == 0, said.err
        return dict(json.loads(said.out))

    return run


@pytest.fixture
def search(shell: Shell, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """``hpt-tui run`` with two workers whose trials last."""
    (tmp_path / "slow.py").write_text(SLOW)
    process = subprocess.Popen(
        [sys.executable, "-m", "hpt_tui", "run", "slow.py", "--headless", "--workers", "2"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    eventually((tmp_path / "slow.db").exists, 60)
    yield process
    shell("stop", "--now", "--yes")
    process.wait(30)


def training(shell: Shell) -> list[int]:
    """The trials that living workers train, by number."""
    workers = shell("ps")["workers"]
    assert isinstance(workers, list)
    return sorted(w["trial"] for w in workers if w["state"] == "training" and w["step"] is not None)


def test_real_workers_obey_orders_from_the_shell(shell: Shell, search: subprocess.Popen[bytes]) -> None:
    """Prune one of two, have one worker less and then two again, stop: each is seen to happen."""

    def until(condition: Callable[[list[int]], bool]) -> list[int]:
        return eventually(lambda: now if condition(now := training(shell)) else [], 60)

    eventually(lambda: run_command_line(["ps", "slow.db"]) == 0, 60)
    first, second = until(lambda now: len(now) == 2)
    assert shell("widen", "x", "--high", "5")["kept_here"] is True
    shell("kill", str(first))
    survivor, third = until(lambda now: len(now) == 2 and first not in now)
    assert survivor == second

    shell("workers", "1")
    shell("kill", str(second), str(third), "--yes")
    (fourth,) = until(lambda now: len(now) == 1 and now[0] > third)
    shell("workers", "2")
    assert fourth in until(lambda now: len(now) == 2)

    shell("stop", "--now", "--yes")
    assert search.wait(30) == 1
    events = shell("events")["events"]
    assert isinstance(events, list)
    # How each kill was obeyed is told when the trial has ended, whenever that is.
    acts = [event["act"] for event in events if event["act"] != "ended"]
    assert acts == ["widen", "prune", "set-workers", "prune", "prune", "set-workers", "stop-now"]
