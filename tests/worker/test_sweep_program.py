"""G35: a W&B sweep is run as it is: its YAML declares the study, its program is the objective."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import optuna
import pytest

from hpt_tui.errors import HptError
from hpt_tui.study_file import connect_sink
from hpt_tui.worker.objective import load_study_file
from hpt_tui.worker.wandb_stand_in import Config

SWEEP = Path(__file__).parents[1] / "studies" / "sweep" / "sweep.yaml"


@pytest.fixture
def logged() -> Iterator[list[tuple[int, dict[str, float]]]]:
    rows: list[tuple[int, dict[str, float]]] = []
    connect_sink(lambda step, metrics: rows.append((step, dict(metrics))))
    yield rows
    connect_sink(None)


def sweep(folder: Path, program: str, *, early: str = "") -> Path:
    (folder / "program.py").write_text(program)
    path = folder / "s.yaml"
    path.write_text(
        "program: program.py\nmethod: random\nmetric: {name: loss, goal: minimize}\n"
        f"parameters:\n  lr: {{min: 0.1, max: 1.0}}\n{early}"
    )
    return path


def test_the_yaml_declares_the_study(logged: object) -> None:
    found = load_study_file(str(SWEEP))
    assert found.spec is not None
    assert (found.name, found.spec.metric, found.spec.direction) == ("mine", "val_loss", "minimize")
    assert (found.spec.strategy, found.spec.pruner) == ("random", "none")
    assert set(found.spec.space) == {"lr", "layers", "optimizer.decay"}


def test_the_program_s_configuration_is_the_trial_s_and_its_log_the_trial_s_reports(
    logged: list[tuple[int, dict[str, float]]],
) -> None:
    found = load_study_file(str(SWEEP))
    study = optuna.create_study()
    arguments, modules = sys.argv, "wandb" in sys.modules
    study.optimize(found.objective, n_trials=2)  # type: ignore[arg-type]
    first, second = study.trials
    assert list(first.intermediate_values) == [0, 1, 2, 3]
    lr, decay = first.params["lr"], first.params["optimizer.decay"]
    assert first.value == pytest.approx((lr - 0.3) ** 2 + decay + 0.25)
    assert first.params != second.params
    assert logged[0][0] == 0
    assert set(logged[0][1]) == {"train_loss", "epoch"}
    assert (sys.argv, "wandb" in sys.modules) == (arguments, modules)


@pytest.mark.parametrize(
    ("program", "state", "reason"),
    [
        ("import wandb\nwandb.init()\nwandb.log({'other': 1})", "FAIL", "never logged 'loss'"),
        ("import wandb, sys\nwandb.log({'loss': 1.5})\nsys.exit(0)", "COMPLETE", ""),
        ("import sys\nsys.exit('no data')", "FAIL", "program.py ended with 'no data'"),
        ("1 / 0", "FAIL", "division by zero"),
        ("import wandb\nwandb.agent('id', lambda: wandb.log({'loss': wandb.config.lr}))", "COMPLETE", ""),
    ],
    ids=["no metric", "exits well", "exits badly", "raises", "an agent of its own"],
)
def test_however_the_program_ends(program: str, state: str, reason: str, tmp_path: Path) -> None:
    found = load_study_file(str(sweep(tmp_path, program)))
    study = optuna.create_study()
    trial = study.ask()
    if state == "COMPLETE":
        assert isinstance(found.objective(trial), float)
    else:
        with pytest.raises((ValueError, RuntimeError, ZeroDivisionError), match=reason):
            found.objective(trial)


@pytest.mark.parametrize("catching", [False, True], ids=["lets it through", "catches everything"])
def test_a_pruned_run_ends_pruned_whatever_the_program_catches(catching: bool, tmp_path: Path) -> None:
    inner = "wandb.log({'loss': 1.0})"
    text = f"try:\n    {inner}\nexcept Exception:\n    pass\n" if catching else f"{inner}\n"
    path = sweep(tmp_path, f"import wandb\n{text}", early="early_terminate: {type: hyperband, min_iter: 3}\n")
    found = load_study_file(str(path))
    assert found.spec is not None
    assert found.spec.pruner == "asha"
    study = optuna.create_study(pruner=optuna.pruners.ThresholdPruner(upper=0.5))
    with pytest.raises(optuna.TrialPruned):
        found.objective(study.ask())


def test_what_the_sweep_sets_stays_as_it_is() -> None:
    config = Config({"lr": 0.1, "net": {"width": 3}})
    config.update({"lr": 5, "epochs": 2})
    config.lr = 7
    config.setdefaults({"epochs": 9, "seed": 1})
    assert (config.lr, config.epochs, config.seed) == (0.1, 2, 1)
    assert config.net.width == 3  # type: ignore[attr-defined]
    config.update({"lr": 5}, allow_val_change=True)
    assert config.lr == 5
    with pytest.raises(AttributeError):
        _ = config.nothing


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("method: random\nparameters: {lr: {min: 0.1, max: 1.0}}\n", "metric: name is missing"),
        ("method: random\nmetric: {name: x}\nparameters: {lr: {min: 0.1, max: 1.0}}\n", "program is missing"),
        (
            "program: no.py\nmethod: random\nmetric: {name: x}\nparameters: {lr: {min: 0.1, max: 1.0}}\n",
            "its program 'no.py' is not there",
        ),
        ("method: random\n", "is no sweep"),
    ],
)
def test_a_sweep_that_cannot_be_run_is_one_line(text: str, line: str, tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(text)
    with pytest.raises(HptError, match=line):
        load_study_file(str(path))


def test_the_code_that_a_trial_ran_is_the_program_s(tmp_path: Path) -> None:
    """`hpt-tui trial` tells its digest: the YAML's says nothing of what was trained."""
    assert load_study_file(str(sweep(tmp_path, "import wandb\n"))).code == tmp_path / "program.py"
    plain = tmp_path / "plain.py"
    plain.write_text("def objective(trial): ...\n")
    assert load_study_file(str(plain)).code == plain
