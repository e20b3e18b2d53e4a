"""What ``hpt-tui lr-find`` refuses before anything is trained, and which parameters it sweeps with (G9)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from hpt_tui.cli import run_command_line
from tests.cli.lr_find.ranges import BATCH, LR, Process, Shell, declare

LRS = {"head_lr": LR, "lr": LR}


@pytest.mark.parametrize(
    ("fields", "arguments", "line"),
    [
        ({}, ["--from", "0"], "--from: must be a learning rate above 0, not 0"),
        ({}, ["--to", "nan"], "--to: must be a learning rate above 0, not nan"),
        ({}, ["--from", "1", "--to", "0.1"], "--from and --to: 1 is not below 0.1"),
        ({}, ["--from", "20"], "--from and --to: 20 is not below 10"),
        ({}, ["--steps", "3"], "Invalid value for '--steps': 3 is not in the range"),
        ({}, ["--params", "width"], "--params: 'width' is not NAME=VALUE"),
        (
            {},
            ["--params", "width=3"],
            "width: there is no such parameter; the study has: batch_size, lr and optimizer",
        ),
        ({}, ["--params", "lr=fast"], "lr: 'fast' is not a number"),
        ({}, ["--params", "optimizer=lion"], "optimizer: 'lion' is none of its choices; it has: sgd, adamw"),
        ({}, ["--parameter", "wd"], "wd: there is no such parameter; the study has: batch_size, lr and optimizer"),
        ({}, ["--gpu", "0"], "--gpu: there is no GPU '0'; this machine has: none"),
        ({}, ["--trial", "0"], "train.db: there is no such file"),
        ({}, ["--png", "no/such/folder.png"], "--png: no/such is no folder"),
        (
            {},
            ["--write"],
            "Writing the range that is found: needs to be confirmed, and there is no terminal to ask on",
        ),
        (
            {"space": {"batch_size": BATCH}, "baseline": {"batch_size": 16}},
            [],
            "has no learning rate among its parameters (batch_size); say which it is: --parameter PARAM",
        ),
        (
            {"space": LRS, "baseline": {"lr": 1e-4, "head_lr": 1e-4}},
            [],
            "has several learning rates (head_lr and lr); say which: --parameter head_lr",
        ),
        (
            {"baseline": {"lr": 1e-4}},
            [],
            "the baseline: has no value for batch_size and optimizer; give it: --params",
        ),
        (
            {"space": {}, "baseline": {}},
            ["--write", "--yes"],
            "--write: needs to know which parameter the rate is",
        ),
    ],
)
def test_bad_input_is_one_line_before_anything_is_trained(
    shell: Shell,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    fields: dict[str, object],
    arguments: Sequence[str],
    line: str,
) -> None:
    declare(monkeypatch, file, **fields)
    before = sorted(file.parent.iterdir())
    code, out, err = shell(*arguments)
    assert (code, out) == (2, "")
    assert line in err
    assert err.count("\n") == 1
    assert Process.requests == []
    assert sorted(file.parent.iterdir()) == before


def test_a_sweep_has_no_model_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sweep = tmp_path / "sweep.yaml"
    sweep.write_text("program: train.py\nmethod: random\nparameters: {lr: {min: 0.1, max: 0.2}}\n")
    assert run_command_line(["lr-find", str(sweep)]) == 2
    assert "is a sweep, and lr-find trains a study file's own model" in capsys.readouterr().err


def test_a_file_without_a_declaration_is_swept_with_what_it_is_given(
    shell: Shell, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, file, space={}, baseline={})
    code, out, _ = shell("--params", "width=64", "--params", "kind=wide", "--params", "p=0.5")
    assert code == 0
    assert "declared" not in out
    assert Process.requests[0].params == {"width": 64, "kind": "wide", "p": 0.5}


def test_one_of_several_rates_and_one_outside_the_usual_names(
    shell: Shell, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, file, space={**LRS, "speed": LR}, baseline={"lr": 1e-4, "speed": 1e-4})
    assert "range test of speed, AdamW" in shell("--parameter", "speed", "--params", "head_lr=1e-3")[1]
    assert shell("--parameter", "head_lr")[0] == 0
    # What is swept need not have a value.
    assert [asked.params["head_lr"] for asked in Process.requests] == [1e-3, 1e-6]
