"""The workers' storage beside others: who ends, deletes, runs and reads trials meanwhile."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy
from optuna.distributions import FloatDistribution
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import RDBStorage
from optuna.storages._cached_storage import _CachedStorage
from optuna.trial import TrialState

from hpt_tui.store.connect import close_storage
from tests.store.batched.shared import Opener, new_study, on_sqlite, only, rename


def test_a_trial_that_was_ended_from_outside_shows_at_the_next_write(
    opened: Opener, plain: RDBStorage, clock: list[float]
) -> None:
    storage = opened()
    study = new_study(storage)
    trials = [storage.create_new_trial(study) for _ in range(2)]
    for trial in trials:
        storage.set_trial_intermediate_value(trial, 0, 0.0)
        plain.set_trial_state_values(trial, TrialState.FAIL)
    with pytest.raises(UpdateFinishedTrialError):
        storage.set_trial_state_values(trials[0], TrialState.COMPLETE, [1.0])
    storage.flush()
    with pytest.raises(UpdateFinishedTrialError):
        storage.set_trial_intermediate_value(trials[1], 1, 1.0)
    assert [storage.get_trial(t) for t in trials] == plain.get_all_trials(study)
    assert [t.intermediate_values for t in plain.get_all_trials(study)] == [{}, {}]


@on_sqlite
def test_looking_at_a_shared_trial_that_was_ended_from_outside_shows_its_end(
    opened: Opener, plain: RDBStorage, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = opened()
    trial = storage.create_new_trial(new_study(storage))
    storage.set_trial_intermediate_value(trial, 0, 0.0)
    rename(plain, "trials", "away")
    pickle.dumps(storage)
    rename(plain, "away", "trials")
    plain.set_trial_state_values(trial, TrialState.FAIL)
    assert storage.get_trial(trial) == only(plain)


@on_sqlite
def test_a_child_that_was_forked_in_the_middle_of_a_write_reads_all_the_same(opened: Opener) -> None:
    storage = opened()
    study = new_study(storage)
    storage.create_new_trial(study)
    with ThreadPoolExecutor(1) as pool, storage._running._lock:
        storage._running._process = -1
        assert len(pool.submit(storage.get_all_trials, study).result(timeout=20)) == 1


def test_nothing_is_written_into_a_study_that_was_deleted(
    opened: Opener, plain: RDBStorage, clock: list[float]
) -> None:
    storage = opened()
    study = new_study(storage)
    trial = storage.create_new_trial(study)
    storage.set_trial_intermediate_value(trial, 0, 0.0)
    plain.delete_study(study)
    with pytest.raises(KeyError):
        storage.set_trial_state_values(trial, TrialState.COMPLETE, [1.0])
    with pytest.raises(KeyError):
        storage.create_new_trial(study)
    with plain.engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("SELECT * FROM trial_intermediate_values")).fetchall() == []


@on_sqlite
def test_others_running_trials_are_read_twice_a_second_and_after_each_end(
    opened: Opener, clock: list[float]
) -> None:
    ours, theirs = opened(), opened()
    study = new_study(ours)
    mine, other = ours.create_new_trial(study), theirs.create_new_trial(study)
    assert len(ours.get_all_trials(study)) == 2

    def seen() -> dict[str, float]:
        params: dict[str, float] = ours.get_all_trials(study, deepcopy=False)[1].params
        return params

    theirs.set_trial_param(other, "x", 0.5, FloatDistribution(0, 1))
    clock[0] += 0.49
    assert seen() == {}
    clock[0] += 0.02
    assert seen() == {"x": 0.5}
    theirs.set_trial_param(other, "y", 0.5, FloatDistribution(0, 1))
    ours.set_trial_state_values(mine, TrialState.FAIL)
    assert seen() == {"x": 0.5, "y": 0.5}


@on_sqlite
def test_finished_trials_are_read_once(opened: Opener, clock: list[float]) -> None:
    ours, theirs = opened(), opened()
    study = new_study(ours)
    ended, going = theirs.create_new_trial(study), theirs.create_new_trial(study)
    theirs.set_trial_state_values(ended, TrialState.PRUNED, [1.0])
    before = ours.get_all_trials(study, deepcopy=False)
    ours.expire()
    after = ours.get_all_trials(study, deepcopy=False)
    assert before[0] is after[0]
    assert before[1] is not after[1]
    theirs.set_trial_state_values(going, TrialState.COMPLETE, [2.0])
    ours.expire()
    assert [t.state.name for t in ours.get_all_trials(study, deepcopy=False)] == ["PRUNED", "COMPLETE"]


@on_sqlite
def test_a_copy_of_the_storage_shares_the_trial_through_the_database(
    opened: Opener, plain: RDBStorage, clock: list[float]
) -> None:
    """As when Lightning spawns the ranks of a distributed trial, which then report."""
    storage = opened()
    study = new_study(storage)
    trial = storage.create_new_trial(study)
    storage.set_trial_intermediate_value(trial, 0, 0.0)
    copy = pickle.loads(pickle.dumps(storage))  # noqa: S301
    assert isinstance(copy, _CachedStorage)
    assert copy.get_trial(trial).intermediate_values == {0: 0.0}
    copy.set_trial_intermediate_value(trial, 1, 1.0)
    assert storage.get_trial(trial).intermediate_values == {0: 0.0, 1: 1.0}
    storage.set_trial_user_attr(trial, "note", 1)
    assert plain.get_trial(trial).user_attrs == {"note": 1}
    close_storage(copy)
