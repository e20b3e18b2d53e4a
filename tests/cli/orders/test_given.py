"""Orders from the shell (issue 4, item 8): what the keys of the screen do, over the same code, for scripts."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hpt_tui.cli import run_command_line
from hpt_tui.store import keys
from hpt_tui.store.author import author
from hpt_tui.store.connect import close_storage
from hpt_tui.store.liveness import process_started
from tests.cli.orders.shell import HERE, Shell, elsewhere, shell_of
from tests.session.desk import Desk
from tests.storages import fresh_storage

GOLDEN = Path(__file__).parents[1] / "golden"
VERBS = (
    *("widen", "kill", "stop", "pause", "resume", "workers", "gpus", "events", "ps"),
    *("fix", "unfix", "enqueue", "retry", "note", "star", "undo"),
)


@pytest.mark.parametrize(
    ("line", "foreseen", "said"),
    [
        (
            "widen lr --high 1",
            "widen lr 1.0e-4 .. 1.0e-1 → 1.0e-4 .. 1.0e0",
            "widen lr 1.0e-4 .. 1.0e-1 → 1.0e-4 .. 1.0e0: the next trial of every worker uses it",
        ),
        (
            "widen lr --low 1e-3 --high 1e-2",
            "narrow lr 1.0e-4 .. 1.0e-1 → 1.0e-3 .. 1.0e-2",
            "narrow lr 1.0e-4 .. 1.0e-1 → 1.0e-3 .. 1.0e-2: the next trial of every worker uses it",
        ),
        ("kill 1", "prune #1", "#1 ends as pruned at its next report; its worker takes the next trial"),
        ("stop", "stop", "stopping: running trials finish, no new ones start"),
        ("stop --now --yes", "stop now", "stopping now: running trials end as failed (interrupted)"),
        ("pause", "pause", "paused: running trials hold at their next report, no new ones start"),
        ("resume", "resume", "resumed"),
    ],
    ids=lambda value: value if " " not in value else "",
)
def test_an_order_is_foretold_carried_out_and_recorded(
    desk: Desk, shell: Shell, line: str, foreseen: str, said: str
) -> None:
    """stderr says beforehand what will happen, stdout what did and who takes it up."""
    code, out, err = shell(*line.split())
    assert (code, err) == (0, f"s ({desk.address.label}): {foreseen}\n")
    assert out == f"{said}\n1 worker alive to take it up: 1 on {HERE}\n"
    (event,) = keys.decode_events(desk.control.attributes())
    assert (event.by, event.sentence) == (author(), foreseen)


def test_the_document_of_an_order_is_a_contract(desk: Desk, shell: Shell) -> None:
    elsewhere(desk, "w7", 1.0)
    code, out, _ = shell("widen", "lr", "--high", "1", "--json")
    found = json.loads(out)
    assert (code, found["orders"][0].pop("at") > desk.clock.now) == (0, True)
    assert found["orders"][0].pop("id")
    assert found == {
        "study": "s",
        "storage": desk.address.label,
        "orders": [
            {
                "by": author(),
                "act": "widen",
                "subject": "lr",
                "before": "1.0e-4 .. 1.0e-1",
                "after": "1.0e-4 .. 1.0e0",
                "why": "",
                "was": {"high": 0.1},
                "became": {"high": 1.0},
                "undoes": "",
                "said": "widen lr 1.0e-4 .. 1.0e-1 → 1.0e-4 .. 1.0e0: the next trial of every worker uses it",
                "in_force": True,
            }
        ],
        "control": {
            "paused": False,
            "stopping": False,
            "at_once": False,
            "limit": None,
            "deadline": None,
            "bounds": {"lr": [1e-4, 1.0]},
            "pruning": [],
            "discarding": [],
            "held": [],
            "fixed": {},
            "starred": [],
            "wanted": {},
        },
        "alive": {HERE: 1, "node7": 1},
        "kept_here": False,
    }


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("widen momentum --high 1", "momentum: there is no such parameter; the study has: lr, optimizer"),
        ("widen optimizer --high 1", "optimizer: is categorical"),
        ("widen lr --low nan", "lr: needs finite bounds"),
        ("widen lr --high 0.1", "lr: already ranges over 1.0e-4 .. 1.0e-1"),
        ("kill 0", "trial #0: is complete, not running"),
        ("kill 7", "trial #7: does not exist"),
        ("kill 1 7 --yes", "trial #7: does not exist"),
        ("kill 1 7", "trial #7: does not exist"),
        (
            "stop --now",
            "end the running trials now: needs to be confirmed, and there is no terminal to ask on; add --yes",
        ),
    ],
)
def test_what_makes_no_sense_or_is_not_confirmed_is_refused_whole(
    desk: Desk, shell: Shell, line: str, why: str
) -> None:
    """Of several trials to kill, all are pruned or none. A question that nobody can answer is a no."""
    before = desk.control.attributes()
    code, out, err = shell(*line.split())
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].startswith(f"hpt-tui: {why}")
    assert desk.control.attributes() == before


def test_several_trials_are_killed_at_once(desk: Desk, shell: Shell) -> None:
    desk.study.ask().set_user_attr(keys.TRIAL_WORKER, "w1")
    code, _, err = shell("kill", "1", "2")
    assert (code, err.splitlines()[-1]) == (
        2,
        "hpt-tui: prune 2 trials: needs to be confirmed, and there is no terminal to ask on; add --yes",
    )
    code, out, _ = shell("kill", "1", "2", "2", "--yes", "--json")
    found = json.loads(out)
    assert code == 0
    assert [(one["act"], one["subject"], one["in_force"]) for one in found["orders"]] == [
        ("prune", "#1", True),
        ("prune", "#2", True),
    ]
    assert found["control"]["pruning"] == [1, 2]


@pytest.mark.parametrize(("answer", "code", "stopping"), [("y", 0, True), ("n", 2, False)])
def test_a_terminal_is_asked(desk: Desk, answer: str, code: int, stopping: bool) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "hpt_tui", "stop", desk.address.url, "--now"],
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.DEVNULL,
    )
    os.close(theirs)
    seen = b""
    while b"end the running trials now? [y/N]" not in seen:
        seen += os.read(ours, 1000)
    os.write(ours, f"{answer}\n".encode())
    assert process.wait(60) == code
    os.close(ours)
    assert keys.decode_control(desk.control.attributes()).at_once is stopping


def test_a_study_that_no_worker_of_ours_ever_ran_is_never_written_to(desk: Desk, shell: Shell) -> None:
    """The screen's rule, in the screen's words."""
    desk.control.drop_lease("w1")
    before = desk.control.attributes()
    for line in ("widen lr --high 1", "kill 1", "stop", "stop --now --yes", "pause", "resume", "workers 2"):
        code, out, err = shell(*line.split())
        assert (code, out) == (2, "")
        assert err == (
            "hpt-tui: steering: no hpt-tui worker has ever run this study, so nobody would read the order\n"
        )
    assert desk.control.attributes() == before


def test_an_order_without_a_living_worker_says_that_it_waits(desk: Desk, shell: Shell) -> None:
    desk.lease(2**22 - 1, 1.0)
    code, out, _ = shell("pause")
    assert code == 0
    assert out.splitlines()[1].startswith("no worker is alive: the next one to start takes it up")
    for now in ((), ("--now", "--yes")):
        _, out, _ = shell("stop", *now)
        assert out.splitlines()[1] == "no worker is alive, so nothing runs; hpt-tui run takes it back and goes on"


def test_the_storage_can_come_from_the_environment(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that no password stands in the process list."""
    monkeypatch.setenv("HPT_TUI_STORAGE", desk.address.url)
    desk.study.ask().set_user_attr(keys.TRIAL_WORKER, "w1")
    for line in (
        "widen lr --high 1",
        "kill 1",
        "kill 1 2 --yes",
        "pause",
        "workers 3 --host node7",
        "ps",
        "events",
    ):
        assert run_command_line(line.split()) == 0, capsys.readouterr().err
    control = keys.decode_control(desk.control.attributes())
    assert (control.paused, [*control.kills], control.wanted["node7"].workers) == (True, [1, 2], 3)


