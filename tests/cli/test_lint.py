"""``hpt-tui lint``: a study file, a sweep or a stored study in, findings and an exit code out (G18-G20, G37)."""

from __future__ import annotations

import json
from pathlib import Path

import optuna
import pytest
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, distribution_to_json

from hpt_tui.cli import run_command_line
from hpt_tui.domain.description import Description
from hpt_tui.store.address import Address
from hpt_tui.store.connect import close_storage, open_storage
from hpt_tui.store.create import create_study
from tests.cli.refusal import refusal
from tests.storages import fresh_storage

GOLDEN = Path(__file__).parent / "golden"
DIGITS = Path(__file__).parents[2] / "studies" / "digits.py"

POOR = """
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

import hpt_tui

STUDY = hpt_tui.StudySpec(
    name="poor",
    metric="val_acc",
    direction="maximize",
    space={
        "lr": FloatDistribution(0.0, 0.1),
        "weight_decay": FloatDistribution(0.0, 0.01),
        "dropout": FloatDistribution(0.0, 0.9),
        "batch_size": IntDistribution(16, 512, step=16),
        "optimizer": CategoricalDistribution(("sgd", "adam")),
    },
    steps=30,
)


def objective(trial):
    return 0.0
"""
SWEEP = """
program: train.py
method: bayes
metric: {name: val_accuracy, goal: maximize}
parameters:
  learning_rate: {min: 0.00001, max: 0.1, distribution: log_uniform}
  dropout: {min: 0.0, max: 0.5}
"""
HEALTHY_SWEEP = """
method: random
run_cap: 60
metric: {name: val_acc, goal: maximize}
early_terminate: {type: hyperband, min_iter: 3}
parameters:
  lr: {min: 0.00001, max: 0.1, distribution: log_uniform_values}
  dropout: {min: 0.0, max: 0.5}
"""


@pytest.fixture
def address(tmp_path: Path) -> Address:
    with fresh_storage("sqlite", tmp_path) as found:
        close_storage(open_storage(found, writable=True, create=True))
        return found


@pytest.fixture
def poor(tmp_path: Path) -> Path:
    file = tmp_path / "poor.py"
    file.write_text(POOR)
    return file


