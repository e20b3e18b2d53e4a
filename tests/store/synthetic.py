"""Studies of any size, made by SQL in seconds: for tests and benchmarks."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from hpt_tui.store.address import Address, parse_address
from hpt_tui.store.connect import close_storage, open_storage

NAME = "bench"
SPACE: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "lr": ("FloatDistribution", {"low": 1e-4, "high": 1e-1, "log": True, "step": None}),
    "momentum": ("FloatDistribution", {"low": 0.0, "high": 1.0, "log": False, "step": None}),
    "decay": ("FloatDistribution", {"low": 0.0, "high": 1.0, "log": False, "step": None}),
    "width": ("IntDistribution", {"low": 1, "high": 1000, "log": False, "step": 1}),
    "depth": ("IntDistribution", {"low": 1, "high": 1000, "log": False, "step": 1}),
    "optimizer": ("CategoricalDistribution", {"choices": ["sgd", "adamw", "lion"]}),
}

_DRAW = {
    "FloatDistribution": "0.0001 + abs(random() % 1000000) / 10010000.0",
    "IntDistribution": "1.0 + abs(random() % 999)",
    "CategoricalDistribution": "0.0 + abs(random() % 3)",
}
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count) "
_TRIALS = """
INSERT INTO trials (number, study_id, state, datetime_start, datetime_complete)
SELECT i, 1,
  CASE WHEN i >= :count - :running THEN 'RUNNING' WHEN i % 50 = 7 THEN 'FAIL' WHEN i % 3 = 1 THEN 'PRUNED'
  ELSE 'COMPLETE' END,
  strftime('%Y-%m-%d %H:%M:%f000', '2026-01-01', '+' || (i * 20) || ' seconds'),
  CASE WHEN i < :count - :running
  THEN strftime('%Y-%m-%d %H:%M:%f000', '2026-01-01', '+' || (i * 20 + 15) || ' seconds') END
FROM n"""
_VALUES = """
INSERT INTO trial_values (trial_id, objective, value, value_type)
SELECT trial_id, 0, 0.5 + (trial_id * 7919 % 100003) / 200006.0, 'FINITE' FROM trials
WHERE state IN ('COMPLETE', 'PRUNED') ORDER BY trial_id"""
_STEPS = """
INSERT INTO trial_intermediate_values (trial_id, step, intermediate_value, intermediate_value_type)
SELECT trial_id, i, 1.0 - 1.0 / (i + 2) + (random() % 1000) / 100000.0, 'FINITE' FROM trials CROSS JOIN n
WHERE state = 'COMPLETE' OR i < :shorter ORDER BY trial_id, i"""


def make_study(
    path: Path, trials: int, steps: int, *, running: int = 0, cut: bool = False, wal: bool = False
) -> Address:
    """An SQLite file with a study of ``trials`` x ``steps`` that maximises; the ``running`` newest still run.

    With ``cut``, trials that are not complete have a quarter of the steps.
    """
    address = parse_address(str(path))
    path.write_bytes(_empty_database())
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA journal_mode={'WAL' if wal else 'DELETE'}")
        db.execute("PRAGMA synchronous=OFF")
        db.execute("INSERT INTO studies (study_id, study_name) VALUES (1, ?)", (NAME,))
        db.execute("INSERT INTO study_directions (direction, study_id, objective) VALUES ('MAXIMIZE', 1, 0)")
        fill(db, trials, steps, running=running, cut=cut)
        db.commit()
    return address


def fill(db: sqlite3.Connection, trials: int, steps: int, *, running: int = 0, cut: bool = False) -> None:
    """Put trials into the first study of a database that holds none yet."""
    db.execute(_NUMBERS + _TRIALS, {"count": trials, "running": running})
    _draw_params(db)
    db.execute(_VALUES)
    db.execute(_NUMBERS + _STEPS, {"count": steps, "shorter": max(1, steps // 4) if cut else steps})
    db.execute(
        "INSERT INTO trial_user_attributes (trial_id, key, value_json) "
        "SELECT trial_id, 'hpt:worker', '\"box-' || (trial_id % 4) || '\"' FROM trials ORDER BY trial_id"
    )


@cache
def _empty_database() -> bytes:
    """One with Optuna's tables, which take half a second to make."""
    with tempfile.TemporaryDirectory() as folder:
        address = parse_address(f"{folder}/empty.db")
        close_storage(open_storage(address, writable=True, create=True))
        return address.file.read_bytes()


def _draw_params(db: sqlite3.Connection) -> None:
    parts = [
        f"SELECT trial_id, '{name}' AS name, {_DRAW[kind]} AS value, "
        f"'{json.dumps({'name': kind, 'attributes': dict(attributes)})}' AS distribution FROM trials"
        for name, (kind, attributes) in SPACE.items()
    ]
    db.execute(
        "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) "
        f"SELECT trial_id, name, value, distribution FROM ({' UNION ALL '.join(parts)}) ORDER BY trial_id"
    )
