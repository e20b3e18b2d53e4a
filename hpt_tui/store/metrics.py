"""Several metrics a step, beside the one value a step that Optuna keeps.

In a database they stand in a table of our own, which Optuna and its dashboard never look at: a row a trial
and step, all its metrics in one JSON object, written in one transaction. Storages without SQL keep them in
chunks of user attributes of the trial, each small enough for every backend.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

import sqlalchemy
from optuna.storages import BaseStorage, RDBStorage
from sqlalchemy import Column, Index, Integer, MetaData, Table, Text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from hpt_tui.store import keys
from hpt_tui.store.faults import storage_faults

CHUNK = 2000
"""Characters of one attribute: under the 2,045 that Optuna's own samplers keep to."""

_schema = MetaData()
METRICS = Table(
    "hpt_metrics",
    _schema,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("trial_id", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("entries", Text, nullable=False),
)
Index("ix_hpt_metrics_trial_id", METRICS.c.trial_id)


class MetricWriter(Protocol):
    def __call__(self, trial_id: int, step: int, metrics: Mapping[str, float]) -> None: ...


def metric_writer(storage: BaseStorage) -> MetricWriter:
    """Where a worker puts what its trial logs; makes the table on the first use of a database.

    The writer raises StorageLostError when the storage is away.
    """
    engine = engine_of(storage)
    if engine is None:
        return _AttributeWriter(storage)
    make_metrics_table(engine)

    def write(trial_id: int, step: int, metrics: Mapping[str, float]) -> None:
        with storage_faults("the metrics table"), engine.begin() as connection:
            row = {"trial_id": trial_id, "step": step, "entries": json.dumps(dict(metrics))}
            connection.execute(METRICS.insert().values(row))

    return write


def make_metrics_table(engine: sqlalchemy.Engine) -> None:
    """Make the table where it is missing.

    Raises:
        StorageLostError: the storage is away.
    """
    with storage_faults("the metrics table"):
        try:
            _schema.create_all(engine, checkfirst=True)
        except (OperationalError, ProgrammingError, IntegrityError):
            # Another worker made it between our look and our making; now the look finds it.
            _schema.create_all(engine, checkfirst=True)


class _AttributeWriter:
    """Appends to the newest chunk of the trial, and starts another when it is full."""

    def __init__(self, storage: BaseStorage) -> None:
        self._storage = storage
        self._trial_id = -1
        self._chunk = 0
        self._rows: list[list[object]] = []

    def __call__(self, trial_id: int, step: int, metrics: Mapping[str, float]) -> None:
        if trial_id != self._trial_id:
            with storage_faults("the trial's metrics"):
                told = self._storage.get_trial(trial_id).user_attrs
            # After those of the trial that this one is a retry of.
            before = sum(key.startswith(keys.TRIAL_LOG) for key in told)
            self._trial_id, self._chunk, self._rows = trial_id, before, []
        row: list[object] = [step, dict(metrics)]
        if self._rows and len(json.dumps([*self._rows, row])) > CHUNK:
            self._chunk, self._rows = self._chunk + 1, []
        self._rows.append(row)
        with storage_faults("the trial's metrics"):
            self._storage.set_trial_user_attr(trial_id, f"{keys.TRIAL_LOG}{self._chunk:04}", list(self._rows))


def has_metrics(engine: sqlalchemy.Engine) -> bool:
    """Whether the database has the table: one whose workers never logged anything has not."""
    return bool(sqlalchemy.inspect(engine).has_table(METRICS.name))


def copying(source: int, target: int) -> tuple[sqlalchemy.Executable, ...]:
    """The statements that give the new trial ``target`` all that ``source`` has logged, and nothing else."""
    c = METRICS.c
    rows = sqlalchemy.select(sqlalchemy.literal(target), c.step, c.entries)
    return (
        METRICS.delete().where(c.trial_id == target),
        METRICS.insert().from_select(
            ["trial_id", "step", "entries"], rows.where(c.trial_id == source).order_by(c.id)
        ),
    )


def forget_metrics(storage: BaseStorage, trial_id: int) -> None:
    """Drop what an earlier trial of this id has logged: deleting a study leaves the rows in our table behind,
    and SQLite gives the ids of deleted trials out again.

    Raises:
        StorageLostError: the storage is away.
    """
    engine = engine_of(storage)
    if engine is None:
        return
    with storage_faults("the metrics table"):
        if _logged(engine, trial_id):
            with engine.begin() as connection:
                connection.execute(METRICS.delete().where(METRICS.c.trial_id == trial_id))


def engine_of(storage: BaseStorage) -> sqlalchemy.Engine | None:
    """The SQLAlchemy engine behind an RDB storage, cached or not; None for storages without SQL."""
    backend = getattr(storage, "_backend", storage)
    return backend.engine if isinstance(backend, RDBStorage) else None


def _logged(engine: sqlalchemy.Engine, trial_id: int) -> bool:
    """Whether there is anything to delete: a look that takes no lock, and mostly finds nothing."""
    query = sqlalchemy.select(METRICS.c.id).where(METRICS.c.trial_id == trial_id).limit(1)
    return bool(_fetched(engine, query))


def _fetched(engine: sqlalchemy.Engine, query: sqlalchemy.Executable) -> list[tuple[Any, ...]]:
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(query).fetchall()]
    except (OperationalError, ProgrammingError) as error:
        # A study whose workers never logged anything has no such table.
        if "hpt_metrics" in str(error.orig):
            return []
        raise
