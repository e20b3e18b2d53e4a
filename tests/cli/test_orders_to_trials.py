"""Verbs about trials and values (issue 4, items 3 and 4), over real storages: what they say, write and refuse."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from optuna.trial import TrialState
from optuna_dashboard import get_note
from optuna_dashboard._note import get_note_from_system_attrs

from hpt_tui.cli import run_command_line
from hpt_tui.domain.snapshot import Control
from hpt_tui.store import keys
from hpt_tui.store.author import author
from hpt_tui.store.connect import close_storage
from hpt_tui.store.liveness import process_started
from tests.session.desk import Desk
from tests.storages import KINDS, fresh_storage


class Shell:
    """A study whose trial #0 is complete, #1 run by a living worker of ours (this very process), #2 failed."""

    def __init__(self, desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
        self.desk, self._capsys = desk, capsys
        desk.clock.now = time.time()
        desk.lease(os.getpid(), process_started(os.getpid()), trial=1)
        trial = desk.study.ask()
        trial.suggest_float("lr", 1e-4, 1e-1, log=True)
        trial.suggest_categorical("optimizer", ["sgd", "adamw"])
        desk.study.tell(trial, state=TrialState.FAIL)

    def __call__(self, verb: str, *arguments: str) -> tuple[int, str, str]:
        code = run_command_line([verb, self.desk.address.url, *arguments])
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def done(self, line: str) -> dict[str, object]:
        """The one order of a line that was carried out, as its document has it."""
        code, out, err = self(*line.split(), "--json")
        assert code == 0, err
        (order,) = json.loads(out)["orders"]
        assert (order["by"], order["in_force"]) == (author(), True)
        return {name: order[name] for name in ("act", "subject", "before", "after")}

    @property
    def control(self) -> Control:
        return keys.decode_control(self.desk.control.attributes())


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    return Shell(Desk(tmp_path / "study.db"), capsys)


@pytest.fixture(params=KINDS)
def anywhere(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Shell]:
    """The same in a storage of each kind."""
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    with fresh_storage(request.param, tmp_path) as address:
        desk = Desk(tmp_path, address)
        yield Shell(desk, capsys)
        close_storage(desk.storage)


def test_every_verb_works_whatever_holds_the_study(anywhere: Shell) -> None:
    done, study = anywhere.done, anywhere.desk.study
    assert done("fix optimizer=adamw") == {
        "act": "fix",
        "subject": "optimizer",
        "before": "",
        "after": "adamw",
    }
    assert done("fix lr=0.01")["after"] == "1.0e-2"
    assert done("fix lr=0.02")["before"] == "1.0e-2"
    assert done("unfix optimizer")["act"] == "unfix"
    assert anywhere.control.fixed == {"lr": 0.02}
    assert done("pause 1")["act"] == "pause-trial"
    assert anywhere.control.held == frozenset({1})
    assert done("resume 1")["act"] == "resume-trial"
    assert done("retry 2")["subject"] == "#2"
    assert done("enqueue lr=0.05 optimizer=sgd")["after"] == "lr=5.0e-2, optimizer=sgd"
    assert done("star 0")["act"] == "star"
    assert done("note 0 good")["after"] == "good"
    assert done("kill 1 --discard")["act"] == "discard"
    again, enqueued = study.trials[3:]
    assert (again.state, again.params) == (TrialState.WAITING, study.trials[2].params)
    assert enqueued.system_attrs == {"fixed_params": {"lr": 0.05, "optimizer": "sgd"}}
    assert enqueued.user_attrs == {keys.TRIAL_ENQUEUED: author()}
    row = anywhere.desk.open().tick().study
    assert (row.trials[0].starred, row.trials[0].noted, row.notes) == (True, True, {0: "good"})
    assert row.control.kills[1].discard
    assert done("star 0 --off")["act"] == "unstar"
    assert not anywhere.desk.open().tick().study.trials[0].starred


@pytest.mark.parametrize("line", ["star 0", "note 0 good"])
def test_what_is_for_people_says_nothing_of_workers(shell: Shell, line: str) -> None:
    """No worker has to take it up."""
    code, out, _ = shell(*line.split())
    assert code == 0
    assert "#0" in out
    assert "worker" not in out


def test_an_enqueued_configuration_is_what_the_next_trial_trains(shell: Shell) -> None:
    """Part of one is enough: the sampler draws the rest."""
    shell.done("enqueue lr=0.05")
    trial = shell.desk.study.ask()
    assert trial.suggest_float("lr", 1e-4, 1e-1, log=True) == 0.05
    assert trial.suggest_categorical("optimizer", ["sgd", "adamw"]) in ("sgd", "adamw")


def test_a_trial_is_copied_with_some_values_changed(shell: Shell) -> None:
    copied = shell.desk.study.trials[0].params
    order = shell.done("enqueue optimizer=adamw --like 0")
    assert order["subject"] == "like #0"
    assert shell.desk.study.trials[3].system_attrs["fixed_params"] == {**copied, "optimizer": "adamw"}


def test_a_configuration_just_beyond_an_edge_is_the_best_trials_moved_past_it(shell: Shell) -> None:
    """Half as far as the bound would be widened: half a decade on a log scale."""
    best = shell.desk.study.best_trial.params
    shell.done("enqueue --beyond lr")
    tried = shell.desk.study.trials[3].system_attrs["fixed_params"]
    edge = 1e-1 if best["lr"] > 10**-2.5 else 1e-4
    assert tried["optimizer"] == best["optimizer"]
    assert tried["lr"] == pytest.approx(edge * 10**0.5 if edge == 1e-1 else edge / 10**0.5)


def test_a_value_out_of_bounds_has_to_be_meant(shell: Shell) -> None:
    assert shell("enqueue", "lr=0.5")[0] == 2
    assert shell.done("enqueue lr=0.5 --outside")["after"] == "lr=5.0e-1"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("enqueue", "a configuration: has no values; give some: lr=0.01"),
        ("enqueue lr", "'lr' is not NAME=VALUE"),
        ("enqueue lr=", "'lr=' is not NAME=VALUE"),
        ("enqueue lr=0.01 lr=0.02", "lr is given twice"),
        ("enqueue momentum=1", "momentum: there is no such parameter; the study has: lr, optimizer"),
        ("enqueue lr=fast", "lr: 'fast' is not a number"),
        ("enqueue lr=nan", "lr: needs a finite value"),
        ("enqueue lr=-1 --outside", "lr: is on a log scale, where nothing is 0 or below"),
        (
            "enqueue lr=0.5",
            "lr: 5.0e-1 is outside its bounds, 1.0e-4 .. 1.0e-1; widen it, or say that you mean it (--outside)",
        ),
        ("enqueue optimizer=lion", "optimizer: 'lion' is none of its choices; it has: sgd, adamw"),
        ("enqueue --like 9", "trial #9: does not exist"),
        ("enqueue --beyond optimizer", "optimizer: is categorical, so it has no edge"),
        ("enqueue --beyond momentum", "momentum: there is no such parameter; the study has: lr, optimizer"),
        ("fix lr=0.5", "lr: 5.0e-1 is outside its bounds, 1.0e-4 .. 1.0e-1; widen it first"),
        ("fix", "Missing argument 'NAME=VALUE…'"),
        ("unfix lr", "lr: is not fixed"),
        ("retry 0", "trial #0: is complete, not failed; run its values again with: hpt-tui enqueue URL --like 0"),
        ("retry 1", "trial #1: is running, not failed"),
        ("retry 2 9", "trial #9: does not exist"),
        ("pause 0", "trial #0: is complete, not running"),
        ("resume 1", "trial #1: is not paused"),
        ("kill 0 --discard", "trial #0: is complete, not running"),
        ("star 0 --off", "trial #0: has no star"),
        ("note 9 x", "trial #9: does not exist"),
        ("kill 1 2 --discard", "trial #2: is failed, not running"),
    ],
)
def test_what_makes_no_sense_is_refused_whole(shell: Shell, line: str, why: str) -> None:
    before, trials = shell.desk.control.attributes(), len(shell.desk.study.trials)
    code, out, err = shell(*line.split())
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].removeprefix("hpt-tui: ").startswith(why)
    assert (shell.desk.control.attributes(), len(shell.desk.study.trials)) == (before, trials)


