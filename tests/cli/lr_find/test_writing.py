"""``hpt-tui lr-find`` and the study (G9, G20): the range that is written, and a trial's parameters."""

from __future__ import annotations

import json
from pathlib import Path

import optuna
import pytest

from hpt_tui.cli import run_command_line
from hpt_tui.domain.method import Sampling, wish
from hpt_tui.store.address import parse_address
from hpt_tui.store.connect import close_storage, open_storage
from hpt_tui.store.create import create_study
from tests.cli.lr_find.ranges import Process, Shell, declare, measured
from tests.storages import empty_database


def events(capsys: pytest.CaptureFixture[str], database: Path) -> list[dict[str, object]]:
    assert run_command_line(["events", str(database), "--json"]) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)["events"]
    return found


def test_g9_the_range_is_written_both_bounds_in_one_event(
    shell: Shell, study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = shell("--write", "--yes")
    assert code == 0
    assert "narrow lr 1.0e-5 .. 1.0e-3 → " in err
    assert "the next trial of every worker uses it" in out
    moved = [event for event in events(capsys, study) if event["subject"] == "lr"]
    assert len(moved) == 1
    assert moved[0]["act"] == "narrow"
    assert moved[0]["was"] == {"low": 1e-5, "high": 1e-3}
    assert moved[0]["became"] == json.loads(shell("--json")[1])["range"]


def test_json_tells_the_order_too(shell: Shell, study: Path) -> None:
    document = json.loads(shell("--write", "--yes", "--json")[1])
    (order,) = document["orders"]
    assert order["in_force"]
    assert order["became"] == document["range"]


def test_the_same_range_again_is_refused_and_still_told(shell: Shell, study: Path) -> None:
    assert shell("--write", "--yes")[0] == 0
    code, out, err = shell("--write", "--yes", "--json")
    assert code == 2
    assert "lr: already ranges over" in err
    assert json.loads(out)["orders"] == []


def test_what_is_unsure_is_not_written(
    shell: Shell, study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Process, "sweep_of", lambda request: measured(request, lambda x: 2.3 - 0.2 * x))
    code, out, _ = shell("--write", "--yes")
    assert code == 1
    assert out.endswith("--write   nothing was written, as nothing is sure\n")
    assert not [event for event in events(capsys, study) if event["subject"] == "lr"]


def test_a_study_that_is_not_there_yet_gets_a_line_of_code(shell: Shell, file: Path) -> None:
    code, out, _ = shell("--write", "--yes")
    assert code == 2
    assert out.endswith("--write   there is no such study yet: put the line into the StudySpec\n")
    assert not file.with_suffix(".db").exists()


def test_a_grid_keeps_its_values(shell: Shell, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    described = declare(monkeypatch, file, points={"lr": (1e-4, 1e-3)}, strategy="grid")
    database = file.with_suffix(".db")
    database.write_bytes(empty_database())
    told = wish(Sampling.GRID.value)
    create_study(parse_address(str(database)), described, name="train", budget=None, told=told)
    code, _, err = shell("--write", "--yes")
    assert code == 2
    assert "lr: is searched by a grid, whose values are fixed" in err
    assert Process.requests == []


def test_a_rate_that_is_fixed_stays_so(shell: Shell, study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["fix", str(study), "lr=1e-4"]) == 0
    capsys.readouterr()
    code, _, err = shell("--write", "--yes")
    assert code == 2
    assert err == "hpt-tui: lr: is fixed to 0.0001; free it first: hpt-tui unfix\n"
    assert Process.requests == []


def test_the_parameters_of_a_trial(shell: Shell, study: Path) -> None:
    storage = open_storage(parse_address(str(study)), writable=True)
    stored = optuna.load_study(study_name="train", storage=storage)
    stored.enqueue_trial({"lr": 5e-4, "batch_size": 128, "optimizer": "sgd"})
    number = len(stored.trials) - 1
    trial = stored.ask()
    while trial.number != number:
        trial = stored.ask()
    trial.suggest_float("lr", 1e-5, 1e-3, log=True)
    trial.suggest_int("batch_size", 16, 256, log=True)
    trial.suggest_categorical("optimizer", ["sgd", "adamw"])
    stored.tell(trial, 1.0)
    close_storage(storage)
    assert shell("--trial", number, "--params", "lr=1e-3")[0] == 0
    assert Process.requests[0].params == {"lr": 1e-3, "batch_size": 128, "optimizer": "sgd"}
    code, _, err = shell("--trial", 99)
    assert code == 2
    assert "--trial 99: train has no such trial" in err
