"""The studies that everything is measured on: made once a run, in a folder that goes with it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

NAME, STEPS, RUNNING = "bench", 50, 4
UNITS = {"k": 1_000, "m": 1_000_000}


def size(text: str) -> int:
    """``1k`` or ``100000``. Raises ValueError for anything else."""
    text = text.strip().lower()
    unit = UNITS.get(text[-1:], 1)
    return int(text.rstrip("km")) * unit


class Studies:
    """SQLite files by number of trials, each of :data:`STEPS` steps a trial, the newest four running."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, trials: int) -> Path:
        path = self._folder / f"{trials}.db"
        if not path.exists():
            # It brings Optuna, which is no part of what measured processes are to hold.
            from tests.store.synthetic import make_study

            make_study(path, trials, STEPS, running=RUNNING)
        return path


def running(db: sqlite3.Connection) -> list[int]:
    """The ids of the trials that run."""
    return [row[0] for row in db.execute("SELECT trial_id FROM trials WHERE state = 'RUNNING'")]


def report(path: Path, trials: Sequence[int] = ()) -> None:
    """Each of the running trials (or of those given) reports one step more."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executemany(
            "INSERT INTO trial_intermediate_values (trial_id, step, intermediate_value, intermediate_value_type) "
            "SELECT trial_id, MAX(step) + 1, 0.9 + (random() % 1000) / 20000.0, 'FINITE' "
            "FROM trial_intermediate_values WHERE trial_id = ?",
            [(trial,) for trial in trials or running(db)],
        )
        db.commit()
