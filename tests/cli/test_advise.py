"""``hpt-tui advise``: facts in, one page of advice out (G5, G7, G8, G11-G15, G17, G29, G36, G37)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, distribution_to_json
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState, create_trial

from hpt_tui.cli import run_command_line
from hpt_tui.domain.description import Description
from hpt_tui.store.connect import close_storage, open_storage
from hpt_tui.store.create import create_study
from tests.cli.refusal import refusal
from tests.storages import fresh_storage

GOLDEN = Path(__file__).parent / "golden"
DECLARED = """
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

import hpt_tui

STUDY = hpt_tui.StudySpec(
    name="mine",
    metric="val_acc",
    direction="maximize",
    space={
        "dropout": FloatDistribution(0.0, 0.5),
        "lr": FloatDistribution(1e-5, 1e-1, log=True),
        "optimizer": CategoricalDistribution(("sgd", "adamw")),
        "weight_decay": FloatDistribution(1e-5, 1e-1, log=True),
        "width": IntDistribution(32, 512, log=True),
    },
    steps=8,
)


def objective(trial):
    return 0.0
"""
SPACE = {
    "dropout": FloatDistribution(0.0, 0.5),
    "lr\x1b[31m": FloatDistribution(1e-5, 1e-1, log=True),
    "net": CategoricalDistribution(("a", "b")),
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HPT_TUI_STORAGE", raising=False)


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A journal with a study that plain Optuna ran: 30 complete trials of a minute, 10 pruned after 15 seconds;
    only dropout matters."""
    random = np.random.default_rng(3)
    file = tmp_path / "theirs.log"
    study = optuna.create_study(study_name="theirs", storage=JournalStorage(JournalFileBackend(str(file))))
    study.add_trials([_ran(random, pruned=n % 4 == 3) for n in range(40)])
    return file


def _ran(random: np.random.Generator, *, pruned: bool) -> FrozenTrial:
    dropout = float(random.uniform(0, 0.5))
    params = {
        "dropout": dropout,
        "lr\x1b[31m": float(10 ** random.uniform(-5, -1)),
        "net": "ab"[random.integers(2)],
    }
    trial = create_trial(
        state=TrialState.PRUNED if pruned else TrialState.COMPLETE,
        value=(dropout - 0.1) ** 2,
        params=params,
        distributions=SPACE,
        intermediate_values=dict.fromkeys(range(5 if pruned else 20), 1.0),
    )
    trial.datetime_start = datetime(2026, 11, 1)  # noqa: DTZ001
    trial.datetime_complete = trial.datetime_start + timedelta(seconds=15 if pruned else 60)
    return trial


def told(capsys: pytest.CaptureFixture[str], arguments: str) -> str:
    code = run_command_line(["advise", *arguments.split()])
    printed = capsys.readouterr()
    assert (code, printed.err) == (0, "")
    return printed.out


def document(capsys: pytest.CaptureFixture[str], arguments: str) -> Mapping[str, object]:
    found = json.loads(told(capsys, f"{arguments} --json"))
    assert isinstance(found, dict)
    return found


USUAL = "--params 5 --budget 40h --trial-time 30m --gpus 2 --optimizer adamw --data-size 50000"


def test_the_text_is_one_page_of_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    out = told(capsys, USUAL)
    assert out == (GOLDEN / "advise.txt").read_text()
    assert max(map(len, out.splitlines())) <= 80
    assert len(out.splitlines()) <= 60


