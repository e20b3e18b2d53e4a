"""Going over all trials of a study in statements that are each over in a blink."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hpt_tui.domain.trials import Ints
from hpt_tui.store.sql.database import Database, Row

BLINK = 0.06
"""Seconds that the statements of one portion are to take."""
_FIRST, _MOST = 50, 20_000
_DENSE = 0.5


@dataclass(frozen=True, slots=True)
class Portion:
    """Trials with adjacent ids, and how to ask for them."""

    db: Database
    study_id: int
    ids: Ints
    """Ascending; at least one."""

    def fetch(
        self, select: str, column: str = "trial_id", args: Sequence[object] = (), tail: str = ""
    ) -> list[Row]:
        """The rows of ``select``, which ends where a condition on ``column`` follows, then ``tail``."""
        first, last = int(self.ids[0]), int(self.ids[-1])
        span: list[object] = [first, last]
        if len(self.ids) >= _DENSE * (last - first + 1):
            return self.db.fetch(f"{select} {column} BETWEEN ? AND ? {tail}", (*args, *span))
        # Most ids in between belong to other studies.
        own = "SELECT t.trial_id FROM trials t WHERE t.study_id = ? AND t.trial_id BETWEEN ? AND ?"
        return self.db.fetch(f"{select} {column} IN ({own}) {tail}", (*args, self.study_id, *span))

    def index(self, rows: Sequence[Row]) -> Ints:
        """(n,) which of the ids each row begins with; -1 for none of them."""
        try:
            ids = np.array([row[0] for row in rows], dtype=np.int64)
        except (TypeError, ValueError, OverflowError):
            ids = np.array([row[0] if type(row[0]) is int else -1 for row in rows], dtype=np.int64)
        at = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return np.where(self.ids[at] == ids, at, -1)


class Sweep:
    """Reads trials portion by portion; a portion that fails is read again."""

    def __init__(self, db: Database, study_id: int, ids: Ints, read: Callable[[Portion, int], None]) -> None:
        """``read`` takes a portion and the place of its first trial among ``ids`` (ascending)."""
        self._db, self._study_id, self._ids, self._read = db, study_id, ids, read
        self.done = 0
        """How many trials have been read."""
        self._size = _FIRST

    @property
    def over(self) -> bool:
        return self.done >= len(self._ids)

    def step(self) -> None:
        """Read the next portion."""
        portion = Portion(self._db, self._study_id, self._ids[self.done : self.done + self._size])
        before = time.perf_counter()
        self._read(portion, self.done)
        took = time.perf_counter() - before
        self.done += len(portion.ids)
        self._size = min(_MOST, max(1, int(self._size * min(2.0, max(0.25, BLINK / max(took, 1e-6))))))
