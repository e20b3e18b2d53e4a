"""Keeping a table of trials up with the database, at a cost that grows with what changed."""

from __future__ import annotations

from collections.abc import Iterable

from hpt_tui.store import keys
from hpt_tui.store.sql.database import Database
from hpt_tui.store.sql.details import read_details, to_row
from hpt_tui.store.sql.following import Following
from hpt_tui.store.sql.heads import Head, Heads, heads_after, heads_by_id, newest_id, no_longer_waiting
from hpt_tui.store.sql.reported import read_reports
from hpt_tui.store.sql.shelf import Shelf
from hpt_tui.store.sql.trial_table import RUNNING, TrialTable

SETTLING = 3.0
"""Seconds after which a trial that has ended is looked at once more: its worker may have written on."""
MOST_NEW = 2_000
"""New trials that one poll reads; the rest is read by the next ones."""
NEXT = 50
"""Waiting trials that are always read."""
GIVING_UP = 60.0
"""Seconds after which a missing number is no longer waited for."""


class AnotherStudyError(Exception):
    """The ids of the trials mean others than before: the study was deleted and made anew."""


class Refresh:
    """Re-reads what may have changed: open trials by their ids (in-place changes don't move ids), those that have
    just ended, and what has come since.

    A server may show a trial after one with a larger id. Its number is then missing, and what follows the gap is
    read again until it is there.
    """

    def __init__(self, db: Database, study_id: int, table: TrialTable, shelf: Shelf) -> None:
        self._db, self._study_id, self._table, self._shelf = db, study_id, table, shelf
        self.following = Following(db)
        self._settling: dict[int, float] = {}
        """By id, when to look at a trial once more."""
        self._gaps: dict[int, float] = {}
        """By number, when to stop waiting for it."""
        self._passed = 0
        """No trial up to this id is still to come."""
        self._met, self._met_at = 0, -float("inf")
        """The newest trial of all studies, and when that was; what there was of ours had all been read."""
        self._last = -float("inf")
        self._more = False

    @property
    def behind(self) -> bool:
        """Whether there is something that this poll left for the next one."""
        return self._more or self.following.behind

    def due(self, now: float) -> bool:
        """Whether it is time to look at a trial once more that has ended."""
        return any(at <= now for at in self._settling.values())

    def look_again(self, ids: Iterable[int], now: float) -> None:
        """Read the trials ``ids`` at the next poll."""
        self._settling.update(dict.fromkeys(ids, now))

    def read(self, now: float, *, logs: bool) -> None:
        """Read what may have changed; ``logs``: our own table is there.

        Raises:
            AnotherStudyError: begin anew.
        """
        before = self._watched()
        due = [trial_id for trial_id, at in self._settling.items() if at <= now]
        anchor = self._table.anchor
        asked = {*before, *due, *([anchor.trial_id] if anchor else [])}
        known = {head.trial_id: head for head in heads_by_id(self._db, self._study_id, sorted(asked))}
        self._check(before.values(), known)
        new = {head.trial_id: head for head in self._new(now)}
        changed = [i for i, head in before.items() if known[i].state != head.state]
        self._renew(known | new, {*changed, *due, *new}, now, logs=logs)
        self._shelf.recheck(due, logs=logs)
        for trial_id in due:
            del self._settling[trial_id]
        for trial_id in changed:
            self._shelf.forget(trial_id)
            self._settling[trial_id] = now + SETTLING
        self._last = now

    def _watched(self) -> dict[int, Head]:
        """The open trials to be read: all that run, and of those that wait, which may be thousands, the next ones
        and those that wait no more."""
        running = {i: head for i, head in self._table.open.items() if head.state == RUNNING}
        waiting = [i for i in self._table.open if i not in running]
        begun = no_longer_waiting(self._db, waiting[NEXT:]) if len(waiting) > NEXT else []
        return running | {i: self._table.open[i] for i in (*waiting[:NEXT], *begun)}

    def _renew(self, heads: dict[int, Head], fresh: set[int], now: float, *, logs: bool) -> None:
        running = [head.trial_id for head in heads.values() if head.state == RUNNING]
        reports = dict(self.following.follow(running, logs=logs))
        fresh = {i for i in fresh if i in heads}
        reports |= read_reports(self._db, sorted(fresh - reports.keys()))
        details = read_details(self._db, sorted(fresh | set(running)))
        table, clock = self._table, self._table.clock
        for trial_id, found in details.items():
            head = heads[trial_id]
            if isinstance(found.told.get(keys.TRIAL_WORKER), str):
                clock.prove_utc(head.number)
            elif trial_id in fresh and head.state == RUNNING:
                clock.observe(head.number, head.started, self._last, now)
            row = to_row(head, found, reports[trial_id], clock)
            table.put(head, table.remarked(head, row))

    def _new(self, now: float) -> list[Head]:
        table = self._table
        newest, more_after = self._newest(now)
        if more_after is not None and not len(newest):
            table.last_id = more_after
        found = list(newest)
        awaited = [g for g in table.gaps() if now < self._gaps.setdefault(g, now + GIVING_UP)]
        if awaited and not self._db.orderly:
            after = min(table.id_of.get(number, -1) for number in awaited)
            found += heads_after(self._db, self._study_id, after, MOST_NEW)[0]
        return [head for head in found if head.trial_id not in table.number_of]

    def _newest(self, now: float) -> tuple[Heads, int | None]:
        """The next trials that are not known, and the id after which there may be more.

        A server may have to walk over all newer trials of other studies for it: those that were there a while ago
        are passed over.
        """
        newest_of_all = 0 if self._db.orderly else newest_id(self._db)
        after = max(self._table.last_id, self._passed)
        newest, more_after = heads_after(self._db, self._study_id, after, MOST_NEW)
        self._more = more_after is not None
        if not self._more and now - self._met_at >= GIVING_UP:
            self._passed, self._met, self._met_at = self._met, newest_of_all, now
        return newest, more_after

    def _check(self, before: Iterable[Head], known: dict[int, Head]) -> None:
        for head in before:
            now = known.get(head.trial_id)
            if now is None or not head.goes_on_as(now):
                raise AnotherStudyError
        anchor = self._table.anchor
        if anchor is not None:
            now = known.get(anchor.trial_id)
            if now is None or now.state != anchor.state or not anchor.goes_on_as(now):
                raise AnotherStudyError
