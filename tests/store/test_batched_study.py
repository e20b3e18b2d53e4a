"""A study driven through the workers' storage is the study that Optuna's own storage gives (issue 3, item 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import optuna
import pytest
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, PatientPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial

from hpt_tui.store.batching import batched
from hpt_tui.store.connect import close_storage, open_storage
from tests.storages import fresh_storage

SAMPLERS: dict[str, Callable[[], BaseSampler]] = {
    "tpe": lambda: TPESampler(seed=3, n_startup_trials=5),
    "random": lambda: RandomSampler(seed=3),
}
PRUNERS: dict[str, Callable[[], BasePruner]] = {
    "median": lambda: MedianPruner(n_startup_trials=3, n_warmup_steps=1),
    "hyperband": lambda: HyperbandPruner(1, 6, 2),
    "asha": lambda: SuccessiveHalvingPruner(1, 2),
    "patient": lambda: PatientPruner(MedianPruner(2), patience=1),
}


def objective(trial: optuna.Trial) -> float:
    x, y = trial.suggest_float("x", -5, 5), trial.suggest_int("y", 0, 10)
    if trial.suggest_categorical("kind", ("a", "b")) == "a":
        trial.suggest_float("z", 1e-3, 1, log=True)
    trial.set_user_attr("note", {"x": x})
    if trial.number % 11 == 5:
        return float("nan")
    for step in range(6):
        trial.report((x - 1) ** 2 + y + 10 / (step + 1) + (step * 7 + trial.number) % 3, step)
        if trial.should_prune():
            raise optuna.TrialPruned
    return (x - 1) ** 2 + y


def driven(storage: BaseStorage, sampler: str, pruner: str) -> list[tuple[object, ...]]:
    """All that the study holds in the end, but for its times."""
    study = optuna.create_study(
        storage=storage, sampler=SAMPLERS[sampler](), pruner=PRUNERS[pruner](), study_name="s"
    )
    study.enqueue_trial({"x": 1.0})
    study.optimize(objective, n_trials=18)
    assert {t.state.name for t in study.trials} == {"COMPLETE", "PRUNED", "FAIL"}
    return [_content(t) for t in study.trials]


def _content(trial: FrozenTrial) -> tuple[object, ...]:
    attributes = trial.user_attrs, trial.system_attrs
    return trial.number, trial.state, trial.values, trial.params, trial.distributions, *attributes, _curve(trial)


def _curve(trial: FrozenTrial) -> dict[int, float]:
    return dict(sorted(trial.intermediate_values.items()))


@cache
def reference(sampler: str, pruner: str) -> list[tuple[object, ...]]:
    return driven(optuna.storages.get_storage("sqlite:///:memory:"), sampler, pruner)


@pytest.fixture(params=("sqlite", "postgres", "mysql"))
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BaseStorage]:
    with fresh_storage(request.param, tmp_path) as address:
        made = batched(open_storage(address, writable=True, create=True))
        yield made
        close_storage(made)


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize("storage", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("sampler", "pruner"),
    [("tpe", "hyperband"), ("tpe", "asha"), ("tpe", "patient"), ("random", "median"), ("random", "hyperband")],
)
def test_samplers_and_pruners_behave_as_with_the_plain_storage(
    storage: BaseStorage, sampler: str, pruner: str
) -> None:
    assert driven(storage, sampler, pruner) == reference(sampler, pruner)


def test_every_database_gives_the_same_study(storage: BaseStorage) -> None:
    assert driven(storage, "tpe", "median") == reference("tpe", "median")
