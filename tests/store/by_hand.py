"""Writing a study in a file row by row, as Optuna would and as it never would."""

from __future__ import annotations

import contextlib
import sqlite3

from hpt_tui.store.address import Address


class Hand:
    """Writes into a file as Optuna would, row by row."""

    def __init__(self, address: Address) -> None:
        self._file = address.file

    def __call__(self, sql: str, *args: object) -> None:
        with contextlib.closing(sqlite3.connect(self._file)) as db:
            db.execute(sql, args)
            db.commit()

    def report(self, trial_id: int, step: int, value: float) -> None:
        self(
            "INSERT INTO trial_intermediate_values "
            "(trial_id, step, intermediate_value, intermediate_value_type) VALUES (?, ?, ?, 'FINITE')",
            *(trial_id, step, value),
        )

    def begin(self, trial_id: int, number: object, state: str = "RUNNING") -> None:
        self(
            "INSERT INTO trials (trial_id, number, study_id, state, datetime_start) "
            "VALUES (?, ?, 1, ?, '2026-02-01 00:00:00')",
            *(trial_id, number, state),
        )

    def finish(self, trial_id: int, value: float) -> None:
        self(
            "INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (?, 0, ?, 'FINITE')",
            trial_id,
            value,
        )
        self(
            "UPDATE trials SET state = 'COMPLETE', datetime_complete = '2026-02-01 01:00:00' WHERE trial_id = ?",
            trial_id,
        )
