"""The flags on what Optuna's own samplers and pruners draw, in memory, over a surrogate of training."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping

import optuna
import pytest
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, Trial
from optuna.trial import TrialState as OptunaState

from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.rules import check
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, FloatRange, IntRange, Range
from hpt_tui.domain.trial import Curve, Direction, TrialRow, TrialState
from tests.builders import study as snapshot_of

STATES = {
    OptunaState.COMPLETE: TrialState.COMPLETE,
    OptunaState.PRUNED: TrialState.PRUNED,
    OptunaState.FAIL: TrialState.FAILED,
}
EPOCHS = 12


@pytest.fixture(autouse=True)
def _quiet() -> None:
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)


def range_of(distribution: BaseDistribution) -> Range:
    match distribution:
        case FloatDistribution(low=low, high=high, log=log, step=step):
            return FloatRange(low, high, log, step)
        case IntDistribution(low=low, high=high, log=log, step=step):
            return IntRange(low, high, log, step)
        case CategoricalDistribution(choices=choices):
            return Choices(tuple(choices))
    raise TypeError(distribution)


def row_of(frozen: FrozenTrial) -> TrialRow:
    reported = frozen.intermediate_values
    return TrialRow(
        frozen.number,
        STATES[frozen.state],
        tuple(frozen.values or ()),
        frozen.params,
        {name: range_of(d) for name, d in frozen.distributions.items()},
        steps=len(reported),
        non_finite=not all(map(math.isfinite, reported.values())),
        baseline=bool(frozen.system_attrs.get("fixed_params")),
        reason=str(frozen.system_attrs.get("fail_reason", "")),
    )


def photo(study: optuna.Study) -> StudySnapshot:
    curves = [
        Curve.of(t.number, name, range(len(losses)), losses)
        for t in study.trials
        for name in ("train_loss", "val_loss")
        if (losses := t.user_attrs.get(name))
    ]
    rows = [row_of(t) for t in study.trials]
    return snapshot_of(rows, curves=curves, declared=rows[-1].ranges, steps=EPOCHS, direction=Direction.MAXIMIZE)


def surrogate(
    best_lr: float, bounds: tuple[float, float], *, unstable_from: float = 1.0
) -> Callable[[Trial], float]:
    """An accuracy that peaks at ``best_lr``, reported for EPOCHS steps; a loss that spikes from
    ``unstable_from`` on, and is NaN from ten times that on."""

    def objective(trial: Trial) -> float:
        rng = random.Random(trial.number)
        lr = trial.suggest_float("lr", *bounds, log=True)
        decay = trial.suggest_float("weight_decay", 1e-6, 1e-2, log=True)
        dropout = trial.suggest_float("dropout", 0.0, 0.6)
        trial.suggest_categorical("optimizer", ["sgd", "adamw"])
        final = 0.95 - 0.08 * math.log10(lr / best_lr) ** 2 - 0.01 * math.log10(decay / 1e-4) ** 2
        final = max(0.1, final - 0.2 * (dropout - 0.2) ** 2)
        losses = []
        for epoch in range(EPOCHS):
            spike = 1 + 2 * (epoch % 3 == 2) if lr >= unstable_from else 1.0
            losses.append((2.3 * 0.75**epoch + 0.1) * spike * rng.uniform(0.95, 1.05))
            trial.set_user_attr("train_loss", losses)
            trial.report(math.nan if lr >= 10 * unstable_from else final * (1 - 0.6 * 0.7**epoch), epoch)
            if lr >= 10 * unstable_from:
                raise FloatingPointError("loss is NaN")
            if trial.should_prune():
                raise optuna.TrialPruned
        return final + rng.gauss(0, 0.003)

    return objective


def run(
    objective: Callable[[Trial], float],
    trials: int = 40,
    *,
    seed: int = 0,
    sampler: optuna.samplers.BaseSampler | None = None,
    pruner: optuna.pruners.BasePruner | None = None,
    baseline: Mapping[str, object] | None = None,
) -> StudySnapshot:
    study = optuna.create_study(
        direction="maximize",
        sampler=sampler or optuna.samplers.TPESampler(seed=seed),
        pruner=pruner or optuna.pruners.NopPruner(),
    )
    if baseline is not None:
        study.enqueue_trial(dict(baseline))
    study.optimize(objective, n_trials=trials, catch=(FloatingPointError,))
    return photo(study)


def loud(found: tuple[Flag, ...]) -> set[tuple[str, tuple[str, ...]]]:
    return {f.key for f in found if f.severity is not Severity.INFO}


@pytest.mark.parametrize("seed", range(5))
def test_an_optimum_beyond_the_upper_bound_is_an_edge(seed: int) -> None:
    found = check(run(surrogate(0.5, (1e-5, 1e-2)), seed=seed))
    (flag,) = (f for f in found if f.parameters == ("lr",))
    assert flag.severity is Severity.WARNING
    assert flag.order == ChangeBound("lr", high=0.1, reason="edge")


@pytest.mark.parametrize("seed", range(3))
def test_an_optimum_beyond_the_lower_bound_as_well(seed: int) -> None:
    found = check(run(surrogate(1e-5, (1e-3, 1e-1)), seed=seed, sampler=optuna.samplers.RandomSampler(seed=seed)))
    (flag,) = (f for f in found if f.parameters == ("lr",))
    assert flag.order == ChangeBound("lr", low=1e-4, reason="edge")


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_a_well_centred_search_raises_nothing_loud(sampler: str, seed: int) -> None:
    chosen = None if sampler == "tpe" else optuna.samplers.RandomSampler(seed=seed)
    assert loud(check(run(surrogate(1e-2, (1e-5, 1.0), unstable_from=10.0), seed=seed, sampler=chosen))) == set()


def test_a_median_pruner_is_healthy() -> None:
    """G21's default."""
    pruner = optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=3)
    snapshot = run(surrogate(1e-2, (1e-5, 1.0), unstable_from=10.0), 60, pruner=pruner)
    assert snapshot.counts[TrialState.PRUNED] > 10
    assert loud(check(snapshot)) == set()


