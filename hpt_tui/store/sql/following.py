"""The running trials' curves, kept up from poll to poll at a cost that grows with what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hpt_tui.domain.trial import Curve
from hpt_tui.store.sql import logged, reported
from hpt_tui.store.sql.database import Database
from hpt_tui.store.sql.details import Reports
from hpt_tui.store.sql.logged import Logged
from hpt_tui.store.sql.sane import whole
from hpt_tui.store.sql.series import Series

AGAIN = 2_000
"""Points a poll that are read though they are known, trial by trial in turn: a value may be written over."""
FIRST = 50_000
"""Points a poll that are read of trials seen running for the first time; the other trials wait."""

_TOP = "SELECT MAX(trial_intermediate_value_id) FROM trial_intermediate_values"


class Following:
    """Follows trials by the ids of their rows, which grow. Where a server shows a lower id after a higher one,
    the number of rows gives it away, and the trial is read anew."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._trials: dict[int, tuple[Series, Logged]] = {}
        self._top = self._top_logged = self._turn = 0
        self.behind = False
        """Whether there are trials that have not been read yet."""

    def follow(self, ids: Sequence[int], *, logs: bool) -> Mapping[int, Reports]:
        """Read what is new of the running trials ``ids``, and forget all others; ``logs``: our table is there."""
        self._trials = {i: self._trials[i] for i in ids if i in self._trials}
        known = list(self._trials)
        top = whole(self._db.fetch(_TOP)[0][0]) or 0
        self._read_on(known)
        self._top = top
        if logs:
            top = logged.newest_logged(self._db)
            self._read_logs_on(known)
            self._top_logged = top
        self._begin([i for i in ids if i not in self._trials], logs=logs)
        waiting = [i for i in ids if i not in self._trials]
        self.behind = bool(waiting)
        seen = {trial_id: reported.in_short(its) for trial_id, (its, _) in self._trials.items()}
        return seen | dict(reported.read_reports(self._db, waiting))

    def curves(self, trial_id: int, number: int, metric: str) -> tuple[Curve, ...] | None:
        """A followed trial's curves, the reported one first; None for a trial that is not followed."""
        if trial_id not in self._trials:
            return None
        its, logs = self._trials[trial_id]
        return (*reported.reported_curve(its, number, metric), *logs.curves(number, metric))

    def _begin(self, ids: Sequence[int], *, logs: bool) -> None:
        room = FIRST
        for trial_id in ids:
            if room <= 0:
                return
            its = reported.read_reported(self._db, trial_id)
            self._trials[trial_id] = its, logged.read_logged(self._db, trial_id) if logs else Logged()
            room -= len(its)

    def _read_on(self, ids: Sequence[int]) -> None:
        again = self._in_turn(ids)
        for trial_id, series in reported.read_whole(self._db, again).items():
            self._trials[trial_id][0].add_all(series)
        rest = [i for i in ids if i not in again]
        for trial_id, point in reported.read_new(self._db, self._top, rest):
            self._trials[trial_id][0].add([point[0]], [point[1]])
        if rest and not self._db.orderly:
            for trial_id, count in reported.count_reported(self._db, rest).items():
                if count != len(self._trials[trial_id][0]):
                    self._trials[trial_id] = (
                        reported.read_reported(self._db, trial_id),
                        self._trials[trial_id][1],
                    )

    def _read_logs_on(self, ids: Sequence[int]) -> None:
        for trial_id, rows in logged.read_new_logged(self._db, self._top_logged, ids).items():
            self._trials[trial_id][1].take(rows)
        # Also where ids appear in their order: a new trial may have the id, and the rows, of a deleted one.
        for trial_id, count in logged.count_logged(self._db, ids).items():
            if count != self._trials[trial_id][1].rows:
                self._trials[trial_id] = self._trials[trial_id][0], logged.read_logged(self._db, trial_id)

    def _in_turn(self, ids: Sequence[int]) -> list[int]:
        """The next trials whose turn it is to be read in full."""
        if not ids:
            return []
        start = self._turn % len(ids)
        chosen, room = [], AGAIN
        for trial_id in (*ids[start:], *ids[:start]):
            room -= max(1, len(self._trials[trial_id][0]))
            if room < 0:
                break
            chosen.append(trial_id)
        self._turn = start + max(1, len(chosen))
        return chosen
