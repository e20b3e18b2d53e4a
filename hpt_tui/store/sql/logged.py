"""What trials logged by ``hpt_tui.log``: rows of our own table, written by :mod:`hpt_tui.store.metrics`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hpt_tui.domain.trial import Curve
from hpt_tui.store import keys
from hpt_tui.store.sql.database import Database, Row, by_trial, marks, portions
from hpt_tui.store.sql.sane import document, whole
from hpt_tui.store.sql.series import Series

TABLE = "hpt_metrics"
_FAR = 10**300
PAGE = 10_000
"""Rows of one statement."""

_NEW = f"SELECT trial_id, id, step, entries FROM {TABLE} WHERE id > ? AND trial_id IN "
_PAGE = f"SELECT id, step, entries FROM {TABLE} WHERE trial_id = ? AND id > ? ORDER BY id LIMIT {PAGE}"
_COUNTS = f"SELECT trial_id, COUNT(*) FROM {TABLE} WHERE trial_id IN "
_CHUNKS = (
    "SELECT u.trial_id, u.value_json FROM trial_user_attributes u "
    "WHERE u.key >= ? AND u.key < ? AND u.trial_id IN "
)


class Logged:
    """The metrics of one trial."""

    def __init__(self) -> None:
        self.series: dict[str, Series] = {}
        self.newest = 0
        """The largest id of its rows."""
        self.rows = 0

    def __len__(self) -> int:
        return sum(map(len, self.series.values()))

    def take(self, rows: Sequence[Row]) -> None:
        """Add rows of id, step and entries, by ascending id; those known already are passed over."""
        points: dict[str, tuple[list[int], list[float]]] = {}
        for row_id, step, entries in rows:
            at = whole(row_id)
            if at is None or at <= self.newest:
                continue
            self.newest, self.rows = at, self.rows + 1
            _collect(points, step, document(entries))
        self._add(points)

    def take_chunk(self, chunk: object) -> None:
        """Add what storages without SQL keep in attributes, and a study copied from one has here."""
        points: dict[str, tuple[list[int], list[float]]] = {}
        for row in chunk if isinstance(chunk, list) else ():
            if isinstance(row, list) and len(row) == 2:
                _collect(points, row[0], row[1])
        self._add(points)

    def curves(self, number: int, but: str) -> Iterator[Curve]:
        """One curve a metric, by name, without the metric ``but``."""
        return (series.curve(number, name) for name, series in sorted(self.series.items()) if name != but)

    def _add(self, points: Mapping[str, tuple[list[int], list[float]]]) -> None:
        for metric, (steps, values) in points.items():
            self.series.setdefault(metric, Series()).add(steps, values)


def read_logged(db: Database, trial_id: int) -> Logged:
    """All that one trial has logged, page by page."""
    found = Logged()
    while True:
        rows = db.fetch(_PAGE, (trial_id, found.newest))
        found.take(rows)
        if len(rows) < PAGE:
            return found


def read_new_logged(db: Database, after: int, ids: Sequence[int]) -> Mapping[int, list[Row]]:
    """By trial, its rows with an id beyond ``after``, ascending."""
    found: dict[int, list[Row]] = {}
    for some in portions(ids):
        for trial_id, row in by_trial(db.fetch(f"{_NEW}{marks(some)} ORDER BY id", (after, *some))):
            found.setdefault(trial_id, []).append(row)
    return found


def read_chunks(db: Database, ids: Sequence[int]) -> Mapping[int, Logged]:
    """What the trials ``ids`` keep in attributes; those that have any."""
    found: dict[int, Logged] = {}
    ends = (keys.TRIAL_LOG, keys.TRIAL_LOG[:-1] + chr(ord(keys.TRIAL_LOG[-1]) + 1))
    for some in portions(ids):
        for trial_id, (text,) in by_trial(db.fetch(f"{_CHUNKS}{marks(some)} ORDER BY u.key", (*ends, *some))):
            found.setdefault(trial_id, Logged()).take_chunk(document(text))
    return found


def count_logged(db: Database, ids: Sequence[int]) -> Mapping[int, int]:
    """How many rows each of the trials ``ids`` has."""
    found = dict.fromkeys(ids, 0)
    for some in portions(ids):
        rows = db.fetch(f"{_COUNTS}{marks(some)} GROUP BY trial_id", some)
        found.update((trial_id, whole(rest[0]) or 0) for trial_id, rest in by_trial(rows))
    return found


def newest_logged(db: Database) -> int:
    """The largest id of all rows."""
    return whole(db.fetch(f"SELECT MAX(id) FROM {TABLE}")[0][0]) or 0


def _collect(points: dict[str, tuple[list[int], list[float]]], step: object, entries: object) -> None:
    at = whole(step)
    if at is None or not isinstance(entries, dict):
        return
    for metric, value in entries.items():
        if isinstance(value, float) or (isinstance(value, int) and abs(value) < _FAR):
            steps, values = points.setdefault(str(metric), ([], []))
            steps.append(at)
            values.append(float(value))
