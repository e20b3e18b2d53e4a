"""``hpt-tui importance``: what decides the value, in text and JSON (G1, G4)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.distributions import FloatDistribution
from optuna.trial import create_trial

from hpt_tui.cli import run_command_line

SPACE = {"dropout": FloatDistribution(0.0, 1.0), "lr\x1b[31m": FloatDistribution(0.0, 1.0)}


def stored(path: Path, trials: int) -> str:
    """A study in which dropout decides nearly everything."""
    random = np.random.default_rng(1)
    study = optuna.create_study(storage=f"sqlite:///{path}", study_name="s", direction="maximize")
    for _ in range(trials):
        params = dict(zip(SPACE, random.uniform(size=2).tolist(), strict=True))
        value = params["dropout"] + 0.001 * params["lr\x1b[31m"]
        study.add_trial(create_trial(value=value, params=params, distributions=dict(SPACE)))
    return str(path)


def test_g4_the_shares_stand_beside_the_tiers_and_what_contradicts_them_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["importance", stored(tmp_path / "s.db", 60)]) == 0
    said = capsys.readouterr().out
    first, second = said.splitlines()[1:3]
    assert "dropout" in first
    assert "tier 4" in first
    assert "lr" in second
    assert "dropout is only of tier 4; measured, it has" in said
    assert "\x1b" not in said


def test_json_has_them_all_adding_up_to_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["importance", stored(tmp_path / "s.db", 60), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["study", "storage", "complete", "parameters", "disagreements"]
    assert [p["name"] for p in document["parameters"]] == ["dropout", "lr\x1b[31m"]
    assert sum(p["importance"] for p in document["parameters"]) == pytest.approx(1)
    assert document["complete"] == 60


def test_too_few_trials_are_one_line_and_in_json_no_parameters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = stored(tmp_path / "s.db", 5)
    assert run_command_line(["importance", few]) == 2
    assert capsys.readouterr().err.strip() == (
        "hpt-tui: study s: 5 complete trials are too little to measure by; it takes 20"
    )
    assert run_command_line(["importance", few, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["parameters"] == []
