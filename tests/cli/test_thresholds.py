"""Thresholds: listed, changed by the configuration, for all studies and for one (issue 6, item 8)."""

from __future__ import annotations

import json
from pathlib import Path

import optuna
import pytest

from hpt_tui.cli import run_command_line
from hpt_tui.config import limits
from hpt_tui.domain.advice.thresholds import DEFAULT_ADVICE
from hpt_tui.domain.flags.thresholds import DEFAULT_THRESHOLDS
from hpt_tui.domain.judging import STANDARD
from hpt_tui.errors import InputError


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    path.write_text("")
    monkeypatch.setenv("HPT_TUI_CONFIG", str(path))
    return path


def test_without_a_configuration_all_are_the_standard_ones(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits("any") == STANDARD
    config.unlink()
    monkeypatch.delenv("HPT_TUI_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(config.parent))
    assert limits("any") == STANDARD


def test_the_configuration_changes_them_for_all_studies_and_for_one(config: Path) -> None:
    config.write_text("[flags]\npruned_share = 0.8\n[lint]\ntrials = 30\n[study.big.flags]\npruned_share = 0.95\n")
    assert limits("other").flags.pruned_share == 0.8
    assert limits("big").flags.pruned_share == 0.95
    assert limits("big").flags.edge_near == DEFAULT_THRESHOLDS.edge_near
    # What lint goes by holds for advice, too.
    assert limits("big").lint.trials == limits("big").advice.lint.trials == 30
    assert limits("big").advice.few_examples == DEFAULT_ADVICE.few_examples


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[flags]\nedge_nera = 0.1", "[flags] edge_nera: there is no such threshold; there are edge_near"),
        ("[falgs]\nedge_near = 0.1", "falgs: there are no such thresholds; there are flags, lint, advice"),
        (
            "[flags]\nedge_near = 'much'",
            "[flags] edge_near: 'much' is no number from 0 on; its usual",
        ),
        ("[flags]\nedge_near = -1", "[flags] edge_near: -1 is no number from 0 on"),
        ("[flags]\nedge_near = nan", "[flags] edge_near: nan is no number"),
        ("[flags]\nrecent = 1.5", "[flags] recent: 1.5 is no whole number"),
        ("[flags]\nrecent = true", "[flags] recent: True is no number"),
        ("flags = 3", "flags: is no table; write [flags] above"),
        ("[study.big.flags]\nno = 1", "[study.big] [flags] no: there is no such threshold"),
        ("[flags", "cannot be read"),
    ],
)
def test_what_means_nothing_is_one_line(
    text: str, line: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(text)
    assert run_command_line(["thresholds"]) == 2
    out, err = capsys.readouterr()
    assert line in err
    assert (out, err.count("\n")) == ("", 1)


def test_a_configuration_that_is_named_must_be_there(config: Path) -> None:
    config.unlink()
    with pytest.raises(InputError, match="there is no such file"):
        limits()


def test_the_list_marks_what_is_changed_and_is_a_configuration_itself(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text("[flags]\npruned_share = 0.8\n")
    assert run_command_line(["thresholds"]) == 0
    out, err = capsys.readouterr()
    assert "pruned_share = 0.8  # * standard: 0.9" in out
    assert str(config) in err
    config.write_text(out)
    assert limits().flags.pruned_share == 0.8
    assert run_command_line(["thresholds", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["flags"]["pruned_share"] == {"value": 0.8, "standard": 0.9}


def test_a_check_goes_by_them(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = optuna.create_study(storage=f"sqlite:///{tmp_path / 's.db'}", study_name="s")
    states = [optuna.trial.TrialState.PRUNED] * 24 + [optuna.trial.TrialState.COMPLETE] * 6
    for n, state in enumerate(states):
        value = float(n) if state is optuna.trial.TrialState.COMPLETE else None
        reported = {step: float(n) for step in range(5)}
        study.add_trial(optuna.trial.create_trial(state=state, value=value, intermediate_values=reported))

    def raised() -> set[str]:
        run_command_line(["check", str(tmp_path / "s.db"), "--json"])
        return {flag["id"] for flag in json.loads(capsys.readouterr().out)["flags"]}

    assert "over-pruned" not in raised()
    config.write_text("[study.s.flags]\npruned_share = 0.7\n")
    assert "over-pruned" in raised()
