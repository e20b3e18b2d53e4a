"""``hpt-tui fork``: what it says beforehand, what it does, and what an interruption leaves (issue 4, item 2)."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hpt_tui.cli import run_command_line
from hpt_tui.store.address import Address
from hpt_tui.store.connect import close_storage, open_storage
from tests.session.desk import Desk
from tests.store.synthetic import make_study
from tests.waiting import eventually

GOLDEN = Path(__file__).parent / "golden"
LION = ("--choices", "optimizer=adamw,sgd,lion")
Shell = Callable[..., tuple[int, str, str]]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    desk = Desk(tmp_path / "study.db")
    desk.hire()
    return desk


@pytest.fixture
def shell(desk: Desk, capsys: pytest.CaptureFixture[str]) -> Shell:
    def run(verb: str, *arguments: str) -> tuple[int, str, str]:
        code = run_command_line([verb, desk.address.url, *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def studies(address: Address) -> list[str]:
    storage = open_storage(address, writable=False)
    try:
        return [s.study_name for s in storage.get_all_studies()]
    finally:
        close_storage(storage)


@pytest.mark.parametrize("name", ["", "  "])
def test_an_empty_name_is_refused(name: str, desk: Desk, shell: Shell) -> None:
    code, out, err = shell("fork", *LION, "--yes", "--name", name)
    assert (code, out) == (2, "")
    assert err == "hpt-tui: --name: is empty; name the fork, or leave the option out\n"
    assert studies(desk.address) == ["s"]


def test_it_says_before_it_does_anything_what_will_happen(desk: Desk, shell: Shell) -> None:
    desk.control.set_budget(30)
    code, out, err = shell("fork", *LION, "--linear", "lr", "--dry-run")
    assert (code, out) == (0, "")
    assert err.splitlines() == [
        "s → s-2: optimizer: sgd, adamw → adamw, sgd, lion; lr: 1.0e-4 .. 1.0e-1 log → 0.0001 .. 0.1 linear",
        "copied: 1 of 1 finished trial",
        "moving over: 1 worker, each when its trial ends; that trial comes along",
        "budget: 30 trials as before; s-2 begins with 1 done",
        "s stays as it is and takes no more trials",
    ]
    assert studies(desk.address) == ["s"]
    assert desk.control.attributes().keys() == {"hpt:budget", "hpt:worker:w1"}


def test_it_forks_and_both_studies_show_it(desk: Desk, shell: Shell) -> None:
    code, out, err = shell("fork", *LION, "--name", "more", "--json", "--yes")
    assert code == 0, err
    found = json.loads(out)
    assert found == {
        "study": "s",
        "storage": found["storage"],
        "successor": "more",
        "changes": {"optimizer": {"before": "sgd, adamw", "after": "adamw, sgd, lion"}},
        "finished": 1,
        "kept": 1,
        "misfits": {},
        "running": 1,
        "waiting": 0,
        "budget": None,
        "alive": found["alive"],
        "copied": 1,
        "resumed": False,
    }
    for name, sentence in (
        ("s", "fork into more: optimizer: sgd, adamw → adamw, sgd, lion"),
        ("more", "forked from s: optimizer: sgd, adamw → adamw, sgd, lion"),
    ):
        code, out, _ = shell("events", "--study", name)
        assert out.strip().endswith(sentence)
    # Once more it goes on: there is nothing left to copy.
    code, out, err = shell("fork", "--study", "s", *LION, "--json", "--yes")
    assert (code, json.loads(out)["copied"], json.loads(out)["successor"]) == (0, 0, "more")
    assert studies(desk.address) == ["s", "more"]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "the fork: changes nothing"),
        (("--choices", "optimizer"), "write PARAM=A,B"),
        (("--choices", "optimizer=sgd,adamw"), "exactly these choices already"),
        (("--log", "lr"), "lr: is declared so already"),
        (("--range", "lr=1e-4..1"), "needs no fork for other bounds"),
        (("--linear", "lr", "--range", "lr=1"), "write PARAM=LOW..HIGH"),
        (("--log", "lr", "--linear", "lr"), "cannot be on a log and on a linear scale"),
        (("--log", "depth"), "depth: there is no such parameter"),
        ((*LION, "--name", "s"), "needs a name of its own"),
        ((*LION,), "needs to be confirmed"),
    ],
)
def test_what_cannot_be_is_one_line_and_changes_nothing(
    desk: Desk, shell: Shell, arguments: tuple[str, ...], problem: str
) -> None:
    before = desk.control.attributes()
    code, out, err = shell("fork", *arguments)
    assert (code, out) == (2, "")
    assert problem in err.splitlines()[-1]
    assert studies(desk.address) == ["s"]
    assert desk.control.attributes() == before


def test_a_widen_or_a_pause_of_a_study_that_has_moved_says_where_it_goes_on(desk: Desk, shell: Shell) -> None:
    assert shell("fork", *LION, "--yes")[0] == 0
    for order in (("widen", "lr", "--high", "1"), ("pause",), ("resume",)):
        code, _, err = shell(*order, "--study", "s")
        assert (code, "goes on in s-2" in err) == (2, True), err


def test_a_fork_that_was_killed_goes_on_when_it_is_ordered_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGKILL half way: nothing is copied twice, nothing half."""
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    path = tmp_path / "big.db"
    make_study(path, 3000, 20, wal=True)
    fork = ["fork", str(path), "--study", "bench", "--choices", "optimizer=sgd,adamw", "--yes"]
    argv = [sys.executable, "-m", "hpt_tui", *fork]

    def ask(query: str) -> list[tuple[object, ...]]:
        with contextlib.closing(sqlite3.connect(path)) as db:
            return db.execute(query).fetchall()

    first = subprocess.Popen(argv, env={**os.environ}, stderr=subprocess.DEVNULL)
    eventually(lambda: ask("SELECT 1 FROM trials WHERE study_id = 2 LIMIT 1"), 60, every=0.01)
    first.send_signal(signal.SIGKILL)
    first.wait()
    (half,) = ask("SELECT count(*) FROM trials WHERE study_id = 2")[0]
    assert isinstance(half, int)
    assert subprocess.run(argv, capture_output=True, check=False).returncode == 0

    fits = "FROM trials t JOIN trial_params p ON p.trial_id = t.trial_id AND p.param_name = 'optimizer'"
    old = ask(f"SELECT t.number, t.state {fits} WHERE t.study_id = 1 AND p.param_value < 2 ORDER BY t.number")
    new = ask(
        "SELECT CAST(a.value_json AS INTEGER), t.state FROM trials t JOIN trial_user_attributes a "
        "ON a.trial_id = t.trial_id AND a.key = 'hpt:origin' WHERE t.study_id = 2 ORDER BY t.number"
    )
    assert new == old
    assert 0 < half < len(new)
    numbers = ask("SELECT number FROM trials WHERE study_id = 2 ORDER BY trial_id")
    assert numbers == [(n,) for n in range(len(new))]
    for table in ("trial_params", "trial_values", "trial_intermediate_values"):
        count = f"SELECT count(*) FROM {table} c JOIN trials t ON t.trial_id = c.trial_id WHERE t.study_id = "
        went = (
            "t.number IN (SELECT CAST(value_json AS INTEGER) FROM trial_user_attributes WHERE key = 'hpt:origin')"
        )
        assert ask(f"{count} 2") == ask(f"{count} 1 AND {went}")


def test_the_help_is_as_it_was_agreed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["fork", "--help"]) == 0
    assert capsys.readouterr().out == (GOLDEN / "fork.help.txt").read_text()
