"""G34: every claim is measured, at its smallest, and judged by its numbers alone; no figure is asserted."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import optuna
import pytest
from click.testing import CliRunner
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.samplers import RandomSampler

from benchmarks.claims.__main__ import main
from benchmarks.claims.experiments import CLAIMS, QUICK
from benchmarks.claims.judging import Claim, Measured, geometric_mean, measured
from benchmarks.claims.network import Network
from benchmarks.claims.searches import final, grid, search
from benchmarks.claims.tasks import digits, recorded


@pytest.mark.parametrize("name", CLAIMS)
def test_every_claim_is_measured(name: str) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    claim, experiment = CLAIMS[name]
    found = [*experiment([digits(40)], QUICK)]
    assert found
    for one in found:
        assert one.low <= one.value <= one.high or math.isnan(one.value), one
        assert one.verdict(claim)


def test_one_command_prints_claimed_and_measured_and_writes_json(tmp_path: Path) -> None:
    out = tmp_path / "claims.json"
    arguments = ["--quick", "--only", "pruning", "--json", str(out), "--lcbench", str(tmp_path)]
    said = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert said.exit_code == 0
    assert "pruning saves compute: claimed 50 to 70 %" in said.stdout
    assert f"LCBench is not measured: no model.onnx in {tmp_path}" in said.stderr
    told = json.loads(out.read_text())
    assert {row["claim"] for row in told["figures"]} == {"pruning"}
    assert all(row["claimed"] == [50, 70] and row["verdict"] for row in told["figures"])


def test_a_claim_that_there_is_not_is_told_in_a_line() -> None:
    said = CliRunner().invoke(main, ["--only", "magic"])
    assert said.exit_code == 2
    assert "magic: there is only pruning, bayesian" in said.stderr


CLAIM = Claim("", "", 3, 5)
RATIO = Claim("", " x", 2, 10, neutral=1)


@pytest.mark.parametrize(
    ("claim", "figure", "verdict"),
    [
        (CLAIM, (4, 3.5, 4.5), "holds"),
        (CLAIM, (4, 0.1, 9), "holds"),
        (CLAIM, (8, 6, 9), "holds, and more"),
        (CLAIM, (1, 0.5, 1.5), "true, but less"),
        (CLAIM, (4, -0.1, 8), "not shown: noise"),
        (CLAIM, (-2, -3, -1), "the opposite"),
        (CLAIM, (math.nan, math.nan, math.nan), "not measured"),
        (RATIO, (1.4, 0.9, 2), "not shown: noise"),
        (RATIO, (0.5, 0.4, 0.6), "the opposite"),
        (RATIO, (math.inf, 3, math.inf), "holds, and more"),
    ],
)
def test_the_verdict_follows_from_the_interval(
    claim: Claim, figure: tuple[float, float, float], verdict: str
) -> None:
    assert Measured("", *figure, "").verdict(claim) == verdict


def test_the_interval_is_as_wide_as_the_noise() -> None:
    values = np.random.default_rng(1).normal(5.0, 2.0, 100).tolist()
    found = measured("", values, "seeds", lambda drawn: sum(drawn) / len(drawn))
    assert found.value == pytest.approx(5.0, abs=0.6)
    assert found.high - found.low == pytest.approx(2 * 1.96 * 0.2, rel=0.25)
    assert geometric_mean([1, 4]) == 2


def test_the_network_follows_the_gradient() -> None:
    """The step that is taken is the one that finite differences of the loss ask for."""
    params = {"lr": 1.0, "momentum": 0.0, "weight_decay": 0.0, "dropout": 0.0, "width": 4, "layers": 2}
    dice = np.random.default_rng(0)
    net, x, y = Network(params, dice), dice.normal(size=(5, 64)), np.array([0, 1, 2, 3, 4])

    def loss() -> float:
        out = x
        for at, (weight, bias) in enumerate(zip(net._weights, net._biases, strict=True)):
            out = out @ weight + bias
            out = np.maximum(out, 0) if at < 2 else out
        return float(np.mean(np.log(np.exp(out).sum(axis=1)) - out[np.arange(5), y]))

    wanted = []
    for weight in net._weights:
        weight[0, 0] += 1e-6
        above = loss()
        weight[0, 0] -= 2e-6
        wanted.append((above - loss()) / 2e-6)
        weight[0, 0] += 1e-6
    before = [float(weight[0, 0]) for weight in net._weights]
    net.learn(x, y)
    taken = [b - float(weight[0, 0]) for b, weight in zip(before, net._weights, strict=True)]
    assert taken == pytest.approx(wanted, abs=1e-6)


def test_the_digits_are_learnt_and_the_same_seed_repeats_it() -> None:
    task = digits()
    assert final(task.train, task.middle, 0) > 80
    assert final(task.train, task.middle, 0) == final(task.train, task.middle, 0)
    assert task.test is not None
    assert final(task.test, task.middle, 0) != final(task.train, task.middle, 0)


def test_a_grid_lies_on_the_scale_of_each_parameter() -> None:
    space = {
        "lr": FloatDistribution(1e-4, 1.0, log=True),
        "n": IntDistribution(1, 5),
        "d": FloatDistribution(0, 1),
    }
    found = grid(space, 3, ends=True)
    assert found["lr"] == pytest.approx([1e-4, 1e-2, 1.0])
    assert (found["n"], found["d"]) == ([1, 3, 5], [0, 0.5, 1])
    assert grid(space, 2, ends=False)["d"] == [0.25, 0.75]


def test_a_search_counts_epochs_and_trials() -> None:
    task = digits(40)
    found = search(task, RandomSampler(seed=0), 4, 0)
    assert found.steps == 4 * task.epochs
    assert found.reached(found.best) == found.values.index(found.best) + 1
    assert found.reached(101.0) is None
    twice = search(task, RandomSampler(seed=0), 4, 0, repeats=2)
    assert [t.params for t in twice.study.trials] == [t.params for t in found.study.trials]
    assert twice.values != found.values


@pytest.mark.skipif(not recorded(), reason="the recorded curves of LCBench are not there")
def test_lcbench_has_its_recorded_accuracies() -> None:
    task = recorded()[0]
    curve = [*task.train(task.middle, 0)]
    assert len(curve) == task.epochs
    assert 40 < curve[0] < curve[-1] < 100
