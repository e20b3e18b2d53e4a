"""One study as it is read, from the first look to the last."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import numpy as np

from hpt_tui.domain.snapshot import EMPTY_SNAPSHOT, Outline, StudySnapshot
from hpt_tui.domain.space import Range
from hpt_tui.domain.trial import Curve
from hpt_tui.domain.trials import Trials
from hpt_tui.store.sql.curves import CurveChoice
from hpt_tui.store.sql.database import Database
from hpt_tui.store.sql.heads import Heads, heads_after, joined
from hpt_tui.store.sql.logged import TABLE
from hpt_tui.store.sql.opening import Opening
from hpt_tui.store.sql.outline import FirstSight, first_sight, more_than
from hpt_tui.store.sql.refresh import AnotherStudyError, Refresh
from hpt_tui.store.sql.shelf import Shelf
from hpt_tui.store.sql.study_rows import StudyAttributes, StudyRow, find_row
from hpt_tui.store.sql.trial_clock import TrialClock
from hpt_tui.store.sql.trial_table import TrialTable
from hpt_tui.store.study_facts import SEEN

BIG = 5_000
"""Trials from which on a study is shown in outline first."""
PIECE = 0.25
"""Seconds that one poll of a study that is still being read takes."""
_PAGE = 10_000


class Book:
    """Reads one study; :class:`~hpt_tui.store.sql.reader.SqlReader` makes another one when it is deleted."""

    def __init__(self, db: Database, name: str, study: StudyRow, logs: str, clock: Callable[[], float]) -> None:
        self._db, self._study, self._clock = db, study, clock
        self._attributes = StudyAttributes(db, name, study)
        self._times = TrialClock(study.created_by)
        self._table = TrialTable(len(study.directions), self._times)
        self._shelf = Shelf(db)
        self._choice = CurveChoice(db, self._shelf, logs)
        self._refresh = Refresh(db, study.study_id, self._table, self._shelf)
        self._listed: list[Heads] = []
        self._list_after: int | None = -1
        self._opening: Opening | None = None
        self._sight: FirstSight | None = None
        self._logs = False
        self._last = EMPTY_SNAPSHOT
        self._shown: tuple[object, ...] = ()
        self._seen: Mapping[str, Range] = {}
        self._seen_from: tuple[object, ...] = ()

    @property
    def study_id(self) -> int:
        return self._study.study_id

    @property
    def behind(self) -> bool:
        """Whether there is more to read than the last poll has."""
        return self._opening is None or not self._opening.over or self._refresh.behind or self._choice.behind

    @property
    def growing(self) -> bool:
        """Whether curves may grow though the database does not change."""
        return self._choice.growing

    def read(self) -> None:
        """Read what has changed, or the next piece of a study that is still being read.

        Raises:
            StorageLostError: the next call goes on where this one failed.
            AnotherStudyError: the study was deleted and made anew.
        """
        now = self._clock()
        self._check_empty()
        self._attributes.read()
        self._logs = self._logs or bool(self._db.columns(TABLE))
        if self._begun and more_than(self._db, self._study.study_id, BIG):
            self._sight = first_sight(self._db, self._study, self._times, now)
            self._remark(self._sight.table)
            return
        until = time.perf_counter() + PIECE
        while not self._opened(now) and time.perf_counter() < until:
            pass
        if self._drawable:
            self._refresh.read(now, logs=self._logs)
            self._remark(self._table)

    def show(self, looking_at: frozenset[int]) -> StudySnapshot:
        """The study as it was read last, with the curves of the trials ``looking_at``; the very same snapshot as
        long as nothing has changed."""
        facts, outline = self._attributes.facts, self._outline()
        table = self._table if outline is None or self._sight is None else self._sight.table
        trials = table.photo()
        curves: Mapping[int, tuple[Curve, ...]] = {}
        # The first sight of a big study is there before its curves are.
        if outline is None or self._last is not EMPTY_SNAPSHOT:
            following = self._refresh.following if outline is None else None
            directions = self._study.directions
            single = directions[0] if len(directions) == 1 else None
            self._choice.follow(facts.record)
            curves = self._choice.choose(table, following, looking_at, single, (facts.metric, self._logs))
        shown = (trials, curves, facts, outline, self._attributes.notes)
        if shown != self._shown:
            self._shown = shown
            notes = {table.number_of[i]: text for i, text in shown[-1].items() if i in table.number_of}
            self._last = facts.snapshot(trials, curves, self._space(trials), outline, notes)
        return self._last

    @property
    def due(self) -> bool:
        """Whether it is time to look at a trial once more that has ended, though the database did not change."""
        return self._drawable and self._refresh.due(self._clock())

    def _remark(self, table: TrialTable) -> None:
        """Mark in ``table`` what people say of trials."""
        table.note(frozenset(self._attributes.notes))
        table.star(self._attributes.facts.starred)

    def _check_empty(self) -> None:
        # No trial tells an empty study from one that was deleted and made anew under its id.
        empty = self._opening is not None and not self._table.id_of
        if empty and find_row(self._db, self._study.study_id) != self._study:
            raise AnotherStudyError

    def _outline(self) -> Outline | None:
        if self._sight is None or self._drawable:
            return None
        return Outline(self._sight.counts, self._opening.done if self._opening is not None else 0)

    @property
    def _drawable(self) -> bool:
        return self._opening is not None and self._opening.drawable

    @property
    def _begun(self) -> bool:
        """Whether nothing has been read yet."""
        return self._opening is None and self._sight is None and not self._listed

    def _opened(self, now: float) -> bool:
        """Take the next step to the whole table; whether there is none left."""
        opening = self._opening
        if opening is None:
            self._list(now)
            return False
        if opening.over:
            return True
        if last := opening.step():
            self._refresh.look_again(opening.unclear, now)
        return last

    def _list(self, now: float) -> None:
        page, self._list_after = heads_after(self._db, self._study.study_id, self._list_after or 0, _PAGE)
        self._listed.append(page)
        if self._list_after is not None:
            return
        heads = self._table.lay(joined(self._listed), now)
        self._opening = Opening(self._db, self._study.study_id, self._table, heads)
        self._listed = []
        # Their curves were read while they ran, and some may have ended since.
        for trial_id in self._sight.table.open if self._sight is not None else ():
            self._shelf.forget(trial_id)

    def _space(self, trials: Trials) -> Mapping[str, Range]:
        facts, params = self._attributes.facts, trials.columns.params
        if self._seen_from != (facts, params):
            self._seen_from = (facts, params)
            self._seen = facts.seen_space([_newest_ranges(trials)])
        return self._seen


def _newest_ranges(trials: Trials) -> Mapping[str, Range]:
    """What the newest trials were drawn from: by parameter, the range of the newest one that has it."""
    found = {}
    for name, column in trials.columns.params.items():
        drawn = column.drawn[-SEEN:]
        known = np.array([*column.known, False])[drawn]
        if known.any():
            found[name] = column.ranges[int(drawn[known][-1])]
    return found
