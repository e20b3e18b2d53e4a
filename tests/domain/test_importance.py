"""G4: importances measured on a study's own trials, whoever ran them."""

from __future__ import annotations

import math

import numpy as np
import optuna
import pytest
from optuna.importance import PedAnovaImportanceEvaluator

from hpt_tui.domain.importance import importances
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, FloatRange, Range
from hpt_tui.domain.trial import Direction, TrialRow, TrialState
from hpt_tui.store.frozen_trials import FrozenTrials
from tests import builders

LEAST = 20


def drawn(count: int, *, wide_from: int | None = None, direction: Direction = Direction.MAXIMIZE) -> StudySnapshot:
    """``strong`` decides the value, ``weak`` hardly does; from a trial on ``strong`` has a wider range."""
    random = np.random.default_rng(1)

    def trial(number: int) -> TrialRow:
        high = 3.0 if wide_from is not None and number >= wide_from else 1.0
        ranges: dict[str, Range] = {"strong": FloatRange(0.0, high), "weak": Choices(("a", "b", None))}
        strong, weak = float(random.uniform(0, high)), ("a", "b", None)[random.integers(3)]
        value = -((strong - 0.7) ** 2) + (0.001 if weak == "a" else 0.0)
        values = (value if direction is Direction.MAXIMIZE else -value,)
        params = {"strong": strong, "weak": weak}
        return TrialRow(number, TrialState.COMPLETE, values, params, ranges, 0.0, 1.0)

    return builders.study(map(trial, range(count)), direction=direction)


@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("wide_from", [None, 60])
def test_g4_what_decides_the_value_is_measured_as_important_also_after_a_widen(
    wide_from: int | None, direction: Direction
) -> None:
    found = importances(drawn(120, wide_from=wide_from, direction=direction), LEAST)
    assert sum(found.values()) == pytest.approx(1)
    assert found["strong"] > 0.7


@pytest.mark.parametrize("count", [30, 400])
@pytest.mark.parametrize("direction", list(Direction))
def test_g4_it_is_what_optuna_s_own_evaluator_says(count: int, direction: Direction) -> None:
    def objective(trial: optuna.Trial) -> float:
        rate, plain = trial.suggest_float("rate", 1e-5, 1e-1, log=True), trial.suggest_float("plain", -3, 5)
        width, even = trial.suggest_int("width", 1, 300, log=True), trial.suggest_int("even", 2, 20, step=2)
        option, tenth = (
            trial.suggest_categorical("option", ["a", "b", None]),
            trial.suggest_float("t", 0, 1, step=0.1),
        )
        return (
            -((math.log10(rate) + 3) ** 2)
            - 0.2 * plain**2
            + (option == "b")
            - 0.01 * even
            + math.log(width) * tenth
        )

    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
    study = optuna.create_study(direction=direction.value, sampler=optuna.samplers.RandomSampler(seed=1))
    study.optimize(objective, n_trials=count)
    trials = FrozenTrials(1)
    trials.read(study._storage, study._study_id, one_by_one=False)
    found = importances(StudySnapshot(directions=(direction,), trials=trials.photo()), LEAST)
    theirs = optuna.importance.get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())
    assert found == pytest.approx(theirs, abs=1e-9)
    assert list(found) == list(theirs)


def test_a_parameter_that_few_trials_have_counts_by_their_share() -> None:
    """Of two that decide just as much, the one that half of the trials have."""
    random = np.random.default_rng(3)

    def trial(number: int) -> TrialRow:
        always, sometimes = random.uniform(size=2).tolist()
        params = {"always": always} | ({"sometimes": sometimes} if number % 2 else {})
        value = always + (sometimes if number % 2 else 0.5)
        ranges: dict[str, Range] = {name: FloatRange(0.0, 1.0) for name in params}
        return TrialRow(number, TrialState.COMPLETE, (value,), params, ranges)

    found = importances(builders.study(map(trial, range(400)), direction=Direction.MAXIMIZE), LEAST)
    assert 0.1 < found["sometimes"] < found["always"]


def test_choices_that_were_numbers_once_are_judged_all_the_same() -> None:
    random = np.random.default_rng(3)

    def trial(number: int) -> TrialRow:
        old = number < 40
        size: float | str = float(random.uniform(1, 9)) if old else ("small", "large")[number % 2]
        range_: Range = FloatRange(1.0, 9.0) if old else Choices(("small", "large"))
        params = {"size": size, "other": float(random.uniform(-9, 9))}
        value = (size == "large") * 5.0 + float(random.normal())
        return TrialRow(
            number, TrialState.COMPLETE, (value,), params, {"size": range_, "other": FloatRange(-9.0, 9.0)}
        )

    assert importances(builders.study(map(trial, range(120)), direction=Direction.MAXIMIZE), LEAST)["size"] > 0.5


def test_c8_only_complete_trials_with_finite_values_count() -> None:
    pruned = [builders.trial(n, TrialState.PRUNED, 0.5) for n in range(30)]
    diverged = [builders.trial(n, value=math.inf) for n in range(30, 60)]
    assert importances(builders.study(pruned + diverged), LEAST) == {}


def test_too_few_trials_measure_nothing() -> None:
    assert importances(drawn(LEAST - 1), LEAST) == {}
    assert importances(drawn(LEAST), LEAST) != {}


def test_several_objectives_have_no_best_to_measure_by() -> None:
    single = drawn(LEAST)
    double = StudySnapshot(directions=(Direction.MINIMIZE,) * 2, trials=single.trials)
    assert importances(double, LEAST) == {}
