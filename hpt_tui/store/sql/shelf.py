"""The curves of trials that no longer change: read when they are looked at, kept while there is room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hpt_tui.domain.trial import Curve
from hpt_tui.store.sql import logged, reported
from hpt_tui.store.sql.database import Database
from hpt_tui.store.sql.logged import Logged
from hpt_tui.store.sql.series import Series

KEPT = 2_000_000
"""Points of all trials together (32 MB); beyond it, those that were not asked for lately are forgotten."""
AT_ONCE = 50_000
"""Rows that one poll reads; the rest is read by the next ones."""
_BATCH = 20_000


@dataclass(frozen=True, slots=True)
class _Kept:
    series: Series
    logs: Logged

    def __len__(self) -> int:
        return len(self.series) + len(self.logs)


class Shelf:
    """Keeps curves by trial id."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._points = 0

    def forget(self, trial_id: int) -> None:
        """The trial is to be read anew."""
        if (gone := self._kept.pop(trial_id, None)) is not None:
            self._points -= len(gone)

    def recheck(self, ids: Sequence[int], *, logs: bool) -> None:
        """Forget those of the trials ``ids`` that have other rows by now."""
        kept = [i for i in ids if i in self._kept]
        reports = reported.count_reported(self._db, kept)
        entries = logged.count_logged(self._db, kept) if logs else {}
        for trial_id in kept:
            now = self._kept[trial_id]
            if len(now.series) != reports[trial_id] or now.logs.rows != entries.get(trial_id, 0):
                self.forget(trial_id)

    def ask(self, ids: Sequence[int], *, logs: bool) -> bool:
        """Have the curves of the trials ``ids``, the first ones first; whether all are there now that fit in.

        ``logs``: our own table is there.
        """
        for trial_id in reversed(ids):
            if trial_id in self._kept:
                self._kept.move_to_end(trial_id)
        wanted = [i for i in ids if i not in self._kept]
        room = AT_ONCE
        for batch, rows in self._batches(wanted, logs=logs):
            if room <= 0:
                return False
            if not self._make_room(rows, frozenset(ids[: ids.index(batch[-1]) + 1])):
                return True
            self._read(batch, logs=logs)
            room -= rows
        return True

    def curves(self, trial_id: int, number: int, metric: str) -> tuple[Curve, ...]:
        """The curves of a trial, the reported one first; none of a trial that has not been read."""
        if (kept := self._kept.get(trial_id)) is None:
            return ()
        return (*reported.reported_curve(kept.series, number, metric), *kept.logs.curves(number, metric))

    def _batches(self, ids: Sequence[int], *, logs: bool) -> Iterator[tuple[list[int], int]]:
        """``ids`` in portions of few rows, with how many rows they are; a long trial alone."""
        if not ids:
            return
        sizes = dict(reported.count_reported(self._db, ids))
        for trial_id, rows in logged.count_logged(self._db, ids).items() if logs else ():
            sizes[trial_id] += rows
        batch: list[int] = []
        for trial_id in ids:
            if batch and sum(sizes[i] for i in (*batch, trial_id)) > _BATCH:
                yield batch, sum(sizes[i] for i in batch)
                batch = []
            batch.append(trial_id)
        yield batch, sum(sizes[i] for i in batch)

    def _read(self, ids: Sequence[int], *, logs: bool) -> None:
        if len(ids) == 1:
            found = {ids[0]: reported.read_reported(self._db, ids[0])}
            entries = {ids[0]: logged.read_logged(self._db, ids[0])} if logs else {}
        else:
            found = dict(reported.read_whole(self._db, ids))
            entries = {i: Logged() for i in ids}
            for trial_id, rows in logged.read_new_logged(self._db, 0, ids).items() if logs else ():
                entries[trial_id].take(rows)
        entries |= logged.read_chunks(self._db, [i for i in ids if not entries.get(i)])
        for trial_id in ids:
            kept = _Kept(found.get(trial_id) or Series(), entries.get(trial_id) or Logged())
            self._kept[trial_id] = kept
            self._points += len(kept)

    def _make_room(self, rows: int, dearer: frozenset[int]) -> bool:
        """Forget trials, but none of the ``dearer`` ones, until so many rows fit in, or nothing else is kept."""
        for trial_id in [i for i in self._kept if i not in dearer]:
            if self._points + rows <= KEPT:
                break
            self.forget(trial_id)
        return self._points + rows <= KEPT or not self._kept