def test_a_pruner_that_lets_hardly_any_through_is_named() -> None:
    pruner = optuna.pruners.ThresholdPruner(lower=0.93, n_warmup_steps=5)
    found = check(
        run(surrogate(1e-2, (1e-5, 1.0)), 60, pruner=pruner, sampler=optuna.samplers.RandomSampler(seed=0))
    )
    assert "over-pruned" in {f.id for f in found}


def test_spikes_at_high_learning_rates_are_named_with_the_bound_that_cures_them() -> None:
    found = check(
        run(surrogate(1e-2, (1e-3, 1.0), unstable_from=0.1), sampler=optuna.samplers.RandomSampler(seed=1))
    )
    (flag,) = (f for f in found if f.id == "spiky-loss")
    assert flag.order == ChangeBound("lr", high=0.1, reason="spiky-loss")


def test_trials_that_go_nan_at_once_are_named() -> None:
    objective = surrogate(1e-3, (1e-4, 1.0), unstable_from=0.005)
    found = check(run(objective, sampler=optuna.samplers.RandomSampler(seed=1)))
    (flag,) = (f for f in found if f.id == "early-death")
    assert "lr is too high" in flag.cause


def test_an_objective_that_ignores_its_parameters_is_alike() -> None:
    def deaf(trial: Trial) -> float:
        trial.suggest_float("lr", 1e-4, 1e-1, log=True)
        return 0.9 + random.Random(trial.number).uniform(0, 0.004)

    assert {f.id for f in check(run(deaf, 20))} >= {"all-alike"}


def test_a_baseline_at_the_optimum_beats_a_space_that_leaves_it_out() -> None:
    def objective(trial: Trial) -> float:
        lr = trial.suggest_float("lr", 1e-4, 1e-1, log=True)
        return 0.9 - math.log10(lr / 1e-2) ** 2

    found = check(run(objective, 12, baseline={"lr": 1e-2}, sampler=optuna.samplers.RandomSampler(seed=0)))
    assert "baseline-wins" in {f.id for f in found}


# What the further flags of G24 say of real studies


