"""G16, G21, G22: pruners by name, and the guide's schedule."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import optuna
import pytest
from optuna.pruners import HyperbandPruner, MedianPruner, SuccessiveHalvingPruner
from optuna.trial import create_trial

from hpt_tui.domain.method import Pruning
from hpt_tui.search.gap import GapPruner
from hpt_tui.search.pruners import make_pruner

Curve = Callable[[int], float]


def pruned_at(
    curve: Curve,
    *,
    best: Curve = lambda epoch: 1.0,
    steps: int | None = None,
    length: int = 60,
    first: int = 1,
    every: int = 1,
    direction: Literal["minimize", "maximize"] = "minimize",
    others: int = 5,
) -> int | None:
    """The step at which a trial is pruned beside ``others`` of which one has the best curve; None if never."""
    study = optuna.create_study(direction=direction, pruner=GapPruner(steps))
    worse = 2.0 if direction == "minimize" else 0.5
    for n in range(others):
        values = {step: best(step) * (worse if n else 1.0) for step in range(first, first + length)}
        study.add_trial(create_trial(value=values[first + length - 1], intermediate_values=values))
    trial = study.ask()
    for step in range(first, first + length, every):
        trial.report(curve(step), step)
        if trial.should_prune():
            return step
    return None


@pytest.mark.parametrize(
    ("behind", "epoch"), [(0.16, 5), (0.14, 10), (0.11, 10), (0.09, 30), (0.06, 30), (0.04, None), (-0.5, None)]
)
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_g22_the_guides_schedule_at_any_scale(behind: float, epoch: int | None, scale: float) -> None:
    assert pruned_at(lambda _: scale * (1 + behind), best=lambda _: scale) == epoch


@pytest.mark.parametrize(("behind", "epoch"), [(0.16, 5), (0.12, 10), (0.06, 30), (0.04, None)])
def test_g22_the_same_where_more_is_better(behind: float, epoch: int | None) -> None:
    assert pruned_at(lambda _: 0.8 * (1 - behind), best=lambda _: 0.8, direction="maximize") == epoch


@pytest.mark.parametrize(("steps", "epoch"), [(50, 5), (100, 10), (500, 50), (10, 1), (None, 5)])
def test_g22_epochs_scale_with_the_length_of_the_training(steps: int | None, epoch: int) -> None:
    assert pruned_at(lambda _: 2.0, steps=steps, length=max(60, steps or 0)) == epoch


def test_g22_steps_that_start_at_0_are_epochs_from_1() -> None:
    assert pruned_at(lambda _: 1.5, first=0) == 4


def test_g22_never_from_the_last_epoch_on() -> None:
    assert pruned_at(lambda epoch: 1.0 if epoch < 50 else 9.0) is None
    assert pruned_at(lambda _: 1.5, first=50) is None


def test_g22_a_gate_judges_once_at_the_first_report_past_it() -> None:
    assert pruned_at(lambda epoch: 1.2, every=4) == 5
    assert pruned_at(lambda epoch: 1.12, every=4) == 13


def test_g22_the_reference_is_the_best_by_the_same_epoch_and_not_the_final_one() -> None:
    assert pruned_at(lambda epoch: 1.09 * 10 / epoch, best=lambda epoch: 10 / epoch) == 30
    assert pruned_at(lambda epoch: 1.01 * 10 / epoch, best=lambda epoch: 10 / epoch) is None


def test_g22_one_noisy_epoch_ends_no_trial() -> None:
    assert pruned_at(lambda epoch: 9.0 if epoch == 5 else 1.0) is None


def test_g22_nothing_is_pruned_before_there_is_something_to_compare_with() -> None:
    assert pruned_at(lambda _: 9.0, others=4) is None


def test_g22_values_that_cross_0_are_measured_by_their_spread() -> None:
    """Rewards: the others reach -1 and 1, the best 1; half way between is 25 % of the spread behind."""
    study = optuna.create_study(direction="maximize", pruner=GapPruner())
    for value in (-1.0, -1.0, -1.0, 0.5, 1.0):
        study.add_trial(create_trial(value=value, intermediate_values=dict.fromkeys(range(1, 40), value)))
    for value, pruned in ((0.5, True), (0.9, False)):
        trial = study.ask()
        for step in range(1, 6):
            trial.report(value, step)
        assert trial.should_prune() is pruned


def test_g22_equal_trials_at_0_prune_nothing() -> None:
    assert pruned_at(lambda _: 0.1, best=lambda _: 0.0) is None


@pytest.mark.parametrize(("value", "epoch"), [(math.nan, 5), (math.inf, 5), (-math.inf, None)])
def test_g22_a_trial_without_a_number_is_pruned_at_the_first_gate(value: float, epoch: int | None) -> None:
    assert pruned_at(lambda _: value) == epoch


@pytest.mark.parametrize("pruning", Pruning)
@pytest.mark.parametrize("steps", [None, 1, 30, 1000])
def test_g16_every_name_gives_a_pruner_that_works(pruning: Pruning, steps: int | None) -> None:
    study = optuna.create_study(pruner=make_pruner(pruning, steps))
    for value in (1.0, 2.0):
        trial = study.ask()
        trial.report(value, 1)
        assert trial.should_prune() in (True, False)
        study.tell(trial, value)


def test_g21_the_default_waits_for_5_trials_and_10_steps() -> None:
    pruner = make_pruner(Pruning.MEDIAN, 30)
    assert isinstance(pruner, MedianPruner)
    assert (pruner._n_startup_trials, pruner._n_warmup_steps, pruner._interval_steps) == (5, 10, 1)


def test_successive_halving_goes_by_the_declared_length() -> None:
    asha, hyperband = make_pruner(Pruning.ASHA, 100), make_pruner(Pruning.HYPERBAND, 100)
    assert isinstance(asha, SuccessiveHalvingPruner)
    assert asha._min_resource == 10
    assert isinstance(hyperband, HyperbandPruner), "Optuna asks for the class: a wrapper would lose the brackets"
    assert hyperband._max_resource == 100
