"""G14, G16: a grid, each configuration once, whoever runs it."""

from __future__ import annotations

from collections.abc import Mapping

import optuna
import pytest
from optuna.trial import TrialState

from hpt_tui.domain.space import ParamValue
from hpt_tui.search.grid import GridSampler
from hpt_tui.store import keys

POINTS: Mapping[str, tuple[ParamValue, ...]] = {"lr": (1e-3, 1e-2), "kind": ("a", "b", "c")}
INTERRUPTED = {"how": "interrupted", "text": "SIGTERM"}
Configuration = tuple[float, str]


def worker(study: optuna.Study, beforehand: Mapping[str, ParamValue], seed: int | None = None) -> optuna.Study:
    sampler = GridSampler(POINTS, beforehand, seed)
    return optuna.load_study(study_name=study.study_name, storage=study._storage, sampler=sampler)


def begin(study: optuna.Study) -> tuple[optuna.Trial, Configuration]:
    trial = study.ask()
    lr = trial.suggest_float("lr", 1e-4, 1e-1, log=True)
    return trial, (lr, str(trial.suggest_categorical("kind", ("a", "b", "c"))))


def went(
    study: optuna.Study, trials: int, workers: int, beforehand: Mapping[str, ParamValue]
) -> list[Configuration]:
    crew = [worker(study, beforehand) for _ in range(workers)]
    found = []
    for start in range(0, trials, workers):
        for own, (trial, point) in [(own, begin(own)) for own in crew[: trials - start]]:
            found.append(point)
            own.tell(trial, point[0])
    return found


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_every_configuration_runs_once(workers: int) -> None:
    found = went(optuna.create_study(), 6, workers, {})
    assert sorted(found) == sorted((lr, kind) for lr in (1e-3, 1e-2) for kind in "abc")


def test_a_baseline_on_the_grid_is_one_of_its_trials() -> None:
    study = optuna.create_study()
    baseline: Mapping[str, ParamValue] = {"lr": 1e-3, "kind": "b"}
    study.enqueue_trial(dict(baseline))
    found = went(study, 6, 3, baseline)
    assert found[0] == (1e-3, "b")
    assert len(set(found)) == 6


def test_what_was_enqueued_takes_nothing_from_the_grid_and_may_leave_values_open() -> None:
    study = optuna.create_study()
    study.enqueue_trial({"lr": 5e-2})
    found = went(study, 7, 1, {})
    assert found[0][0] == 5e-2
    assert len(set(found[1:])) == 6


def test_a_configuration_whose_trial_was_interrupted_runs_again_in_the_end() -> None:
    study = optuna.create_study()
    own = worker(study, {})
    trial, lost = begin(own)
    trial.set_user_attr(keys.TRIAL_END, INTERRUPTED)
    own.tell(trial, state=TrialState.FAIL)
    found = went(study, 6, 1, {})
    assert lost in found
    assert len(set(found)) == 6


def test_one_that_failed_by_itself_does_not() -> None:
    study = optuna.create_study()
    own = worker(study, {})
    trial, failed = begin(own)
    own.tell(trial, state=TrialState.FAIL)
    assert failed not in went(study, 5, 1, {})


def test_the_seed_shuffles_the_order() -> None:
    orders = {
        tuple(begin(own)[1] for _ in range(6))
        for seed in range(4)
        for own in [worker(optuna.create_study(), {}, seed)]
    }
    assert len(orders) > 1


def test_a_parameter_that_is_not_on_the_grid_is_named() -> None:
    trial = worker(optuna.create_study(), {}).ask()
    with pytest.raises(ValueError, match="dropout is not on the grid"):
        trial.suggest_float("dropout", 0.0, 0.5)
