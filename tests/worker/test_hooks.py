"""Steering inside Optuna's calls, in this process."""

from __future__ import annotations

import contextlib
import pickle
import warnings
from collections.abc import Iterator

import optuna
import pytest
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

import hpt_tui
from hpt_tui.domain.snapshot import Control, Kill
from hpt_tui.domain.space import Bound, Choices, FloatRange, Range
from hpt_tui.search.bounds import under_bound
from hpt_tui.store import keys
from hpt_tui.worker import hooks
from hpt_tui.worker.signals import Interrupted
from hpt_tui.worker.station import RunningTrial, StandingOrders, Station


@pytest.fixture
def station() -> Iterator[Station]:
    station = Station("here-1-a")
    with hooks.installed(station):
        yield station


@pytest.fixture
def study() -> optuna.Study:
    return optuna.create_study(study_name="s", sampler=optuna.samplers.RandomSampler(0))


def begin(station: Station, study: optuna.Study) -> optuna.Trial:
    trial = study.ask()
    bounds = station.orders.control.bounds
    station.begin(RunningTrial("s", trial.number, trial._trial_id, bounds))
    return trial


def order(station: Station, control: Control) -> None:
    station.publish(StandingOrders(control))


def test_new_bounds_hold_from_the_next_trial_on(station: Station, study: optuna.Study) -> None:
    first = begin(station, study)
    first.suggest_float("lr", 0.1, 0.2)
    order(station, Control(bounds={"lr": Bound(5.0, 6.0), "width": Bound(100, 200), "kind": Bound(0, 1)}))
    assert first.suggest_int("width", 1, 4) <= 4

    second = begin(station, study)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        assert 5 <= second.suggest_float("lr", 0.1, 0.2) <= 6
        assert second.suggest_float("lr", 0.1, 0.2) == second.params["lr"]
    assert second.distributions["lr"] == FloatDistribution(5.0, 6.0)
    assert 100 <= second.suggest_int("width", 1, 4) <= 200
    assert second.suggest_categorical("kind", ("a", "b")) in ("a", "b")


def validated(study: optuna.Study, **params: float) -> optuna.Trial:
    """A run of the final validation that has these values, from -1 .. 9."""
    ranges: dict[str, BaseDistribution] = dict.fromkeys(params, FloatDistribution(-1.0, 9.0))
    told = {keys.TRIAL_VALIDATES: {"of": 0, "seed": 2}}
    waiting = TrialState.WAITING
    study.add_trial(create_trial(state=waiting, params=params, distributions=ranges, user_attrs=told))
    return study.ask()


def test_g28_a_run_of_the_validation_has_the_very_values_of_the_trial_that_it_repeats(
    station: Station, study: optuna.Study
) -> None:
    """Beyond moved bounds, whatever is fixed, and without a branch that it never had."""
    order(station, Control(bounds={"lr": Bound(0.1, 0.15)}, fixed={"momentum": 0.5}))
    trial, control = validated(study, lr=7.0, momentum=0.25), station.orders.control
    running = RunningTrial("s", trial.number, trial._trial_id, control.bounds, {}, control.fixed, whole=True)
    station.begin(running)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert trial.suggest_float("lr", 0.1, 0.2) == 7.0
        assert trial.suggest_float("momentum", 0.0, 1.0) == 0.25
    assert trial.params == {"lr": 7.0, "momentum": 0.25}


def test_g28_no_pruner_ends_a_run_of_the_validation_and_a_person_does(
    station: Station, study: optuna.Study
) -> None:
    study.pruner = optuna.pruners.ThresholdPruner(upper=1.0)
    for whole in (False, True):
        trial = validated(study, lr=7.0)
        station.begin(RunningTrial("s", trial.number, trial._trial_id, {}, whole=whole))
        trial.report(2.0, 0)
        assert trial.should_prune() is not whole
    order(station, Control(kills={trial.number: Kill()}))
    assert trial.should_prune()


def test_g28_the_seed_of_a_run_of_the_validation_and_of_no_other(study: optuna.Study) -> None:
    assert hpt_tui.trial_seed(validated(study, lr=7.0)) == 2
    assert [hpt_tui.trial_seed(study.ask()), hpt_tui.trial_seed(study.ask(), default=5)] == [0, 5]
    garbled = create_trial(state=TrialState.WAITING, user_attrs={keys.TRIAL_VALIDATES: ["seed"]})
    study.add_trial(garbled)
    assert hpt_tui.trial_seed(study.ask(), 3) == 3


@pytest.mark.parametrize(
    ("distribution", "bound", "changed"),
    [
        (FloatDistribution(1e-4, 1e-2, log=True), Bound(1e-4, 1e-1), FloatDistribution(1e-4, 1e-1, log=True)),
        (FloatDistribution(1e-4, 1e-2, log=True), Bound(0.0, 1e-1), None),
        (FloatDistribution(0, 1, step=0.25), Bound(0, 2), FloatDistribution(0, 2, step=0.25)),
        (FloatDistribution(0, 1, step=0.25), Bound(0, 1.1), None),
        (IntDistribution(1, 8, log=True), Bound(1, 32), IntDistribution(1, 32, log=True)),
        (CategoricalDistribution(("a", "b")), Bound(0, 1), None),
    ],
)
def test_kind_scale_and_step_stay_those_of_the_code(
    distribution: optuna.distributions.BaseDistribution,
    bound: Bound,
    changed: optuna.distributions.BaseDistribution | None,
) -> None:
    assert under_bound(distribution, bound) == (changed or distribution)


