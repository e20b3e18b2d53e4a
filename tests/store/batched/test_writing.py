"""The workers' storage: what waits, what is written, what a crash or an outage leaves (issue 3, item 7)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import optuna
import pytest
import sqlalchemy
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.exceptions import StorageInternalError, UpdateFinishedTrialError
from optuna.storages import BaseStorage, RDBStorage
from optuna.trial import TrialState

from hpt_tui.errors import StorageLostError
from hpt_tui.store import running
from hpt_tui.store.batching import batched, waits
from hpt_tui.store.connect import close_storage, open_storage
from hpt_tui.store.metrics import engine_of, metric_writer
from tests.storages import fresh_storage
from tests.store.batched.shared import Opener, logged, new_study, on_sqlite, only, rename


@on_sqlite
def test_a_report_is_seen_here_at_once_and_written_a_quarter_of_a_second_after_the_last(
    opened: Opener, plain: RDBStorage, clock: list[float]
) -> None:
    """So kill -9 loses a quarter of a second of a fast objective, and nothing of a slow one."""
    storage = opened()
    study = new_study(storage)
    trial = storage.create_new_trial(study)
    for step, now in enumerate((1000.0, 1000.1, 1000.2, 1000.26, 1000.3, 1005.0, 1010.0)):
        clock[0] = now
        storage.set_trial_intermediate_value(trial, step, step / 2)
        assert storage.get_trial(trial).intermediate_values[step] == step / 2
        assert storage.get_all_trials(study)[0].intermediate_values[step] == step / 2
        written = set(only(plain).intermediate_values)
        assert written == {0: set(), 3: {0, 1, 2, 3}, 5: set(range(6)), 6: set(range(7))}.get(step, written)
        assert step in written or step in (0, 1, 2, 4)


def test_flushing_writes_all_that_waits(opened: Opener, plain: RDBStorage, clock: list[float]) -> None:
    storage = opened()
    study = new_study(storage)
    for name in ("x", "y"):
        storage.set_trial_param(storage.create_new_trial(study), name, 0.5, FloatDistribution(0, 1))
    storage.flush()
    trial = storage.create_new_trial(study)
    storage.set_trial_param(trial, "y", 0.25, FloatDistribution(0, 1))
    storage.set_trial_param(trial, "x", 0.75, FloatDistribution(0, 2))
    storage.set_trial_intermediate_value(trial, 3, float("inf"))
    storage.set_trial_user_attr(trial, "note", {"a": [1, None]})
    storage.set_trial_system_attr(trial, "completed_rung_0", 0.5)
    metric_writer(storage)
    assert waits(storage, trial, 0, {"loss": 1.5})
    stored = plain.get_trial(trial)
    assert (stored.params, stored.intermediate_values, stored.user_attrs, stored.system_attrs) == ({}, {}, {}, {})
    assert logged(plain, trial) == []
    storage.flush()
    assert plain.get_trial(trial) == storage.get_trial(trial)
    assert list(plain.get_trial(trial).params.items()) == [("y", 0.25), ("x", 0.75)]
    assert logged(plain, trial) == [(0, {"loss": 1.5})]


def test_the_end_of_a_trial_takes_along_what_waits(opened: Opener, plain: RDBStorage, clock: list[float]) -> None:
    storage = opened()
    study = new_study(storage)
    trial = storage.create_new_trial(study)
    for step in range(5):
        storage.set_trial_intermediate_value(trial, step, float(step))
    clock[0] += 60
    storage.set_trial_user_attr(trial, "hpt:end", {"how": "error", "text": "x"})
    assert only(plain).user_attrs == {}
    assert storage.set_trial_state_values(trial, TrialState.COMPLETE, [float("-inf")])
    stored = only(plain)
    assert (stored.state, stored.values, stored.last_step) == (TrialState.COMPLETE, [float("-inf")], 4)
    assert stored.user_attrs == {"hpt:end": {"how": "error", "text": "x"}}
    assert storage.get_all_trials(study) == [stored]
    with pytest.raises(UpdateFinishedTrialError):
        storage.set_trial_intermediate_value(trial, 9, 0.0)


def test_an_outage_loses_nothing(opened: Opener, plain: RDBStorage, clock: list[float]) -> None:
    storage = opened()
    study = new_study(storage)
    trial = storage.create_new_trial(study)
    storage.set_trial_intermediate_value(trial, 0, 0.0)
    rename(plain, "trial_intermediate_values", "away")
    with pytest.raises(StorageInternalError):
        storage.flush()
    clock[0] += 1
    with pytest.raises(StorageInternalError):
        storage.set_trial_intermediate_value(trial, 1, 1.0)
    with pytest.raises(StorageInternalError):
        storage.set_trial_state_values(trial, TrialState.COMPLETE, [2.0])
    assert storage.get_trial(trial).state is TrialState.RUNNING
    rename(plain, "away", "trial_intermediate_values")
    assert only(plain).state is TrialState.RUNNING
    assert storage.set_trial_state_values(trial, TrialState.COMPLETE, [2.0])
    assert (only(plain).value, only(plain).intermediate_values) == (2.0, {0: 0.0, 1: 1.0})


def test_what_got_through_though_its_answer_was_lost_may_be_written_again(
    opened: Opener, plain: RDBStorage, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = opened()
    study = new_study(storage)
    trial = storage.create_new_trial(study)
    storage.set_trial_param(trial, "x", 0.5, FloatDistribution(0, 1))
    storage.set_trial_intermediate_value(trial, 0, float("nan"))
    metric_writer(storage)
    curve = [(0, {"loss": 1.0}), (0, {"acc": 0.5}), (1, {"loss": 1.0}), (2, {"loss": 0.5})]
    write = storage._running.writer.write

    def lose_the_answer(*arguments: object) -> None:
        write(*arguments)  # type: ignore[arg-type]
        raise StorageInternalError("connection lost")

    def log(*rows: tuple[int, dict[str, float]]) -> None:
        assert all(waits(storage, trial, step, metrics) for step, metrics in rows)

    log(*curve[:2])
    with monkeypatch.context() as patch:
        patch.setattr(storage._running.writer, "write", lose_the_answer)
        with pytest.raises(StorageInternalError):
            storage.flush()
        log(curve[2])
        with pytest.raises(StorageInternalError):
            storage.flush()
    log(curve[3])
    storage.set_trial_intermediate_value(trial, 1, 1.0)
    storage.flush()
    assert str(only(plain).intermediate_values) == "{0: nan, 1: 1.0}"
    assert only(plain).params == {"x": 0.5}
    assert logged(plain, trial) == curve


@on_sqlite
def test_a_row_that_finds_too_many_waiting_is_kept_once_however_often_it_is_tried(
    opened: Opener, plain: RDBStorage, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "MOST_LOGGED", 2)
    storage = opened()
    trial = storage.create_new_trial(new_study(storage))
    metric_writer(storage)
    assert all(waits(storage, trial, step, {"loss": 1.0}) for step in range(2))
    rename(plain, "trials", "away")
    for _ in range(3):
        with pytest.raises(StorageLostError):
            waits(storage, trial, 2, {"loss": 1.0})
    rename(plain, "away", "trials")
    assert waits(storage, trial, 2, {"loss": 1.0})
    storage.flush()
    assert [step for step, _ in logged(plain, trial)] == [0, 1, 2]


@on_sqlite
@pytest.mark.parametrize("seen", [True, False], ids=["known here", "known to the database"])
def test_a_parameter_that_changes_its_kind_is_refused_at_once(
    opened: Opener, plain: RDBStorage, seen: bool
) -> None:
    storage = opened()
    study = new_study(storage)
    plain.set_trial_param(plain.create_new_trial(study), "x", 0.5, FloatDistribution(0, 1))
    if seen:
        storage.get_all_trials(study)
    trial = storage.create_new_trial(study)
    with pytest.raises(ValueError, match="different distribution kind"):
        storage.set_trial_param(trial, "x", 1, IntDistribution(0, 1))
    storage.set_trial_param(trial, "x", 1.5, FloatDistribution(0, 2))
    assert storage.get_trial(trial).params == {"x": 1.5}


def test_a_parameter_that_nobody_has_used_is_written_at_once(
    opened: Opener, plain: RDBStorage, clock: list[float]
) -> None:
    """So that two workers whose code differs find out, as with Optuna's own storage."""
    one, other = opened(), opened()
    study = new_study(one)
    first, second = one.create_new_trial(study), other.create_new_trial(study)
    one.set_trial_param(first, "x", 0.5, FloatDistribution(0, 1))
    assert plain.get_trial(first).params == {"x": 0.5}
    with pytest.raises(ValueError, match="different distribution kind"):
        other.set_trial_param(second, "x", 1, IntDistribution(0, 1))


