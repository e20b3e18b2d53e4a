"""G35: a W&B sweep's YAML as a search space, every documented distribution of it; what cannot be kept is said."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from hpt_tui.domain.space import Choices, FloatRange, IntRange, Range
from hpt_tui.domain.strategy import Strategy
from hpt_tui.domain.sweep import Hyperband, Sweep
from hpt_tui.errors import InputError
from hpt_tui.store.sweep_yaml import read_sweep


def sweep(folder: Path, text: str) -> Sweep:
    file = folder / "sweep.yaml"
    file.write_text(text)
    return read_sweep(file)


def one(folder: Path, parameter: str) -> Sweep:
    """A sweep of one parameter x, given in YAML's flow style."""
    return sweep(folder, f"method: random\nparameters:\n  x: {{{parameter}}}\n")


def close(left: Range, right: Range) -> bool:
    if isinstance(left, Choices) or isinstance(right, Choices):
        return left == right
    ends = math.isclose(left.low, right.low, rel_tol=1e-6) and math.isclose(left.high, right.high, rel_tol=1e-6)
    return ends and (type(left), left.log, left.step) == (type(right), right.log, right.step)


@pytest.mark.parametrize(
    ("parameter", "range_"),
    [
        ("values: [sgd, adam]", Choices(("sgd", "adam"))),
        ("values: [1, 2, 2]", Choices((1, 2))),
        ("values: [[1, 2], {a: 1}]", Choices(("[1, 2]", '{"a": 1}'))),
        ("values: [a, b], distribution: categorical", Choices(("a", "b"))),
        ("min: 1, max: 8", IntRange(1, 8)),
        ("min: 1.0, max: 8", FloatRange(1, 8)),
        ("min: 0, max: 0.5", FloatRange(0, 0.5)),
        ("distribution: int_uniform, min: 1, max: 8", IntRange(1, 8)),
        ("distribution: uniform, min: 1, max: 8", FloatRange(1, 8)),
        ("distribution: q_uniform, min: 16, max: 256, q: 16", IntRange(16, 256, step=16)),
        ("distribution: q_uniform, min: 0, max: 1, q: 0.25", FloatRange(0, 1, step=0.25)),
        ("distribution: q_uniform, min: 0.4, max: 7.8", IntRange(0, 8)),
        ("distribution: log_uniform, min: -9.2103404, max: -2.3025851", FloatRange(1e-4, 1e-1, log=True)),
        ("distribution: log_uniform_values, min: 0.0001, max: 0.1", FloatRange(1e-4, 1e-1, log=True)),
        ("distribution: log_uniform_values, min: 0, max: 0.1", FloatRange(0, 1e-1, log=True)),
        ("distribution: q_log_uniform, min: 0, max: 4.852030, q: 1", IntRange(1, 128, log=True)),
        ("distribution: q_log_uniform_values, min: 16, max: 256", IntRange(16, 256, log=True)),
        ("distribution: inv_log_uniform, min: 2.3025851, max: 9.2103404", FloatRange(1e-4, 1e-1, log=True)),
        ("distribution: inv_log_uniform_values, min: 0.0001, max: 0.1", FloatRange(1e-4, 1e-1, log=True)),
        ("distribution: beta", FloatRange(0, 1)),
        ("distribution: q_beta, q: 0.1", FloatRange(0, 1, step=0.1)),
    ],
)
def test_a_distribution_becomes_the_very_same_range(tmp_path: Path, parameter: str, range_: Range) -> None:
    found = one(tmp_path, parameter)
    assert close(found.space["x"], range_), found.space["x"]
    assert found.remarks == ()


@pytest.mark.parametrize(
    ("parameter", "range_", "says"),
    [
        ("values: [a, b], probabilities: [0.9, 0.1]", Choices(("a", "b")), "probabilities are not kept"),
        ("distribution: normal, mu: 1, sigma: 2", FloatRange(1 - 3.919928, 1 + 3.919928), "middle 95 %"),
        ("distribution: q_normal, mu: 10, sigma: 2, q: 2", IntRange(6, 14, step=2), "middle 95 %"),
        ("distribution: log_normal", FloatRange(0.1408635, 7.0990717, log=True), "middle 95 %"),
        ("distribution: q_log_normal, mu: 3", IntRange(3, 143, log=True), "middle 95 %"),
        (
            "distribution: q_log_uniform_values, min: 16, max: 256, q: 8",
            FloatRange(16, 256, log=True),
            "steps of 8",
        ),
        ("distribution: beta, a: 2, b: 5", FloatRange(0, 1), "a 2 and b 5"),
        ("min: 0.0, max: 1.0, size: 3", FloatRange(0, 1), "size: not a key of a parameter"),
    ],
)
def test_what_optuna_cannot_keep_is_said(tmp_path: Path, parameter: str, range_: Range, says: str) -> None:
    found = one(tmp_path, parameter)
    assert close(found.space["x"], range_), found.space["x"]
    assert [says in r.summary for r in found.remarks] == [True]
    assert (found.remarks[0].parameter, found.remarks[0].wrong) == ("x", False)


def test_log_uniform_given_values_where_it_takes_exponents_is_a_mistake(tmp_path: Path) -> None:
    found = one(tmp_path, "distribution: log_uniform, min: 0.00001, max: 0.1")
    assert close(found.space["x"], FloatRange(math.exp(0.00001), math.exp(0.1), log=True))
    assert [r.wrong for r in found.remarks] == [True]
    assert "mean 1 to 1.105" in found.remarks[0].summary
    assert "log_uniform_values" in found.remarks[0].fix


