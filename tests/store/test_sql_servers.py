"""Studies on servers, which show rows in another order than their ids have (issue 3, item 4)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import optuna
import pytest
import sqlalchemy
from optuna.storages import BaseStorage

from hpt_tui.store.address import Address
from hpt_tui.store.connect import close_storage, open_storage
from hpt_tui.store.metrics import engine_of, metric_writer
from hpt_tui.store.sql import following, refresh
from hpt_tui.store.sql.database import Database
from hpt_tui.store.sql.heads import Heads, heads_after
from hpt_tui.store.sql.reader import SqlReader
from hpt_tui.store.sql.refresh import GIVING_UP
from tests.storages import fresh_storage
from tests.store.synthetic import NAME


@pytest.fixture(params=["postgres", "mysql"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Address, BaseStorage]]:
    with fresh_storage(request.param, tmp_path) as address:
        storage = open_storage(address, writable=True, create=True)
        optuna.create_study(study_name=NAME, storage=storage)
        metric_writer(storage)(0, 0, {})
        yield address, storage
        close_storage(storage)


def test_rows_that_are_committed_after_later_ones_are_found(served: tuple[Address, BaseStorage]) -> None:
    address, storage = served
    engine = engine_of(storage)
    assert engine is not None
    reader = SqlReader(address, NAME)
    insert = (
        "INSERT INTO trials (trial_id, number, study_id, state, datetime_start) "
        "VALUES ({id}, {number}, 1, 'RUNNING', '2026-11-01 00:00:00')"
    )
    report = (
        "INSERT INTO trial_intermediate_values (trial_intermediate_value_id, trial_id, step, "
        "intermediate_value, intermediate_value_type) VALUES ({id}, {trial}, {step}, 0.5, 'FINITE')"
    )
    log = (
        "INSERT INTO hpt_metrics (id, trial_id, step, entries) VALUES ({id}, {trial}, {step}, '{{\"loss\": 1.0}}')"
    )

    def run(db: sqlalchemy.Connection, template: str, **values: int) -> None:
        db.execute(sqlalchemy.text(template.format(**values).replace(":", r"\:")))

    with engine.connect() as slow, engine.connect() as fast:
        run(fast, insert, id=1, number=0)
        fast.commit()
        assert len(reader.poll().trials) == 1
        run(slow, insert, id=2, number=1)
        run(slow, report, id=10, trial=1, step=0)
        run(slow, log, id=10, trial=1, step=0)
        run(fast, insert, id=3, number=2)
        run(fast, report, id=11, trial=3, step=0)
        run(fast, log, id=11, trial=3, step=0)
        fast.commit()
        assert [trial.number for trial in reader.poll().trials] == [0, 2]
        slow.commit()
    study = reader.poll()
    assert [trial.number for trial in study.trials] == [0, 1, 2]
    assert [c.metric for c in study.curves[0]] == ["value", "loss"]
    assert reader.poll() is study


def test_a_missing_number_is_waited_for_but_not_for_ever(served: tuple[Address, BaseStorage]) -> None:
    address, storage = served
    study = optuna.load_study(study_name=NAME, storage=storage)
    for _ in range(3):
        study.tell(study.ask(), 1.0)
    engine = engine_of(storage)
    assert engine is not None
    with engine.begin() as db:
        db.execute(sqlalchemy.text("UPDATE trials SET number = 7 WHERE number = 1"))
    now = [1e9]
    reader = SqlReader(address, NAME, clock=lambda: now[0])
    assert [trial.number for trial in reader.poll().trials] == [0, 2, 7]
    now[0] += GIVING_UP
    study.tell(study.ask(), 1.0)
    assert len(reader.poll().trials) == 4


def test_newer_trials_of_other_studies_are_passed_over_after_a_while(
    served: tuple[Address, BaseStorage], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def noted(db: Database, study_id: int, trial_id: int, most: int) -> tuple[Heads, int | None]:
        asked.append(trial_id)
        return heads_after(db, study_id, trial_id, most)

    monkeypatch.setattr(refresh, "heads_after", noted)
    address, storage = served
    study = optuna.load_study(study_name=NAME, storage=storage)
    study.tell(study.ask(), 1.0)
    other = optuna.create_study(storage=storage)
    for _ in range(3):
        other.ask()
    now = [1e9]
    reader = SqlReader(address, NAME, clock=lambda: now[0])
    for _ in range(2):
        reader.poll()
        now[0] += GIVING_UP
    study.tell(study.ask(), 2.0)
    other.ask()
    assert len(reader.poll().trials) == 2
    reader.poll()
    assert asked == [1, 1, 4, 5]


def test_long_curves_on_a_server_are_counted(
    served: tuple[Address, BaseStorage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "AGAIN", 0)
    address, storage = served
    study = optuna.load_study(study_name=NAME, storage=storage)
    trial = study.ask()
    reader = SqlReader(address, NAME)
    for step in range(3):
        trial.report(step, step)
        assert reader.poll().trials[0].steps == step + 1
    engine = engine_of(storage)
    assert engine is not None
    with engine.begin() as db:
        db.execute(
            sqlalchemy.text(
                "INSERT INTO trial_intermediate_values (trial_intermediate_value_id, trial_id, step, "
                "intermediate_value, intermediate_value_type) VALUES (-5, 1, 9, 0.5, 'FINITE')"
            )
        )
    curve = reader.poll().curves[0][0]
    assert np.array_equal(curve.steps, [0, 1, 2, 9])