def test_what_a_database_might_refuse_does_not_wait(opened: Opener, plain: RDBStorage) -> None:
    """Refused or not, it is as with the plain storage, and the trial goes on."""
    storage = opened()
    study = new_study(storage)
    for name in ("n" * 513, "größe", "a\x00b", ""):
        mine, theirs = storage.create_new_trial(study), plain.create_new_trial(study)
        storage.set_trial_intermediate_value(mine, 0, 0.5)
        assert _refusals(storage, mine, name) == _refusals(plain, theirs, name)
        storage.set_trial_intermediate_value(mine, 1, 0.75)
        assert storage.set_trial_state_values(mine, TrialState.COMPLETE, [1.0])
        ours, reference = plain.get_trial(mine), plain.get_trial(theirs)
        assert (ours.user_attrs, ours.params) == (reference.user_attrs, reference.params)
        assert ours.intermediate_values == {0: 0.5, 1: 0.75}


def _refusals(storage: BaseStorage, trial: int, name: str) -> list[bool]:
    return [
        _refused(lambda: storage.set_trial_user_attr(trial, name, "x" * 3000)),
        _refused(lambda: storage.set_trial_param(trial, name, 0.5, FloatDistribution(0, 1))),
        _refused(lambda: storage.set_trial_intermediate_value(trial, 2**70, 0.5)),
    ]


