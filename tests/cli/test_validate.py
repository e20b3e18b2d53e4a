"""``hpt-tui validate`` (G28): what is refused before anything runs, the report and its exports, and a real run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import optuna
import pytest
import yaml
from optuna.distributions import FloatDistribution
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState, create_trial

from hpt_tui.cli import run_command_line
from hpt_tui.domain.snapshot import Ensemble
from hpt_tui.store import keys
from hpt_tui.store.address import parse_address
from hpt_tui.store.connect import open_storage
from hpt_tui.store.validation import write_ensemble

STUDIES = Path(__file__).parents[1] / "studies"
X = FloatDistribution(0.0, 1.0)


def tried(x: float, value: float, *, of: int | None = None, seed: int = 1, baseline: bool = False) -> FrozenTrial:
    told: dict[str, object] = {keys.TRIAL_BASELINE: True} if baseline else {}
    if of is not None:
        told = {keys.TRIAL_VALIDATES: {"of": of, "seed": seed}}
    curve = {0: value + seed, 1: value}
    return create_trial(
        value=value, params={"x": x}, distributions={"x": X}, user_attrs=told, intermediate_values=curve
    )


def stored(folder: Path, *trials: FrozenTrial, directions: int = 1) -> Study:
    storage = open_storage(parse_address(str(folder / "study.db")), writable=True, create=True)
    study = optuna.create_study(study_name="seeded", storage=storage, directions=["minimize"] * directions)
    study.add_trials(trials)
    return study


FOUND = (tried(0.9, 0.91, baseline=True), tried(0.1, 0.05), tried(0.2, 0.19))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("seeded", "plain_quadratic"):
        shutil.copy(STUDIES / f"{name}.py", tmp_path)
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run_command_line(["validate", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1), "one line, and nothing ran"
    return err


def test_a_file_that_never_asks_for_its_seed_is_refused_before_anything_is_read(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(capsys, "plain_quadratic.py", "--headless")
    assert "never calls hpt_tui.trial_seed(trial)" in said
    assert "--unseeded" in said
    assert not (folder / "plain_quadratic.db").exists()
    assert "there is no" in refused(capsys, "plain_quadratic.py", "--headless", "--unseeded")


def test_a_module_beside_the_file_may_ask_for_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "split.py").write_text("import model\ndef objective(trial):\n    return model.train(trial)\n")
    (folder / "model.py").write_text("import hpt_tui\ndef train(trial):\n    return hpt_tui.trial_seed(trial)\n")
    assert "never calls" not in refused(capsys, "split.py", "--headless")


@pytest.mark.parametrize(
    ("trials", "more", "why"),
    [
        (FOUND[:1], (), "has 1 complete configuration, and validation chooses among 2 or more"),
        (FOUND, ("--study", "other"), "there is no study named 'other'"),
        (FOUND, (), "no hpt-tui worker has ever run this study"),
        (FOUND, ("--seeds", "0"), "0 is not in the range"),
        (FOUND, ("--export", "winner.txt"), "is none of .json, .yaml and .py"),
    ],
    ids=["too few", "no such study", "only watched", "no seeds", "no such format"],
)
def test_what_cannot_be_validated_is_refused(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    trials: tuple[FrozenTrial, ...],
    more: tuple[str, ...],
    why: str,
) -> None:
    study = stored(folder, *trials)
    said = run_command_line(["validate", "seeded.py", "--storage", "study.db", "--headless", *more])
    out, err = capsys.readouterr()
    assert (said, out) == (2, "")
    assert why in err
    assert len(study.get_trials(deepcopy=False)) == len(trials), "nothing was written"


def test_several_objectives_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored(folder, directions=2)
    assert "has several objectives" in refused(capsys, "seeded.py", "--storage", "study.db", "--headless")
    assert "has several objectives" in refused(capsys, "study.db", "--report")


def validated(folder: Path) -> Study:
    runs = [tried(0.1, v, of=1, seed=s) for s, v in enumerate((0.10, 0.11, 0.12), 1)]
    runs += [tried(0.9, v, of=0, seed=s) for s, v in enumerate((0.90, 0.91, 0.92), 1)]
    study = stored(folder, *FOUND, *runs)
    write_ensemble(study._storage, study._study_id, Ensemble((3, 4, 5), 0.09), 1.0)
    return study


def test_the_report_runs_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    validated(folder)
    assert run_command_line(["validate", "study.db", "--report"]) == 0
    said = capsys.readouterr().out
    for line in (
        "seeded: 2 configurations validated, by value (minimize)",
        "   1     #1  3 of 3  0.1100  0.01",
        "the winner is #1: value 0.1100 ± 0.01 over 3 seeds",
        "baseline: better: tuned 0.1100 against default 0.9100",
        "ensemble of 3 runs of #1: value 0.0900, 0.02 better than their mean",
        "its parameters: x=0.1",
    ):
        assert line in said


def test_the_document_has_every_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    validated(folder)
    assert run_command_line(["validate", "seeded.py", "--storage", "study.db", "--report", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    best, base = told["configurations"]
    assert (told["winner"], best["trial"], best["rank"], best["n"], base["baseline"]) == (1, 1, 1, 3, True)
    assert best["runs"][0] == {"trial": 3, "seed": 1, "state": "complete", "value": 0.1, "reason": ""}
    assert best["ci95"] == pytest.approx([0.11 - 0.0248414, 0.11 + 0.0248414], abs=1e-6)
    assert told["noise"] == {"deviation": pytest.approx(0.01), "degrees_of_freedom": 4}
    assert told["ensemble"] == {"members": [3, 4, 5], "score": 0.09}
    assert best["same_curves"] == []


def test_seeds_that_made_no_difference_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    same = [
        create_trial(
            value=0.1,
            params={"x": 0.1},
            distributions={"x": X},
            intermediate_values={0: 0.3, 1: 0.1},
            user_attrs={keys.TRIAL_VALIDATES: {"of": 1, "seed": seed}},
        )
        for seed in (1, 2)
    ]
    stored(folder, *FOUND, *same)
    run_command_line(["validate", "study.db", "--report"])
    assert "came out exactly the same with different seeds (#3 and #4)" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", ["json", "yaml", "py"])
def test_the_winner_is_exported(folder: Path, capsys: pytest.CaptureFixture[str], suffix: str) -> None:
    validated(folder)
    path = folder / f"winner.{suffix}"
    assert run_command_line(["validate", "study.db", "--report", "--export", str(path)]) == 0
    text = path.read_text()
    if suffix == "py":
        found: dict[str, dict[str, object]] = {}
        exec(text, found)  # noqa: S102
        told = {**found["VALIDATION"], "params": found["PARAMS"]}
    else:
        told = json.loads(text) if suffix == "json" else yaml.safe_load(text)
    assert told["params"] == {"x": 0.1}
    assert (told["mean"], told["std"]) == (pytest.approx(0.11), pytest.approx(0.01))
    assert (told["study"], told["trial"], told["validation_trials"]) == ("seeded", 1, [3, 4, 5])


def test_nothing_validated_yet(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored(folder, *FOUND)
    assert run_command_line(["validate", "study.db", "--report"]) == 1
    assert "nothing has been validated yet" in capsys.readouterr().out
    assert run_command_line(["validate", "study.db", "--report", "--export", "w.json"]) == 2
    assert not (folder / "w.json").exists()


def hpt(folder: Path, *arguments: str) -> tuple[int, str, str]:
    environment = {**os.environ, "HPT_TUI_STATE_DIR": str(folder / "state")}
    argv = [sys.executable, "-m", "hpt_tui", *arguments]
    done = subprocess.run(
        argv, env=environment, cwd=folder, capture_output=True, text=True, timeout=180, check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_a_search_is_validated_by_real_workers_beyond_its_budget_and_once(folder: Path) -> None:
    """And its ensemble is scored by the study file, from what the runs wrote."""
    hpt(folder, "run", "seeded.py", "--headless", "--trials", "4", "--workers", "1", "--strategy", "random")
    more = ("validate", "seeded.py", "--top", "1", "--seeds", "2", "--workers", "2", "--json")
    code, out, err = hpt(folder, *more)
    assert code == 0, err
    told = json.loads(out)
    best = told["configurations"][0]
    assert [run["seed"] for run in best["runs"]] == [1, 2]
    assert told["ensemble"]["score"] == pytest.approx(best["mean"])
    storage = open_storage(parse_address(str(folder / "seeded.db")), writable=False)
    trials = storage.get_all_trials(storage.get_study_id_from_name("seeded"))
    runs = [t for t in trials if keys.TRIAL_VALIDATES in t.user_attrs]
    assert {t.state for t in runs} == {TrialState.COMPLETE}
    assert len(trials) - len(runs) == 4, "the search did not go on"
    code, out, err = hpt(folder, *more)
    assert (code, json.loads(out)) == (0, told), "asked again, nothing is run"
    assert "0 to run" in err
