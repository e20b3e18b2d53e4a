"""``hpt-tui logs``, over the logs of real workers (issue 4, item 7): what was printed in a trial's time."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hpt_tui.cli import run_command_line
from hpt_tui.cli.one_study import read_study
from hpt_tui.domain.provenance import WorkerRun
from tests.session.desk import Desk

OBJECTIVE = """
import ctypes, os, subprocess, sys

print("imported")

def objective(trial):
    x = trial.suggest_float("x", 0, 1)
    print("printed by", trial.number)
    os.write(2, b"below Python\\n")
    ctypes.CDLL(None).printf(b"from C %d\\n", trial.number)
    subprocess.run([sys.executable, "-c", "print('a child')"])
    if (pid := os.fork()) == 0:
        print("a fork of", trial.number, flush=True)
        os._exit(0)
    os.waitpid(pid, 0)
    for percent in (10, 100):
        sys.stderr.write(f"\\r{percent}%|##")
    sys.stderr.write("\\n")
    if trial.number == 1:
        raise ValueError("it is one")
    return x
"""


PIPED: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
WAITS = """
import os, time

def objective(trial):
    print("before")
    while not os.path.exists({gate!r}):
        time.sleep(0.05)
    print("after")
    return 1.0
"""


def search(file: Path, trials: int) -> list[str]:
    """The command line of a search by one worker."""
    command = [sys.executable, "-m", "hpt_tui", "run", str(file), "--headless"]
    return [*command, "--trials", str(trials), "--workers", "1"]


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Three trials by one worker."""
    folder = tmp_path_factory.mktemp("searched")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HPT_TUI_STATE_DIR", str(folder / "state"))
        file = folder / "prints.py"
        file.write_text(OBJECTIVE)
        command = [
            sys.executable,
            "-m",
            "hpt_tui",
            "run",
            str(file),
            "--headless",
            "--trials",
            "3",
            "--workers",
            "1",
        ]
        subprocess.run(command, check=True, capture_output=True)
        yield folder / "prints.db"


Logs = Callable[..., tuple[int, list[str], str]]


@pytest.fixture
def logs(searched: Path, capsys: pytest.CaptureFixture[str]) -> Logs:
    def run(*arguments: str) -> tuple[int, list[str], str]:
        code = run_command_line(["logs", str(searched), *arguments])
        said = capsys.readouterr()
        return code, said.out.splitlines(), said.err

    return run


def test_a_trials_output_is_all_of_it_and_nothing_else(logs: Logs) -> None:
    code, lines, err = logs("0")
    assert code == 0
    *printed, ended = lines
    assert sorted(printed) == sorted(
        ["printed by 0", "below Python", "from C 0", "a child", "a fork of 0", "100%|##"]
    )
    assert ended.endswith("trial #0 complete")
    assert err.startswith("trial #0: /")


def test_a_failed_trials_has_the_traceback(logs: Logs) -> None:
    lines = logs("1")[1]
    assert "Traceback (most recent call last):" in lines
    assert "ValueError: it is one" in lines
    assert not [line for line in lines if line in ("from C 0", "from C 2")]


def test_without_a_number_it_is_the_newest_trials(logs: Logs) -> None:
    assert "printed by 2" in logs()[1]


def test_a_workers_is_everything(logs: Logs, searched: Path) -> None:
    (run,) = read_study(str(searched), None).runs.values()
    for name in (run.worker, run.worker.split("-")[-2]):
        lines = logs("--worker", name)[1]
        assert lines[0] == "imported"
        assert [line for line in lines if line.startswith("printed by")] == [f"printed by {n}" for n in range(3)]


def test_only_the_last_lines(logs: Logs) -> None:
    assert logs("0", "-n", "2")[1] == logs("0")[1][-2:]
    assert logs("0", "-n", "0")[1] == []


def test_following_one_that_has_ended_ends(logs: Logs) -> None:
    assert logs("0", "--follow")[1] == logs("0")[1]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("9",), "trial #9: the storage holds no such trial"),
        (("--worker", "nobody"), "worker nobody: nobody knows of a log of it; there are: "),
        (("1", "--worker", "x"), "the log: is either a trial's or a worker's; leave one out"),
    ],
)
def test_what_is_not_there_is_one_line(logs: Logs, arguments: tuple[str, ...], line: str) -> None:
    code, lines, err = logs(*arguments)
    assert (code, lines) == (2, [])
    assert line in err


def test_where_a_trial_ran_and_with_what_stands_in_the_study(searched: Path) -> None:
    study = read_study(str(searched), None)
    run = study.runs[study.trials[0].worker]
    assert (run.device, run.gpu, run.provenance.file) == ("cpu", "", str(searched.with_suffix(".py")))
    assert run.provenance.packages["optuna"]
    assert Path(run.log).is_file()


def test_a_trial_says_where_it_comes_from(searched: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["trial", str(searched), "1"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("#1 failed  value –  0 steps  ")
    assert "ValueError: it is one" in said
    assert f"ran on  {os.uname().nodename} cpu" in said
    assert "code  prints.py sha256 " in said
    assert run_command_line(["trial", str(searched), "0", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["trial"]["number"], found["trial"]["state"]) == (0, "complete")
    assert found["run"]["provenance"]["packages"]["optuna"]
    assert run_command_line(["trial", str(searched), "7"]) == 2
    assert "trial #7: the storage holds no such trial; it holds 3" in capsys.readouterr().err


def test_a_log_that_is_elsewhere_gone_or_was_never_kept_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    desk = Desk(tmp_path / "study.db")
    here = os.uname().nodename
    for host, log, index, expected in (
        ("node7", "/state/a.log", "/state/a.trials", "trial #1: its log is on node7: /state/a.log"),
        (here, "/none/a.log", "/none/a.trials", "its log is gone: /none/a.log (old logs are tidied away)"),
        (here, "", "", "its worker wrote to a terminal: no log is kept"),
    ):
        desk.control.describe_run(WorkerRun("w1", host, log=log, index=index))
        assert run_command_line(["logs", desk.address.url, "1"]) == 2
        assert expected in capsys.readouterr().err
    assert run_command_line(["logs", desk.address.url, "0"]) == 2
    assert "no hpt-tui worker ran it" in capsys.readouterr().err


def test_a_running_trial_is_followed_until_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    file, gate = tmp_path / "waits.py", tmp_path / "gate"
    file.write_text(WAITS.format(gate=str(gate)))
    running = subprocess.Popen(search(file, 1), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        database = file.with_suffix(".db")
        follow = [sys.executable, "-m", "hpt_tui", "logs", str(database), "0", "--follow"]

        following = subprocess.Popen(["sh", "-c", f"until {shlex.join(follow)}; do sleep 0.2; done"], **PIPED)
        assert following.stdout is not None
        assert following.stdout.readline() == "before\n"
        gate.touch()
        rest = following.communicate(timeout=120)[0].splitlines()
        assert rest[0] == "after"
        assert rest[1].endswith("trial #0 complete")
        assert following.returncode == 0
        assert running.wait(120) == 0
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(60)
