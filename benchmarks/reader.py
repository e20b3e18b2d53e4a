"""What reading a study in SQLite costs, against the least that SQL alone costs: one table over several sizes.

    python benchmarks/reader.py [--sizes 1k,10k,100k] [--json]

Each size runs in a process of its own, so that its memory is its own. Figures are of a warm page cache; CPU
seconds, not those of the clock, where a neighbour would be counted in.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.meter import alone, peak_mib
from benchmarks.synthetic import NAME, STEPS, Studies, report, size
from hpt_tui.store.address import parse_address
from hpt_tui.store.sql.database import Row
from hpt_tui.store.sql.reader import SqlReader
from hpt_tui.store.sql.sqlite_database import SqliteDatabase

TICKS = 30


class Meter:
    """Counts the seconds of CPU and the number of statements that a reader's database takes."""

    def __init__(self) -> None:
        self.seconds, self.statements = 0.0, 0
        fetch = SqliteDatabase.fetch

        def measured(database: SqliteDatabase, sql: str, args: Sequence[object] = ()) -> list[Row]:
            before = time.process_time()
            try:
                return fetch(database, sql, args)
            finally:
                self.seconds += time.process_time() - before
                self.statements += 1

        SqliteDatabase.fetch = measured  # type: ignore[assignment, method-assign]

    def of(self, act: Callable[[], object]) -> tuple[float, int]:
        self.seconds, self.statements = 0.0, 0
        act()
        return self.seconds, self.statements


def cpu(act: Callable[[], object]) -> float:
    before = time.process_time()
    act()
    return time.process_time() - before


def floor(path: str) -> object:
    """The same columns as plainly as SQL and numpy give them: no range that a value was drawn from, no curve."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        trials = db.execute(
            "SELECT trial_id, number, state, datetime_start, datetime_complete FROM trials"
        ).fetchall()
        ids, numbers, states, starts, ends = zip(*trials, strict=True)
        columns: list[object] = [np.array(numbers), np.array(states)]
        columns += [np.array(starts, dtype="datetime64[us]"), np.array(ends, dtype="datetime64[us]")]
        values = db.execute("SELECT trial_id, value FROM trial_values WHERE objective = 0").fetchall()
        columns += [np.array(column) for column in zip(*values, strict=True)]
        params: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
        drawn = db.execute("SELECT trial_id, param_name, param_value FROM trial_params").fetchall()
        for trial_id, name, value in drawn:
            if name not in params:
                params[name] = np.full(max(ids) + 1, np.nan)
            params[name][trial_id] = value
        last = db.execute(
            "SELECT t.trial_id, i.step, i.intermediate_value FROM trials t JOIN trial_intermediate_values i "
            "ON i.trial_intermediate_value_id = (SELECT x.trial_intermediate_value_id "
            "FROM trial_intermediate_values x WHERE x.trial_id = t.trial_id ORDER BY x.step DESC LIMIT 1)"
        ).fetchall()
        columns += [np.array(column) for column in zip(*last, strict=True)]
    return columns, params


def measure(path: str) -> dict[str, float]:
    meter, reader = Meter(), SqlReader(parse_address(path), NAME)
    before = time.process_time()
    sight, _ = meter.of(reader.poll)
    _until(lambda: reader.poll().outline is None)
    table = time.process_time() - before
    late = cpu(lambda: _until(lambda: reader.poll() is not None and not reader.behind))
    peak = peak_mib()
    ticks, polls, statements = _ticks(path, reader, meter)
    idle = statistics.median(_clocked(reader.poll) for _ in range(200))
    return {
        "outline_sql_ms": 1e3 * sight,
        "table_s": table,
        "floor_s": min(cpu(lambda: floor(path)) for _ in range(2)),
        "steps_and_workers_s": late,
        "peak_rss_mib": peak,
        "tick_sql_ms": 1e3 * ticks,
        "tick_poll_ms": 1e3 * polls,
        "tick_statements": statements,
        "nothing_changed_us": 1e6 * idle,
    }


def _ticks(path: str, reader: SqlReader, meter: Meter) -> tuple[float, float, int]:
    """Medians of ticks between which every running trial has reported once."""
    sql, polls, statements = [], [], 0
    for _ in range(TICKS):
        report(Path(path))
        before = time.process_time()
        seconds, statements = meter.of(reader.poll)
        polls.append(time.process_time() - before)
        sql.append(seconds)
    return statistics.median(sql), statistics.median(polls), statements


def _until(done: Callable[[], bool]) -> None:
    while not done():
        pass


def _clocked(act: Callable[[], object]) -> float:
    before = time.perf_counter()
    act()
    return time.perf_counter() - before


@click.command()
@click.option("--sizes", default="1k,10k,100k", show_default=True, help="Trials of 50 steps.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(sizes: str, as_json: bool) -> None:
    """Print a column a size."""
    with tempfile.TemporaryDirectory() as folder:
        studies = Studies(Path(folder))
        found = {
            trials: alone("benchmarks.reader", "measure", str(studies.path(trials))).told
            for trials in map(size, sizes.split(","))
        }
    if as_json:
        print(json.dumps(found, indent=2))
        return
    print(f"{f'trials x {STEPS}':>24}", *(f"{trials:>10,}" for trials in found))
    for name in next(iter(found.values())):
        print(f"{name:>24}", *(f"{row[name]:>10.3g}" for row in found.values()))
    print(f"{'table / floor':>24}", *(f"{row['table_s'] / row['floor_s']:>10.2f}" for row in found.values()))


if __name__ == "__main__":
    main()