def test_a_number_that_yaml_takes_for_a_text_is_read_and_said(tmp_path: Path) -> None:
    found = one(tmp_path, "distribution: log_uniform_values, min: 1e-5, max: 0.1")
    assert close(found.space["x"], FloatRange(1e-5, 0.1, log=True))
    assert [(r.wrong, r.fix) for r in found.remarks] == [(True, "Write it as 1.0e-05.")]


def test_a_step_that_leaves_a_single_value_is_a_mistake(tmp_path: Path) -> None:
    found = one(tmp_path, "distribution: q_log_uniform_values, min: 0.00001, max: 0.003")
    (remark,) = found.remarks
    assert remark.wrong
    assert remark.summary == "everything from 1e-05 to 0.003 is rounded to 0 by a q of 1"


def test_a_whole_sweep_is_read(tmp_path: Path) -> None:
    found = sweep(
        tmp_path,
        """
program: train.py
name: first try
method: bayes
run_cap: 60
project: mine
metric: {name: val_acc, goal: maximize, target: 0.99}
early_terminate: {type: hyperband, min_iter: 3, eta: 2, strict: true}
parameters:
  epochs: {value: 30}
  optimizer:
    parameters:
      lr: {distribution: log_uniform_values, min: 0.0001, max: 0.1}
      name: {values: [sgd, adamw]}
""",
    )
    assert found.space == {
        "optimizer.lr": FloatRange(1e-4, 0.1, log=True),
        "optimizer.name": Choices(("sgd", "adamw")),
    }
    assert (found.fixed, found.name, found.program) == ({"epochs": 30}, "first try", "train.py")
    assert (found.method, found.metric, found.direction) == (Strategy.BAYES, "val_acc", "maximize")
    assert (found.target, found.run_cap) == (0.99, 60)
    assert found.hyperband == Hyperband(min_iter=3, eta=2.0, strict=True)
    assert [r.summary.split(":")[0] for r in found.remarks] == ["project", "metric"]


def test_the_defaults_are_wandbs(tmp_path: Path) -> None:
    found = one(tmp_path, "values: [1, 2]")
    assert (found.name, found.direction, found.hyperband, found.run_cap) == ("sweep", "minimize", None, None)


def test_a_method_and_a_stopping_rule_that_nobody_has_are_said(tmp_path: Path) -> None:
    found = sweep(
        tmp_path, "method: custom\nearly_terminate: {type: envelope}\nparameters: {x: {values: [1, 2]}}\n"
    )
    assert found.method is None
    assert ["'custom'" in found.remarks[0].summary, "'envelope'" in found.remarks[1].summary] == [True, True]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [1, 2", ":1: is no YAML"),
        ("just a text", "is no sweep"),
        ("method: random\nparameters: [1]", "is no sweep"),
        ("parameters: {x: {values: [1]}}", "method is missing"),
        ("method: bayes\nparameters: {x: {values: [1]}}", "metric: name is missing"),
        ("method: random\nmetric: {name: a, goal: up}\nparameters: {x: {values: [1]}}", "goal must be"),
        ("method: random\nmetric: [a]\nparameters: {x: {values: [1]}}", "metric must be a mapping"),
        ("method: random\nparameters: {x: 3}", "parameters: x: needs value"),
        ("method: random\nparameters: {x: {min: 3}}", "parameters: x: needs value"),
        ("method: random\nparameters: {x: {min: 3, max: 1}}", "parameters: x: min 3 is above max 1"),
        ("method: random\nparameters: {x: {min: low, max: high}}", "parameters: x: 'low' is no number"),
        ("method: random\nparameters: {x: {min: 0.0, max: .inf}}", "parameters: x: max must be finite"),
        ("method: random\nparameters: {x: {min: true, max: 2.0}}", "parameters: x: min must be a number"),
        (
            "method: random\nparameters: {x: {distribution: zipf}}",
            "x: there is no distribution 'zipf'",
        ),
        ("method: random\nparameters: {x: {distribution: uniform}}", "min must be a number, and is missing"),
        ("method: random\nparameters: {x: {distribution: log_uniform, min: 0, max: 800}}", "out of reach"),
        (
            "method: random\nparameters: {x: {distribution: log_uniform_values, min: -2, max: -1}}",
            "max must be above 0",
        ),
        ("method: random\nparameters: {x: {distribution: normal, sigma: -1}}", "sigma must not be below 0"),
        ("method: random\nparameters: {x: {distribution: q_uniform, min: 0, max: 1, q: 0}}", "q must be above 0"),
        ("method: random\nparameters: {x: {distribution: int_uniform, min: 0.5, max: 1}}", "needs whole numbers"),
        ("method: random\nparameters: {x: {values: []}}", "values must be a list"),
        ("method: random\nrun_cap: many\nparameters: {x: {values: [1]}}", "run_cap must be a whole number"),
        (
            "method: random\nearly_terminate: {type: hyperband}\nparameters: {x: {values: [1]}}",
            "needs min_iter, or max_iter and s",
        ),
    ],
)
def test_a_sweep_that_makes_no_sense_is_refused_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError) as raised:
        sweep(tmp_path, text)
    assert says in raised.value.line
    assert raised.value.line.startswith(str(tmp_path / "sweep.yaml"))


def test_yaml_that_grows_without_end_is_refused(tmp_path: Path) -> None:
    levels = "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 12))
    with pytest.raises(InputError, match="too long"):
        sweep(tmp_path, f"l0: &l0 [a]\n{levels}method: random\nparameters: {{x: {{values: [*l11]}}}}\n")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read_sweep(tmp_path / "none.yaml")