def _refused(write: Callable[[], None]) -> bool:
    try:
        write()
    except (StorageInternalError, ValueError, OverflowError):
        return True
    return False


def test_a_table_of_curves_that_vanishes_takes_no_report_with_it(
    opened: Opener, plain: RDBStorage, clock: list[float]
) -> None:
    storage = opened()
    study = new_study(storage)
    trial = storage.create_new_trial(study)
    metric_writer(storage)
    assert waits(storage, trial, 0, {"loss": 1.5})
    storage.set_trial_intermediate_value(trial, 0, 0.0)
    with plain.engine.begin() as connection:
        connection.execute(sqlalchemy.text("DROP TABLE hpt_metrics"))
    with pytest.raises(StorageInternalError):
        storage.flush()
    storage.flush()
    assert only(plain).intermediate_values == {0: 0.0}


def test_only_databases_are_batched(tmp_path: Path) -> None:
    memory = optuna.storages.InMemoryStorage()
    assert batched(memory) is memory
    with fresh_storage("journal", tmp_path) as address:
        journal = open_storage(address, writable=True, create=True)
        assert batched(journal) is journal


def test_a_commit_in_wal_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    with fresh_storage("sqlite", tmp_path) as address:
        storage = batched(open_storage(address, writable=True, create=True))
        assert _synchronous(storage) == 1
        close_storage(storage)
    url = f"sqlite:///{tmp_path / 'plain.db'}"
    storage = batched(optuna.storages.get_storage(url))
    assert _synchronous(storage) == 2
    close_storage(storage)


def _synchronous(storage: BaseStorage) -> int:
    engine = engine_of(storage)
    assert engine is not None
    with engine.connect() as connection:
        return int(connection.execute(sqlalchemy.text("PRAGMA synchronous")).scalar() or 0)
