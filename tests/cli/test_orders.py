"""Orders from the shell (issue 4, item 8): what the keys of the screen do, over the same code, for scripts."""

from __future__ import annotations

import json
import os
import pty
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from hpt_tui.cli import run_command_line
from hpt_tui.domain.event import Event
from hpt_tui.domain.worker import Lease, WorkerState
from hpt_tui.session.keeper import kept_here
from hpt_tui.store import keys
from hpt_tui.store.connect import close_storage
from hpt_tui.store.control import author
from hpt_tui.store.liveness import process_started
from hpt_tui.store.record import StudyRecord
from tests.session.desk import Desk
from tests.storages import fresh_storage

HERE = socket.gethostname()
GOLDEN = Path(__file__).parent / "golden"
VERBS = (
    *("widen", "kill", "stop", "pause", "resume", "workers", "gpus", "events", "ps"),
    *("fix", "unfix", "enqueue", "retry", "note", "star", "undo"),
)

Shell = Callable[..., tuple[int, str, str]]
"""A command line without its URL, which comes second -> exit code, stdout, stderr."""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A study whose trial #1 is run by a living worker of ours: this very process."""
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    desk = Desk(tmp_path / "study.db")
    desk.clock.now = time.time()
    desk.hire()
    return desk


@pytest.fixture
def shell(desk: Desk, capsys: pytest.CaptureFixture[str]) -> Shell:
    return _shell(desk, capsys)


