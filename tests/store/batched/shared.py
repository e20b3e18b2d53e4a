"""What the tests of the workers' storage have in common."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeAlias

import pytest
import sqlalchemy
from optuna.storages import BaseStorage, RDBStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial

from hpt_tui.store.batched import BatchedStorage
from hpt_tui.store.metrics import METRICS

DATABASES = ("sqlite", "postgres", "mysql")
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For what does not depend on the database."""
Opener: TypeAlias = Callable[[], BatchedStorage]


def new_study(storage: BaseStorage) -> int:
    return storage.create_new_study([StudyDirection.MINIMIZE], "s")


def only(storage: RDBStorage) -> FrozenTrial:
    (trial,) = storage.get_all_trials(1)
    return trial


def logged(storage: RDBStorage, trial: int) -> list[tuple[int, object]]:
    """The steps and metrics in our own table."""
    rows = sqlalchemy.select(METRICS.c.step, METRICS.c.entries).where(METRICS.c.trial_id == trial)
    with storage.engine.connect() as connection:
        return [(step, json.loads(entries)) for step, entries in connection.execute(rows)]


def rename(storage: RDBStorage, old: str, new: str) -> None:
    """Rename a table: whoever asks for it then finds it away."""
    with storage.engine.begin() as connection:
        connection.execute(sqlalchemy.text(f"ALTER TABLE {old} RENAME TO {new}"))
