"""Issue 4, item 1: what a sampler is shown of the past, also lazily and under Hyperband; nothing is written."""

from __future__ import annotations

import copy
from pathlib import Path

import optuna
import pytest
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import TPESampler
from optuna.trial import FrozenTrial, TrialState, create_trial

from hpt_tui.domain.space import Bound
from hpt_tui.search.history import History
from hpt_tui.search.steered import SteeredSampler
from hpt_tui.store import keys
from hpt_tui.store.batching import batched
from hpt_tui.store.connect import open_storage
from tests.storages import fresh_storage

LR = FloatDistribution(1e-4, 1e-2, log=True)
WIDER = FloatDistribution(1e-4, 1e-1, log=True)


def past(*values: float, distribution: BaseDistribution = LR, name: str = "lr") -> optuna.Study:
    study = optuna.create_study()
    for value in values:
        trial = create_trial(
            value=value, params={name: value}, distributions={name: distribution}, intermediate_values={0: value}
        )
        study.add_trial(trial)
    return study


def seen(study: optuna.Study, redeclare: bool = True, **bounds: tuple[float, float]) -> list[FrozenTrial]:
    history = History({name: Bound(*ends) for name, ends in bounds.items()}, redeclare=redeclare)
    return history.of(study).get_trials(deepcopy=False)


def test_without_bounds_the_study_is_shown_as_it_is() -> None:
    study = past(1e-3)
    assert History({}).of(study) is study


def test_trials_within_the_bounds_carry_the_range_in_force() -> None:
    study = past(1e-3, 2e-3)
    assert [t.distributions["lr"] for t in seen(study, lr=(1e-4, 1e-1))] == [WIDER, WIDER]
    assert [t.distributions["lr"] for t in study.trials] == [LR, LR], "nothing was written"


def test_trials_outside_are_left_out() -> None:
    assert [t.params["lr"] for t in seen(past(1e-3, 9e-3), lr=(1e-4, 5e-3))] == [1e-3]


def test_without_redeclaring_trials_stay_as_they_are_but_for_those_outside() -> None:
    study = past(1e-3, 9e-3)
    assert [t.distributions["lr"] for t in seen(study, redeclare=False, lr=(1e-4, 5e-3))] == [LR]


def test_a_bound_that_does_not_fit_the_parameter_changes_nothing() -> None:
    study = past(1e-3)
    assert [t.distributions["lr"] for t in seen(study, lr=(0.0, 1.0))] == [LR], "a log scale cannot start at 0"


@pytest.mark.parametrize(
    ("distribution", "value", "ends", "kept"),
    [
        (IntDistribution(1, 8), 8, (1, 16), IntDistribution(1, 16)),
        (IntDistribution(0, 8, step=2), 4, (2, 12), IntDistribution(2, 12, step=2)),
        (IntDistribution(1, 8, log=True), 8, (1, 64), IntDistribution(1, 64, log=True)),
        (FloatDistribution(0, 1, step=0.25), 0.5, (0.25, 2), FloatDistribution(0.25, 2, step=0.25)),
        (IntDistribution(1, 8), 8, (1, 4), None),
    ],
)
def test_kind_scale_and_step_stay(
    distribution: BaseDistribution, value: float, ends: tuple[float, float], kept: BaseDistribution | None
) -> None:
    found = seen(past(value, distribution=distribution, name="n"), n=ends)
    assert [t.distributions["n"] for t in found] == ([kept] if kept else [])


def test_a_trial_that_has_not_the_parameter_is_seen() -> None:
    study = past(1e-3)
    kind = CategoricalDistribution(("a", "b"))
    study.add_trial(create_trial(value=1.0, params={"kind": "a"}, distributions={"kind": kind}))
    assert [t.number for t in seen(study, lr=(1e-2, 1.0))] == [1]


def test_running_trials_are_looked_at_anew_each_time() -> None:
    study = optuna.create_study()
    history = History({"lr": Bound(1e-4, 1e-3)})
    trial = study.ask()
    assert [t.number for t in history.of(study).get_trials(deepcopy=False)] == [0]
    trial.suggest_float("lr", 5e-3, 1e-2, log=True)
    assert history.of(study).get_trials(deepcopy=False) == []


def test_what_cma_es_kept_in_old_coordinates_is_not_shown_with_a_new_range() -> None:
    study = optuna.create_study()
    attributes = {"cma:optimizer:0": "00", "cma:generation": 3, "tpe:relative_params:0": "{}"}
    study.add_trial(
        create_trial(value=1.0, params={"lr": 1e-3}, distributions={"lr": LR}, system_attrs=attributes)
    )
    assert set(seen(study, lr=(1e-4, 1e-1))[0].system_attrs) == {"tpe:relative_params:0"}
    assert set(seen(study, lr=(1e-4, 1e-2))[0].system_attrs) == set(attributes), "drawn from that very range"


class TestOverBatchedStorage:
    def test_curves_are_read_when_they_are_looked_at_and_copies_are_whole(self, tmp_path: Path) -> None:
        with fresh_storage("sqlite", tmp_path) as address:
            storage = open_storage(address, writable=True, create=True)
            study = optuna.create_study(storage=storage, study_name="s")
            for trial in past(1e-3, 2e-3).trials:
                study.add_trial(trial)
            lean = optuna.load_study(study_name="s", storage=batched(storage))
            found = seen(lean, lr=(1e-4, 1e-1))
            assert "intermediate_values" not in vars(found[0])
            assert [t.intermediate_values for t in found] == [{0: 1e-3}, {0: 2e-3}]
            assert copy.deepcopy(found[0]).params == {"lr": 1e-3}


def test_a_bracket_of_hyperband_shows_its_own_trials_alone() -> None:
    pruner = optuna.pruners.HyperbandPruner(max_resource=9)
    study = optuna.create_study(pruner=pruner, study_name="h")
    for trial in past(*[1e-3 + 1e-5 * n for n in range(20)]).trials:
        study.add_trial(trial)
    pruner._try_initialization(study)
    frozen = study.ask()._cached_frozen_trial
    bracket = optuna.pruners._filter_study(study, frozen)
    shown = (
        History({"lr": Bound(1e-4, 1e-1)}).of(bracket).get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    )
    own = {t.number for t in bracket.get_trials(deepcopy=False)} - {frozen.number}
    assert 0 < len(shown) < 20
    assert {t.number for t in shown} == own
    assert {t.distributions["lr"] for t in shown} == {WIDER}


def test_runs_of_the_final_validation_are_not_shown_and_not_sampled_for() -> None:
    """G28: fifteen values of five points say nothing of the space that the search did not know."""
    study, sampler = past(1e-3, 2e-3), SteeredSampler(lambda _: TPESampler(seed=0), dict)
    study.sampler = sampler
    run = create_trial(
        state=TrialState.WAITING,
        params={"lr": 7.0},
        distributions={"lr": FloatDistribution(1e-4, 10.0, log=True)},
        user_attrs={keys.TRIAL_VALIDATES: {"of": 0, "seed": 1}},
    )
    study.add_trial(run)
    trial = study.ask()
    assert trial.suggest_float("lr", 1e-4, 1e-2, log=True) == 7.0
    study.tell(trial, 0.0)
    sampler.before_trial(study, create_trial(value=0.0))
    shown = sampler._history.of(study).get_trials(deepcopy=False)
    assert [t.number for t in shown] == [0, 1]