@pytest.fixture(params=["postgres", "journal"])
def other_desk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    with fresh_storage(request.param, tmp_path) as address:
        desk = Desk(tmp_path, address)
        desk.clock.now = time.time()
        desk.lease(os.getpid(), process_started(os.getpid()), trial=1)
        yield desk
        close_storage(desk.storage)


def test_every_verb_works_whatever_holds_the_study(other_desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    shell = shell_of(other_desk, capsys)
    lines = ("widen lr --high 1", "kill 1", "pause", "resume", "stop", "stop --now --yes", "workers 0")
    for line in lines:
        code, out, err = shell(*line.split(), "--json")
        assert code == 0, err
        assert [one["in_force"] for one in json.loads(out)["orders"]] == [True]
    acts = [event["act"] for event in json.loads(shell("events", "--json")[1])["events"]]
    assert acts == ["widen", "prune", "pause", "resume", "stop", "stop-now", "set-workers"]
    (worker,) = json.loads(shell("ps", "--json")[1])["workers"]
    assert (worker["worker"], worker["state"], worker["trial"]) == ("w1", "leaving", 1)


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_a_verb_is_as_it_was_agreed(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line([verb, "--help"]) == 0
    assert capsys.readouterr().out == (GOLDEN / f"{verb}.help.txt").read_text()