def with_curves(best_lr: float, *, overfits: bool = False, learns: float = 1.0) -> Callable[[Trial], float]:
    """A surrogate that records both losses; every parameter has its effect."""

    def objective(trial: Trial) -> float:
        rng = random.Random(trial.number)
        lr = trial.suggest_float("lr", 1e-5, 1e-1, log=True)
        decay = trial.suggest_float("weight_decay", 1e-6, 1e-2, log=True)
        dropout = trial.suggest_float("dropout", 0.0, 0.6)
        slower = 0.03 if trial.suggest_categorical("optimizer", ["sgd", "adamw"]) == "sgd" else 0.0
        final = 0.95 - 0.05 * math.log10(lr / best_lr) ** 2 - 0.02 * math.log10(decay / 1e-4) ** 2
        final = learns * max(0.1, final - 0.4 * (dropout - 0.25) ** 2 - slower + rng.gauss(0, 0.003))
        train, held = [], []
        for epoch in range(EPOCHS):
            learnt = final * (1 - math.exp(-epoch / 2))
            held.append(2.3 * (1 - learnt) * rng.uniform(0.97, 1.03) + (0.1 * epoch if overfits else 0.0))
            train.append(
                2.3 * (1 - learnt) * (1 - 0.02 * learns * epoch) * (0.3 if overfits and epoch > 4 else 1.0)
            )
            trial.set_user_attr("train_loss", train)
            trial.set_user_attr("val_loss", held)
            trial.report(learnt, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return final

    return objective


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize("count", [10, 40, 100])
@pytest.mark.parametrize("sampler", ["tpe", "random", "cma", "qmc"])
def test_healthy_searches_of_any_sampler_and_length_raise_nothing_loud(sampler: str, count: int) -> None:
    samplers: dict[str, Callable[[], optuna.samplers.BaseSampler]] = {
        "tpe": lambda: optuna.samplers.TPESampler(seed=3),
        "random": lambda: optuna.samplers.RandomSampler(seed=3),
        "cma": lambda: optuna.samplers.CmaEsSampler(seed=3),
        "qmc": lambda: optuna.samplers.QMCSampler(seed=3),
    }
    assert loud(check(run(with_curves(1e-3), count, sampler=samplers[sampler]()))) == set()


def test_a_best_that_overfits_is_named() -> None:
    found = check(run(with_curves(1e-3, overfits=True), 20, sampler=optuna.samplers.RandomSampler(seed=0)))
    assert "overfit" in {f.id for f in found}


def test_a_model_that_cannot_learn_its_task_is_named() -> None:
    found = check(run(with_curves(1e-3, learns=0.3), 20, sampler=optuna.samplers.RandomSampler(seed=0)))
    assert "underfit" in {f.id for f in found}


def test_a_grid_that_is_run_again_is_named_as_exhausted() -> None:
    def objective(trial: Trial) -> float:
        return trial.suggest_int("depth", 1, 4) / 4 + trial.suggest_categorical("width", [1, 2, 4]) / 100

    found = check(run(objective, 40, sampler=optuna.samplers.RandomSampler(seed=0)))
    (flag,) = (f for f in found if f.id == "duplicates")
    assert dict(flag.evidence)["the space holds"] == 12


def test_trials_that_raise_are_counted() -> None:
    def objective(trial: Trial) -> float:
        lr = trial.suggest_float("lr", 1e-4, 1e-1, log=True)
        for epoch in range(EPOCHS):
            trial.report(0.5 + epoch / 100, epoch)
            if epoch == 4 and lr > 2e-2:
                raise FloatingPointError("overflow in the optimizer")
        return 0.9 - math.log10(lr / 3e-3) ** 2 / 10

    found = check(run(objective, sampler=optuna.samplers.RandomSampler(seed=0)))
    (flag,) = (f for f in found if f.id == "failing")
    assert flag.parameters == ("lr",)


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_a_fixed_parameter_is_named() -> None:
    sampler = optuna.samplers.PartialFixedSampler({"dropout": 0.2}, optuna.samplers.RandomSampler(seed=0))
    found = check(run(with_curves(1e-3), 20, sampler=sampler))
    assert ("dead-parameter", ("dropout",)) in {f.key for f in found}