def _shell(desk: Desk, capsys: pytest.CaptureFixture[str]) -> Shell:
    def run(verb: str, *arguments: str) -> tuple[int, str, str]:
        code = run_command_line([verb, desk.address.url, *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def elsewhere(desk: Desk, worker: str, started: float) -> None:
    lease = Lease(worker, "node7", "b", 9, started, 0, "gpu0", WorkerState.TRAINING, time.time(), pace=0.5)
    desk.control.put_lease(lease)


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


class TestHowManyWorkers:
    def test_those_too_many_end_after_their_trial_the_newest_first(self, desk: Desk, shell: Shell) -> None:
        for worker, started in (("old", 1.0), ("newest", 3.0), ("newer", 2.0)):
            elsewhere(desk, worker, started)
        code, out, err = shell("workers", "1", "--host", "node7")
        assert (code, err.splitlines()[-1]) == (0, f"s ({desk.address.label}): set workers node7 3 → 1")
        assert out.splitlines()[-1] == "whether a session keeps workers there cannot be seen from here"
        control = keys.decode_control(desk.control.attributes())
        assert (control.leaving, control.wanted["node7"].workers) == (frozenset({"newest", "newer"}), 1)

    def test_a_machine_that_the_study_knows_nothing_of_is_said_to_be_so(self, desk: Desk, shell: Shell) -> None:
        """A slip in its name would else go unnoticed."""
        code, out, _ = shell("workers", "1", "--host", "node8")
        assert (code, out.splitlines()[-1].split(",")[0]) == (0, "no worker of this study is known on node8")

    def test_where_no_session_keeps_workers_none_is_promised(self, desk: Desk, shell: Shell) -> None:
        _, out, _ = shell("workers", "3")
        assert out.splitlines()[-1].startswith(
            "no session on this machine keeps workers: none is started before one does"
        )
        _, out, _ = shell("workers", "1")
        assert out.splitlines()[-1].endswith("those that end are not replaced")

    def test_a_session_that_keeps_workers_here_is_seen(self, desk: Desk, shell: Shell, tmp_path: Path) -> None:
        (tmp_path / "train.py").write_text("def objective(trial):\n    return 0.0\n")
        desk.control.declare(StudyRecord(str(tmp_path / "train.py"), HERE, "value", "maximize"))
        session = desk.open()
        session.tick()
        assert kept_here(desk.address, "s")
        for count, said in (("1", "it keeps them at that number"), ("2", "it starts those that are missing")):
            assert shell("workers", count)[1].splitlines()[-1].endswith(said)
        session.close(stop_workers=False)
        assert not kept_here(desk.address, "s")

    def test_looking_for_a_keeper_leaves_its_place_free(self, desk: Desk, tmp_path: Path) -> None:
        desk.open().close(stop_workers=False)
        assert not kept_here(desk.address, "s")
        for lock in (tmp_path / "state" / "locks").glob("*.keeper"):
            with FileLock(lock, timeout=0) as held:
                assert held.is_locked

    def test_more_for_a_finished_search_are_refused_with_the_way_out(self, desk: Desk, shell: Shell) -> None:
        desk.control.set_budget(1)
        code, _, err = shell("workers", "4")
        assert code == 2
        assert "all 1 trials are done; more with: hpt-tui run … --trials N" in err


class TestTheJournal:
    @pytest.fixture(autouse=True)
    def steered(self, desk: Desk) -> None:
        desk.control.record(Event(1_790_000_000.0, "ann@box", "widen", "lr", "1 .. 2", "1 .. 4", "edge"))
        desk.control.record(Event(1_790_000_060.0, "bob@\x1b[31mbox", "pause"))

    def test_it_is_told_line_by_line_oldest_first(
        self, desk: Desk, shell: Shell, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
    ) -> None:
        monkeypatch.setenv("TZ", "UTC")
        time.tzset()
        request.addfinalizer(time.tzset)
        request.addfinalizer(monkeypatch.undo)
        first, second = (event.short_id for event in keys.decode_events(desk.control.attributes()))
        assert shell("events") == (
            0,
            f"2026-09-21 14:13:20  {first}  ann@box  widen lr 1 .. 2 → 1 .. 4 (flag edge)\n"
            f"2026-09-21 14:14:20  {second}  bob@ [31mbox  pause\n",
            "",
        )

    def test_the_newest_alone_can_be_asked_for(self, shell: Shell) -> None:
        _, out, _ = shell("events", "-n", "1", "--json")
        assert [event["act"] for event in json.loads(out)["events"]] == ["pause"]

    def test_its_document_is_a_contract(self, desk: Desk, shell: Shell) -> None:
        code, out, _ = shell("events", "--json")
        assert (code, list(json.loads(out))) == (0, ["study", "storage", "events"])
        found = json.loads(out)["events"][0]
        assert found.pop("id")
        assert found == {
            "at": 1_790_000_000.0,
            "by": "ann@box",
            "act": "widen",
            "subject": "lr",
            "before": "1 .. 2",
            "after": "1 .. 4",
            "why": "edge",
            "was": {},
            "became": {},
            "undoes": "",
        }

    def test_a_time_that_no_calendar_holds_is_unknown(self, desk: Desk, shell: Shell) -> None:
        desk.control.record(Event(1e300, "ann@box", "stop"))
        assert shell("events", "-n", "1")[1].startswith("–  ")

    def test_an_act_that_there_is_not_is_no_empty_journal(self, desk: Desk, shell: Shell) -> None:
        code, out, err = shell("events", "--act", "wdien")
        assert (code, out) == (2, "")
        assert err.startswith("hpt-tui: --act wdien: there is no such act; there are widen, narrow, stop, ")
        assert shell("events", "--act", "undo-wi") == (0, "", "no such event\n")
        desk.control.record(Event(1_790_000_090.0, "ann@box", "of-a-newer-version"))
        assert shell("events", "--act", "of-a")[0] == 0

    @pytest.mark.parametrize(
        ("asked", "acts"),
        [
            (("--act", "widen"), ["widen"]),
            (("--act", "p"), ["pause"]),
            (("--subject", "lr"), ["widen"]),
            (("--since", "2026-09-21 14:14:00+00:00"), ["pause"]),
            (("--since", "2h"), []),
            ((), ["widen", "pause"]),
        ],
    )
    def test_it_can_be_asked_for_what_to_whom_and_since_when(
        self, shell: Shell, asked: tuple[str, ...], acts: list[str]
    ) -> None:
        code, out, _ = shell("events", *asked, "--json")
        assert (code, [event["act"] for event in json.loads(out)["events"]]) == (0, acts)


class TestStoppingLater:
    def test_after_so_many_more_it_counts_those_that_have_finished(self, desk: Desk, shell: Shell) -> None:
        code, out, err = shell("stop", "--after", "5")
        assert code == 0
        assert "stop: after 5 more finished trials (6 in all)" in err
        assert "no trial starts any more after 5 more finished trials" in out
        assert keys.decode_control(desk.control.attributes()).limit == 6
        _, out, err = shell("ps")
        assert "stopping after 5 more" in err
        assert json.loads(shell("ps", "--json")[1])["stop"] == "stopping after 5 more"

    def test_at_a_time_or_in_a_while(self, desk: Desk, shell: Shell) -> None:
        before = time.time()
        assert shell("stop", "--in", "2h")[0] == 0
        deadline = keys.decode_control(desk.control.attributes()).deadline
        assert deadline is not None
        assert before + 7200 <= deadline <= time.time() + 7200
        assert shell("stop", "--at", "18:30")[0] == 0
        at = keys.decode_control(desk.control.attributes()).deadline
        assert at is not None
        assert time.strftime("%H:%M:%S", time.localtime(at)) == "18:30:00"
        assert before < at <= before + 25 * 3600

    def test_it_is_taken_back_by_resume_and_by_undo(self, desk: Desk, shell: Shell) -> None:
        for back in (("resume",), ("undo", "--yes")):
            shell("stop", "--after", "5")
            assert shell(*back)[0] == 0
            assert not keys.decode_control(desk.control.attributes()).stop_ordered

    @pytest.mark.parametrize(
        ("asked", "why"),
        [
            (("--after", "0"), "0 is not in the range"),
            (("--at", "25:00"), "is no time; give 18:30"),
            (("--at", "2020-01-01 07:00"), "2020-01-01 07:00 is over already"),
            (("--in", "soon"), "is no duration; give 2h"),
            (("--in", "99999999999999h"), "is no duration; give 2h"),
            (("--in", "2h", "--at", "18:30"), "Give one of --now, --at and --in; --after goes with the last two"),
            (
                ("--now", "--after", "3", "--yes"),
                "Give one of --now, --at and --in; --after goes with the last two",
            ),
            (("--after", "9"), "the budget ends the search before: 8 trials are left"),
        ],
    )
    def test_what_makes_no_sense_is_one_line_and_changes_nothing(
        self, desk: Desk, shell: Shell, asked: tuple[str, ...], why: str
    ) -> None:
        desk.control.set_budget(9)
        before = desk.control.attributes()
        code, out, err = shell("stop", *asked)
        assert (code, out) == (2, "")
        assert why in err
        assert desk.control.attributes() == before


class TestUndoing:
    def test_the_last_order_is_put_back_exactly_and_recorded(self, desk: Desk, shell: Shell) -> None:
        shell("widen", "lr", "--high", "0.123456789")
        shell("widen", "lr", "--high", "5")
        assert shell("undo", "--yes")[0] == 0
        assert keys.decode_control(desk.control.attributes()).bounds["lr"].high == 0.123456789
        *_, undone, undo = keys.decode_events(desk.control.attributes())
        assert (undo.act, undo.undoes, undo.by) == ("undo-widen", undone.id, author())

    def test_an_event_is_called_by_its_short_id(self, desk: Desk, shell: Shell) -> None:
        shell("pause")
        shell("widen", "lr", "--high", "5")
        pause = keys.decode_events(desk.control.attributes())[0]
        code, out, _ = shell("undo", pause.short_id, "--json")
        found = json.loads(out)
        assert (code, found["control"]["paused"], found["orders"][0]["undoes"]) == (0, False, pause.id)

    @pytest.mark.parametrize(
        ("order", "event", "why"),
        [
            ((), (), "undo: no order of this study can be undone"),
            ((), ("abc",), "event abc: there is no such event"),
            (("kill", "1"), (), "no order of this study can be undone"),
        ],
    )
    def test_what_cannot_be_undone_is_refused_with_the_reason(
        self, shell: Shell, order: tuple[str, ...], event: tuple[str, ...], why: str
    ) -> None:
        if order:
            shell(*order)
        code, out, err = shell("undo", *event, "--yes")
        assert (code, out) == (2, "")
        assert why in err


class TestTheWorkers:
    def test_they_are_listed_this_machine_first(self, desk: Desk, shell: Shell) -> None:
        elsewhere(desk, "w7", 1.0)
        code, out, _ = shell("ps")
        head, ours, theirs = [line.split() for line in out.splitlines()]
        assert (code, head) == (0, ["HOST", "PID", "DEVICE", "STATE", "TRIAL", "STEP", "SILENT", "NOTE"])
        assert ours[:6] == [HERE, str(os.getpid()), "cpu", "training", "#1", "–"]
        assert theirs[:6] == ["node7", "9", "gpu0", "training", "–", "–"]

    def test_a_dead_one_is_listed_as_lost(self, desk: Desk, shell: Shell) -> None:
        desk.lease(2**22 - 1, 1.0)
        assert "its process is gone" in shell("ps")[1]

    def test_their_document_is_a_contract(self, desk: Desk, shell: Shell) -> None:
        desk.control.want("node7", 2, desk.clock.now)
        found = json.loads(shell("ps", "--json")[1])
        assert 0 <= found["workers"][0].pop("silent") < 60
        assert found == {
            "study": "s",
            "storage": desk.address.label,
            "wanted": {"node7": 2},
            "stop": "",
            "workers": [
                {
                    "worker": "w1",
                    "host": HERE,
                    "pid": os.getpid(),
                    "slot": 0,
                    "device": "cpu",
                    "state": "training",
                    "trial": 1,
                    "step": None,
                    "seconds_per_step": None,
                    "obeys": True,
                    "note": "",
                }
            ],
        }

    def test_nobody_is_said(self, desk: Desk, shell: Shell) -> None:
        desk.control.drop_lease("w1")
        assert shell("ps") == (0, "", "no worker of hpt-tui's is there\n")


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
    shell = _shell(other_desk, capsys)
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
