"""Trials as a worker reads them that joins a study (issue 3, item 7): the same as Optuna's, and little of them."""

from __future__ import annotations

import copy
import math
import pickle
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import optuna
import pytest
import sqlalchemy
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import RDBStorage
from optuna.storages._cached_storage import _CachedStorage
from optuna.trial import FrozenTrial, TrialState, create_trial

from hpt_tui.store import lean_trials
from hpt_tui.store.connect import close_storage, open_storage
from hpt_tui.store.lean_trials import TrialReader
from tests.storages import fresh_storage


@pytest.fixture(params=("sqlite", "postgres", "mysql"))
def plain(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RDBStorage]:
    with fresh_storage(request.param, tmp_path) as address:
        storage = open_storage(address, writable=True, create=True)
        assert isinstance(storage, _CachedStorage)
        yield storage._backend
        close_storage(storage)


@pytest.fixture
def sqlite(tmp_path: Path) -> RDBStorage:
    return RDBStorage(f"sqlite:///{tmp_path / 'study.db'}")


def trial(state: TrialState = TrialState.COMPLETE, **fields: object) -> FrozenTrial:
    made = create_trial(
        state=state,
        params={"lr": 0.01, "width": 64, "act": None},
        distributions={
            "lr": FloatDistribution(1e-4, 1e-1, log=True),
            "width": IntDistribution(8, 512, step=8),
            "act": CategoricalDistribution(("relu", None, True, 3.5)),
        },
        values=[1.0, math.inf] if state is TrialState.COMPLETE else None,
        user_attrs={"hpt:worker": "here-1", "deep": {"a": [1, None]}},
        system_attrs={"completed_rung_0": 0.5},
        intermediate_values={0: math.inf, 7: -math.inf, 3: 0.25},
    )
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def filled(storage: RDBStorage, *trials: FrozenTrial) -> optuna.Study:
    study = optuna.create_study(storage=storage, study_name="s", directions=["minimize", "maximize"])
    for one in trials:
        study.add_trial(one)
    return study


def looked_at(storage: RDBStorage, table: str) -> list[str]:
    """The selects from ``table`` from now on."""
    found: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        if f"FROM {table}" in statement:
            found.append(statement)

    sqlalchemy.event.listen(storage.engine, "before_cursor_execute", note)
    return found


def test_every_trial_reads_as_in_optuna(plain: RDBStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lean_trials, "CHUNK", 3)
    states = [TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL, TrialState.RUNNING, TrialState.WAITING]
    filled(plain, *(trial(state) for state in states * 2))
    plain.create_new_trial(1)
    read = TrialReader(plain.engine).read(1, -1, (), ())
    assert read == plain.get_all_trials(1)
    assert [repr(t) for t in read] == [repr(t) for t in read]
    assert read[0].params["act"] is None


def test_a_curve_of_no_number_stays_one(plain: RDBStorage) -> None:
    filled(plain, trial(intermediate_values={0: math.nan}))
    (read,) = TrialReader(plain.engine).read(1, -1, (), ())
    assert math.isnan(read.intermediate_values[0])


def test_times_are_local_as_optunas_are(sqlite: RDBStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        filled(sqlite, trial())
        (read,) = TrialReader(sqlite.engine).read(1, -1, (), ())
        assert read.datetime_start == sqlite.get_all_trials(1)[0].datetime_start
        assert read.datetime_start is not None
        age = datetime.now(UTC) - read.datetime_start.astimezone(UTC)
        assert abs(age) < timedelta(hours=1)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_curves_are_read_when_one_is_looked_at_and_then_all_of_that_state(sqlite: RDBStorage) -> None:
    filled(sqlite, *(trial(state) for state in [TrialState.COMPLETE, TrialState.PRUNED] * 10))
    selects = looked_at(sqlite, "trial_intermediate_values")
    read = TrialReader(sqlite.engine).read(1, -1, (), ())
    assert selects == []
    assert [t.intermediate_values[3] for t in read if t.state is TrialState.COMPLETE] == [0.25] * 10
    assert len(selects) == 1
    assert [t.last_step for t in read] == [7] * 20
    assert len(selects) == 2
    assert type(read[0].intermediate_values) is dict


def test_the_curve_of_a_running_trial_is_read_alone(sqlite: RDBStorage) -> None:
    filled(sqlite, trial(TrialState.RUNNING), trial(TrialState.RUNNING))
    selects = looked_at(sqlite, "trial_intermediate_values")
    first, _ = TrialReader(sqlite.engine).read(1, -1, (), ())
    assert first.last_step == 7
    assert len(selects) == 1


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))],  # noqa: S301
    ids=["copy", "deepcopy", "pickle"],
)
def test_a_copy_is_an_ordinary_trial(sqlite: RDBStorage, copied: object) -> None:
    filled(sqlite, trial())
    (read,) = TrialReader(sqlite.engine).read(1, -1, (), ())
    assert callable(copied)
    made = copied(read)
    assert type(made) is FrozenTrial
    assert made == sqlite.get_all_trials(1)[0]


def test_trials_of_one_space_share_it(sqlite: RDBStorage) -> None:
    filled(sqlite, *(trial() for _ in range(3)))
    read = TrialReader(sqlite.engine).read(1, -1, (), ())
    assert len({id(t.distributions) for t in read}) == 1
    assert len({id(t.user_attrs["hpt:worker"]) for t in read}) == 1


def test_only_what_is_asked_for_is_read(sqlite: RDBStorage) -> None:
    filled(sqlite, *(trial() for _ in range(6)))
    optuna.create_study(storage=sqlite, study_name="other").add_trial(create_trial(value=1.0))
    read = TrialReader(sqlite.engine).read(1, above=4, unfinished=(2, 3, 5), known=(3, 6))
    assert [t._trial_id for t in read] == [2, 5]
