"""How many steps the trials of a study have run, counted as they run them: a finished trial is counted once, and
of those that are not finished the database counts the rows. No curve is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import Connection, func, select

from hpt_tui.store import keys
from hpt_tui.store.sql.database import portions
from hpt_tui.store.tables import STEPS, TRIALS, USER


@dataclass(frozen=True, slots=True)
class Ran:
    """What the trials of a study have reported."""

    total: int
    """All of them, whatever became of them; what a retry goes on from is in there twice."""
    running: Mapping[int, int]
    """By the id of a running trial."""
    longest: int
    """The longest complete trial; 0 without any."""


class _Count:
    """What is known of the trials that have been looked at."""

    def __init__(self) -> None:
        self._finished = self._longest = self._seen = 0
        self._unfinished: list[int] = []

    def _take(self, found: Mapping[int, tuple[TrialState, int]], seen: int) -> Ran:
        """``found``: state and reports of the trials that were not finished at the last look, and of the new ones,
        by whatever names them; ``seen``: up to where there are no more new ones."""
        over = [(state, steps) for state, steps in found.values() if state.is_finished()]
        self._finished += sum(steps for _, steps in over)
        self._longest = max([self._longest, *(n for state, n in over if state is TrialState.COMPLETE)])
        unfinished = {i: said for i, said in found.items() if not said[0].is_finished()}
        self._unfinished, self._seen = list(unfinished), seen
        total = self._finished + sum(steps for _, steps in unfinished.values())
        running = {i: steps for i, (state, steps) in unfinished.items() if state is TrialState.RUNNING}
        return Ran(total, running, self._longest)


class DatabaseSteps(_Count):
    """Of a study in a database."""

    def __init__(self, study_id: int) -> None:
        super().__init__()
        self._study_id = study_id

    def look(self, connection: Connection) -> Ran:
        """As the study is now."""
        c = TRIALS.c
        found = {}
        for some in portions(self._unfinished):
            found.update(_counted(connection, c.trial_id.in_(some)))
        new = sqlalchemy.and_(c.study_id == self._study_id, c.trial_id > self._seen, ~_validates())
        found.update(_counted(connection, new))
        return self._take(found, max([self._seen, *found]))


class StorageSteps(_Count):
    """Of a study in any other storage."""

    def look(self, trials: Sequence[FrozenTrial]) -> Ran:
        """``trials``: all that the study has, by number."""
        new = (p for p in range(self._seen, len(trials)) if keys.TRIAL_VALIDATES not in trials[p].user_attrs)
        places = [*self._unfinished, *new]
        ran = self._take({p: (trials[p].state, len(trials[p].intermediate_values)) for p in places}, len(trials))
        return Ran(ran.total, {trials[p]._trial_id: steps for p, steps in ran.running.items()}, ran.longest)


def _validates() -> sqlalchemy.ColumnElement[bool]:
    """Whether a trial is a run of the final validation, which uses up nothing."""
    c = USER.c
    told = select(c.trial_id).where(c.trial_id == TRIALS.c.trial_id, c.key == keys.TRIAL_VALIDATES)
    return told.exists()


def _counted(connection: Connection, which: sqlalchemy.ColumnElement[bool]) -> dict[int, tuple[TrialState, int]]:
    """By trial, its state and how many reports it has."""
    c = TRIALS.c
    reports = select(func.count()).select_from(STEPS).where(STEPS.c.trial_id == c.trial_id).scalar_subquery()
    rows = connection.execute(select(c.trial_id, c.state, reports).where(which))
    return {trial: (state, int(steps)) for trial, state, steps in rows}