def told(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    code = run_command_line(["lint", *map(str, arguments)])
    return code, capsys.readouterr().out


def test_the_json_is_a_contract(poor: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = told(capsys, poor, "--json")
    assert code == 4
    assert json.loads(out) == json.loads((GOLDEN / "lint.json").read_text())


def test_the_text_has_each_findings_rule_evidence_reason_and_fix_worst_first(
    poor: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = told(capsys, poor)
    assert code == 4
    assert out == (GOLDEN / "lint.txt").read_text()
    assert max(map(len, out.splitlines())) <= 80


def test_fix_prints_a_space_that_lints_clean(poor: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = told(capsys, poor, "--fix")
    assert code == 4
    written: dict[str, dict[str, BaseDistribution]] = {}
    exec(compile(out, "fixed", "exec"), written)  # noqa: S102
    space = written["space"]
    assert space["lr"] == FloatDistribution(1e-5, 0.1, log=True)
    assert space["optimizer"] == CategoricalDistribution(("sgd", "adamw"))
    assert space["use_weight_decay"] == CategoricalDistribution((False, True))
    assert "# was 0 .. 0.1; linear-scale (G18)" in out
    head, tail = POOR.split("    space={")
    poor.write_text(head + "    space=SPACE," + tail.split("    },\n", 1)[1])
    poor.write_text(out.replace("space =", "SPACE =") + poor.read_text())
    code, fixed = told(capsys, poor, "--json")
    assert code == 1
    assert [f["id"] for f in json.loads(fixed)["findings"] if f["severity"] != "info"] == ["no-baseline"]


def test_the_example_study_has_nothing_but_remarks(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = told(capsys, DIGITS)
    assert (code, out.splitlines()[0]) == (
        0,
        "digits (study file): 6 parameters searched, 0 errors, 0 warnings, 6 remarks",
    )


def test_g35_a_sweep_is_linted_with_the_trap_of_log_uniform(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sweep.yaml"
    file.write_text(SWEEP)
    code, out = told(capsys, file, "--json")
    document = json.loads(out)
    assert (code, document["origin"], document["name"]) == (1, "sweep", "sweep")
    warned = [f["id"] for f in document["findings"] if f["severity"] == "warning"]
    assert warned == ["sweep-yaml", "narrow-lr", "no-pruner"]
    assert "mean 1 to 1.105" in document["findings"][0]["summary"]


def test_a_healthy_sweep_exits_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "sweep.yml"
    file.write_text(HEALTHY_SWEEP)
    assert told(capsys, file)[0] == 0


def test_g37_the_task_is_judged_by_what_is_usual_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sweep.yml"
    file.write_text(HEALTHY_SWEEP)
    code, out = told(capsys, file, "--task", "transformers")
    assert code == 0
    assert "info G37 no-warmup: transformers need warmup" in out
    assert "no-warmup" not in told(capsys, file, "--task", "small-nets")[1]


@pytest.mark.parametrize("kind", ["sqlite", "journal"])
def test_a_study_that_somebody_else_runs_is_linted_by_what_its_trials_were_drawn_from(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with fresh_storage(kind, tmp_path) as address:
        storage = open_storage(address, writable=True, create=True)
    study = optuna.create_study(study_name="theirs", storage=storage)
    for _ in range(22):
        trial = study.ask()
        trial.suggest_int("batch_size", 16, 512)
        trial.suggest_float("drop\x1b[31mout", 0.0, 0.5)
        for step in range(3):
            trial.report(1.0, step)
        study.tell(trial, 1.0)
    code, out = told(capsys, address.file)
    assert (code, out.splitlines()[0]) == (
        1,
        "theirs (study): 2 parameters searched, 0 errors, 3 warnings, 0 remarks",
    )
    assert [f"warning G18 {id_}" in out for id_ in ("wide-linear", "batch-without-lr", "no-pruner")] == [True] * 3
    assert "no-baseline" not in out
    assert "\x1b" not in out + told(capsys, address.file, "--fix")[1]


def test_a_study_of_hpt_tui_is_linted_with_its_baseline_budget_and_sampler(
    address: Address, capsys: pytest.CaptureFixture[str]
) -> None:
    space = {"lr": distribution_to_json(FloatDistribution(1e-5, 1e-1, log=True))}
    create_study(address, Description("ours", "/a.py", "objective", space=space, declared=True), budget=30)
    code, out = told(capsys, address.url, "--study", "ours", "--json")
    assert code == 1
    assert [f["id"] for f in json.loads(out)["findings"]] == ["no-baseline", "few-trials"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("", "Missing argument"),
        ("none.py", "none.py: there is no such file"),
        ("none.yaml", "none.yaml: there is no such file"),
        ("none.db", "there is no such file"),
        ("plain.py", "declares no space; declare a StudySpec"),
        ("sweep.yaml", "sweep.yaml: is no sweep"),
        ("sweep.yaml --json --fix", "--json and --fix exclude each other"),
        ("good.yaml --study x", "--study: names a study in a storage, and this is a sweep; leave it out"),
        ("study.db", "holds several studies: one, two; name one with --study"),
        ("good.yaml --task nonsense", "'nonsense' is not one of 'vision', 'transformers', 'fine-tuning'"),
        ("study.db --study three", "there is no study named 'three'; it holds: one, two"),
        ("study.db --study one", "one: has no trial yet, so that nothing is known of its space"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: str,
    says: str,
    address: Address,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HPT_TUI_STORAGE", raising=False)
    Path("plain.py").write_text("def objective(trial):\n    return 0.0\n")
    Path("sweep.yaml").write_text("method: random\n")
    Path("good.yaml").write_text(HEALTHY_SWEEP)
    for name in ("one", "two"):
        optuna.create_study(study_name=name, storage=address.url)
    assert says in refusal(["lint", *arguments.split()], capsys)