@pytest.mark.parametrize("line", ["retry 2", "pause 1", "star 0", "fix lr=0.01", "note 0 good"])
def test_the_same_again_is_refused(shell: Shell, line: str) -> None:
    shell.done(line)
    code, _, err = shell(*line.split())
    assert code == 2
    assert any(word in err for word in ("already", "this very note"))


def test_several_are_discarded_only_when_that_is_confirmed(shell: Shell) -> None:
    shell.desk.study.ask().set_user_attr(keys.TRIAL_WORKER, "w1")
    code, _, err = shell("kill", "1", "3", "--discard")
    assert (code, "discard 2 trials: needs to be confirmed" in err) == (2, True)
    code, out, _ = shell("kill", "1", "3", "--discard", "--yes", "--json")
    assert (code, json.loads(out)["control"]["discarding"]) == (0, [1, 3])


def test_the_storage_can_come_from_the_environment(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPT_TUI_STORAGE", shell.desk.address.url)
    for line in (
        "enqueue lr=0.01",
        "fix lr=0.01",
        "unfix lr",
        "retry 2",
        "pause 1",
        "resume 1",
        "star 0",
        "note 0 x",
    ):
        assert run_command_line(line.split()) == 0, line


class TestNotesAreThoseOfOptunaDashboard:
    """What it writes is read, and what we write it reads."""

    def note(self, shell: Shell, text: str) -> None:
        assert shell("note", "0", text)[0] == 0

    @pytest.mark.parametrize("text", ["short", "ä€ " * 1500, "x" * 2045, "y" * 4091, "two\nlines"], ids=len)
    def test_it_shows_ours(self, shell: Shell, text: str) -> None:
        self.note(shell, "first " * 1000)
        self.note(shell, text)
        study = shell.desk.study
        system = study._storage.get_study_system_attrs(study._study_id)
        found = get_note_from_system_attrs(system, study.trials[0]._trial_id)
        assert found == {"version": 2, "body": text}
        assert get_note(study) == ""
        assert shell.desk.open().tick().study.notes == {0: text}

    def test_ours_is_taken_away_there_too(self, shell: Shell) -> None:
        self.note(shell, "x" * 5000)
        self.note(shell, "")
        frame = shell.desk.open().tick()
        assert (frame.study.notes, frame.study.trials[0].noted) == ({}, False)
        assert shell("note", "0", "")[2].splitlines()[-1] == "hpt-tui: trial #0: has no note"
