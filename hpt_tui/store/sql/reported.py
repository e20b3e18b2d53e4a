"""What trials have reported to Optuna, one value a step: in full for a curve, in short for a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hpt_tui.domain.trial import Curve
from hpt_tui.store.sql.database import Database, Row, by_trial, marks, portions
from hpt_tui.store.sql.details import Reports
from hpt_tui.store.sql.sane import number, whole
from hpt_tui.store.sql.series import Series

PAGE = 20_000
"""Rows of one statement: well under 0.1 s."""

_COUNTED = 20
"""Trials whose rows one statement counts: each may have very many."""
_IDS = "trial_intermediate_value_id"
_COLUMNS = "i.step, i.intermediate_value, i.intermediate_value_type"
_TABLE = "FROM trial_intermediate_values i"
_WHOLE = f"SELECT trial_id, {_COLUMNS} {_TABLE} WHERE trial_id IN "
_PAGE = f"SELECT {_COLUMNS} {_TABLE} WHERE i.trial_id = ? AND i.step > ? ORDER BY i.step LIMIT {PAGE}"
# With + no index on trials is used: what came last is found by the rows' own ids.
_NEW = f"SELECT trial_id, {_COLUMNS} {_TABLE} WHERE {_IDS} > ? AND +trial_id IN "
_COUNTS = f"SELECT trial_id, COUNT(*) {_TABLE} WHERE trial_id IN "
SHORT = (
    "SELECT trial_id, COUNT(*), MAX(step), COUNT(CASE WHEN intermediate_value_type <> 'FINITE' THEN 1 END) "
    f"{_TABLE} WHERE "
)
"""Trial, number of steps, the last one, how many are not finite; a WHERE without grouping follows."""
LAST = (
    f"SELECT t.trial_id, {_COLUMNS} FROM trials t JOIN trial_intermediate_values i ON i.{_IDS} = "
    f"(SELECT x.{_IDS} FROM trial_intermediate_values x WHERE x.trial_id = t.trial_id ORDER BY x.step DESC "
    "LIMIT 1) WHERE "
)
"""Trial and its last step with its value and type; a condition on ``t.trial_id`` follows."""


def read_reported(db: Database, trial_id: int) -> Series:
    """All that one trial has reported, page by page."""
    found, after = Series(), -(2**62)
    while True:
        rows = db.fetch(_PAGE, (trial_id, after))
        points = list(filter(None, map(to_point, rows)))
        found.add([step for step, _ in points], [value for _, value in points])
        if len(rows) < PAGE or not points:
            return found
        after = points[-1][0]


def in_short(series: Series) -> Reports:
    """The same in short."""
    last = series.last
    return Reports() if last is None else Reports(len(series), *last, not series.finite)


def read_new(db: Database, after: int, ids: Sequence[int]) -> Iterator[tuple[int, tuple[int, float]]]:
    """Trial and point of every row of the trials ``ids`` with a row id beyond ``after``."""
    for some in portions(ids):
        for trial_id, row in by_trial(db.fetch(_NEW + marks(some), (after, *some))):
            if (point := to_point(row)) is not None:
                yield trial_id, point


def count_reported(db: Database, ids: Sequence[int]) -> Mapping[int, int]:
    """How many rows each of the trials ``ids`` has."""
    found = dict.fromkeys(ids, 0)
    for some in portions(ids, _COUNTED):
        rows = db.fetch(f"{_COUNTS}{marks(some)} GROUP BY trial_id", some)
        found.update((trial_id, whole(rest[0]) or 0) for trial_id, rest in by_trial(rows))
    return found


def read_whole(db: Database, ids: Sequence[int]) -> Mapping[int, Series]:
    """The curves of several trials that are short: by trial, those that have any."""
    points: dict[int, list[tuple[int, float]]] = {}
    for some in portions(ids):
        for trial_id, row in by_trial(db.fetch(_WHOLE + marks(some), some)):
            if (point := to_point(row)) is not None:
                points.setdefault(trial_id, []).append(point)
    found = {}
    for trial_id, pairs in points.items():
        found[trial_id] = Series()
        found[trial_id].add([step for step, _ in pairs], [value for _, value in pairs])
    return found


def read_reports(db: Database, ids: Sequence[int]) -> Mapping[int, Reports]:
    """In short what each of the trials ``ids`` has reported; all of them, also those without."""
    found = dict.fromkeys(ids, Reports())
    for some in portions(ids, _COUNTED):
        last = {
            trial_id: point
            for trial_id, row in by_trial(db.fetch(f"{LAST} t.trial_id IN {marks(some)}", some))
            if (point := to_point(row)) is not None
        }
        counted = db.fetch(f"{SHORT} trial_id IN {marks(some)} GROUP BY trial_id", some)
        for trial_id, (count, largest, odd) in by_trial(counted):
            if trial_id in last:
                step, value = last[trial_id]
                found[trial_id] = Reports(whole(count) or 0, step, value, bool(odd))
            elif whole(largest) is None:
                found[trial_id] = in_short(read_reported(db, trial_id))
    return found


def to_point(row: Row) -> tuple[int, float] | None:
    """A step and its value; None for a row that has none of either."""
    step, value = whole(row[0]), number(row[1], row[2])
    return None if step is None or value is None else (step, value)


def reported_curve(series: Series, trial_number: int, metric: str) -> tuple[Curve, ...]:
    return (series.curve(trial_number, metric),) if len(series) else ()