def test_the_json_is_a_contract_and_a_study_file_tells_its_space(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.py").write_text(DECLARED)
    found = document(capsys, "mine.py --wall 150h --gpus 2 --trial-time 1h --situation overfits --task vision")
    assert found == json.loads((GOLDEN / "advise.json").read_text())


def test_where_the_guides_rules_disagree_the_page_says_which_one_is_followed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = [line.strip() for line in told(capsys, USUAL).splitlines()]
    assert "G11, 5 parameters: Bayesian (not followed)" in lines
    assert "G13 is followed, as it weighs budget and parameters together" in lines


def test_wall_time_on_many_gpus_is_a_budget_in_gpu_hours(capsys: pytest.CaptureFixture[str]) -> None:
    assert "40 h of GPU time" in told(capsys, "--params 5 --wall 20h --gpus 2")


def test_g15_a_study_with_trials_tells_its_own_times_and_importances(
    theirs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = document(capsys, f"{theirs} --budget 1h")
    situation = found["situation"]
    assert isinstance(situation, dict)
    measured = situation["measured"]
    assert (measured["complete"], measured["pruned"]) == (30, 10)
    assert (measured["trial_seconds"], measured["pruned_trial_seconds"], measured["step_seconds"]) == (60, 15, 3)
    assert measured["saved_share"] == 10 * 15 / (40 * 20)
    assert situation["trial_seconds"] == 0.75 * 60 + 0.25 * 15
    assert max(measured["importances"], key=measured["importances"].get) == "dropout"
    assert found["measured"] is True
    trials = found["trials"]
    assert isinstance(trials, dict)
    assert trials["fit"] == int(3600 / 48.75)


def test_the_page_names_what_was_measured_and_no_hostile_character(
    theirs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = told(capsys, f"{theirs} --budget 1h")
    assert "measured   1 min a trial, median of 30 complete ones; 15 s for 10 pruned (25 %);" in out
    assert "as measured, G4" in out
    assert "dropout is only of tier 4; measured, it has" in out
    assert "\x1b" not in out


def test_a_trial_time_that_is_told_goes_before_the_measured_one(
    theirs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    situation = document(capsys, f"{theirs} --budget 1h --trial-time 2m")["situation"]
    assert isinstance(situation, dict)
    assert situation["trial_seconds"] == 120


def test_the_storage_may_come_from_the_environment(
    theirs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HPT_TUI_STORAGE", str(theirs))
    assert told(capsys, "--budget 1h").startswith("theirs (study): 3 parameters")
    assert told(capsys, "--params 5").startswith("advice: 5 parameters")


def test_a_study_without_enough_trials_is_advised_by_priors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with fresh_storage("sqlite", tmp_path) as address:
        close_storage(open_storage(address, writable=True, create=True))
    space = {name: distribution_to_json(d) for name, d in SPACE.items()}
    create_study(address, Description("ours", "/a.py", "objective", space=space, declared=True), budget=30)
    out = told(capsys, address.url)
    assert "ours (study): 3 parameters, 1 GPU" in out
    assert "by tier, G1" in out
    assert "measured " not in out


def test_g35_a_sweep_is_advised_on(capsys: pytest.CaptureFixture[str]) -> None:
    Path("sweep.yaml").write_text(
        "method: random\nmetric: {name: a, goal: maximize}\nparameters:\n  lr: {min: 0.0001, max: 0.1}\n"
    )
    assert "sweep (sweep): 1 parameter, 10 h of GPU time" in told(capsys, "sweep.yaml --budget 10h")


def test_when_there_is_nothing_to_gain_it_says_so_and_what_to_do_instead(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = told(capsys, "--situation underfits --situation sota").splitlines()
    assert lines[2].startswith("tune       no: training and validation loss both stay high")
    assert any(line.startswith("instead    Make the model wider or deeper") for line in lines)


def test_g36_the_decision_tree_and_the_answers_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    out = told(capsys, "--tree")
    assert "  up to 2: by hand or a grid" in out
    assert '"A grid leaves nothing out."' in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("", "advise: knows nothing to go by; give FILE.py or a study, or any of --params"),
        ("--trial-time 3m", "advise: knows nothing to go by"),
        ("--budget 4x", "'4x' is no time; write 40h, 30m, 1h30m, 2d or 90s"),
        ("--budget 0h", "'0h' is no time"),
        ("--budget 999999999999d", "is no time"),
        ("--budget -3h", "'-3h' is no time"),
        ("--budget 4h --wall 4h", "--budget and --wall exclude each other"),
        ("--params 0", "0 is not in the range 1<=x<=1000"),
        ("--params 3 --gpus 0", "0 is not in the range"),
        ("--situation bad", "'bad' is not one of 'converges', 'underfits'"),
        ("--optimizer lion", "'lion' is not one of"),
        ("--params 3 --study x", "--study: names a study in a storage, and none is given; give its URL"),
        ("none.py", "none.py: there is no such file"),
        ("none.db", "there is no such file"),
        ("sweep.yaml --params 3", "--params: the space has 1 parameter already; leave it out"),
        ("sgd.yaml --optimizer adam", "--optimizer: the space has SGD already; leave it out"),
        ("fixed.yaml", "fixed: searches nothing: every parameter has one value"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    head = "method: random\nmetric: {name: a, goal: maximize}\nparameters:\n"
    Path("sweep.yaml").write_text(head + "  lr: {min: 0.0001, max: 0.1}\n")
    Path("sgd.yaml").write_text(head + "  lr: {min: 0.0001, max: 0.1}\n  optimizer: {value: sgd}\n")
    Path("fixed.yaml").write_text(head + "  lr: {value: 0.1}\n")
    assert says in refusal(["advise", *arguments.split()], capsys)