def test_trial_and_study_still_pickle(station: Station, study: optuna.Study) -> None:
    trial = begin(station, study)
    trial.report(1.0, 0)
    assert pickle.loads(pickle.dumps(study)).study_name == "s"  # noqa: S301
    assert pickle.loads(pickle.dumps(trial)).number == trial.number  # noqa: S301


def test_an_order_reaches_should_prune(station: Station, study: optuna.Study) -> None:
    trial = begin(station, study)
    trial.report(1.0, 0)
    assert not trial.should_prune()
    order(station, Control(kills={trial.number: Kill()}))
    trial.report(1.0, 1)
    assert trial.should_prune()
    assert station.running is not None
    assert station.running.obeyed


def test_an_objective_that_only_reports_is_pruned_at_its_second_report(
    station: Station, study: optuna.Study
) -> None:
    trial = begin(station, study)
    order(station, Control(kills={trial.number: Kill()}))
    trial.report(1.0, 0)
    with pytest.raises(optuna.TrialPruned):
        trial.report(1.0, 1)


def test_one_rank_of_many_is_not_pruned_in_report(
    station: Station, study: optuna.Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "distributed", lambda: True)
    trial = begin(station, study)
    order(station, Control(kills={trial.number: Kill()}))
    for step in range(3):
        trial.report(1.0, step)
    assert trial.should_prune()


def test_stop_at_once_passes_an_except_exception(station: Station, study: optuna.Study) -> None:
    trial = begin(station, study)
    order(station, Control(stopping=True, at_once=True))

    def careless() -> None:
        with contextlib.suppress(Exception):
            trial.report(1.0, 0)

    with pytest.raises(Interrupted):
        careless()


def test_studies_inside_an_objective_are_left_alone(station: Station, study: optuna.Study) -> None:
    begin(station, study)
    order(station, Control(kills={0: Kill()}, bounds={"x": Bound(5, 6)}))
    inner = optuna.create_study(study_name="inner")
    trial = inner.ask()
    assert trial._trial_id == 0
    assert trial.suggest_float("x", 0, 1) <= 1
    trial.report(1.0, 0)
    trial.report(1.0, 1)
    assert not trial.should_prune()


def test_nothing_stays_behind_when_the_worker_ends(study: optuna.Study) -> None:
    before = (optuna.Trial.report, optuna.Trial.should_prune, optuna.Trial._suggest)
    with hooks.installed(Station("here-1-a")):
        during = (optuna.Trial.report, optuna.Trial.should_prune, optuna.Trial._suggest)
    assert not set(before) & set(during)
    assert (optuna.Trial.report, optuna.Trial.should_prune, optuna.Trial._suggest) == before


def test_pace_is_seconds_per_step_of_the_last_reports() -> None:
    running = RunningTrial("s", 0, 0, {})

    def pace_after(step: int, now: float) -> float | None:
        running.reported(step, now)
        return running.pace

    assert pace_after(0, 10.0) is None
    assert pace_after(2, 11.0) == 0.5
    assert [pace_after(step, 10.0 + 2 * step) for step in range(3, 20)][-1] == 2.0
    running.restart_pace()
    assert pace_after(20, 99.0) is None


def test_what_a_fork_declared_anew_stands_in_the_place_of_the_code(station: Station, study: optuna.Study) -> None:
    """Issue 4, item 2: an unchanged objective draws from the new choices, and whole numbers stay whole."""
    redeclared: dict[str, Range] = {
        "kind": Choices(("b", "c")),
        "lr": FloatRange(1e-3, 1.0, log=True),
        "width": FloatRange(0.5, 9.5),
    }
    order(station, Control(redeclared=redeclared, bounds={"lr": Bound(1e-3, 1e-2)}))
    for _ in range(5):
        trial = study.ask()
        control = station.orders.control
        running = RunningTrial("s", trial.number, trial._trial_id, control.bounds, control.redeclared)
        station.begin(running)
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            assert trial.suggest_categorical("kind", ("a", "b")) in ("b", "c")
            assert trial.suggest_float("lr", 0.0, 2.0) <= 1e-2
            assert trial.suggest_int("width", 1, 4) == trial.params["width"]
    assert trial.distributions == {
        "kind": CategoricalDistribution(("b", "c")),
        "lr": FloatDistribution(1e-3, 1e-2, log=True),
        "width": FloatDistribution(1.0, 9.0, step=1.0),
    }


def test_an_objective_that_cannot_take_the_new_kind_of_value_is_told(
    station: Station, study: optuna.Study
) -> None:
    trial = study.ask()
    declared = {"depth": FloatRange(1.0, 8.0, log=True)}
    station.begin(RunningTrial("s", trial.number, trial._trial_id, {}, declared))
    with pytest.raises(ValueError, match="the code asks for IntDistribution"):
        trial.suggest_int("depth", 1, 8)
