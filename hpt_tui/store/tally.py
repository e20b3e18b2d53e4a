"""Whether a study has room for one more trial: the exact budget, by the finished trials and those that run, and
the budget of steps.

In a database the question is asked in the very transaction that takes the trial, with the study's row locked: of
any number of workers, on whatever machines, one gets the last place. Any other storage is asked before a trial is
taken, and once more when that shows in the study (:mod:`hpt_tui.worker.claim`).

A running trial holds its place as long as its worker's lease stands, unless that worker is known to be dead, here.
Elsewhere nobody can know: its place is free once somebody has taken it for dead and failed its trial
(:mod:`hpt_tui.store.burial`), so that it can come back and change nothing. Of a budget of steps it holds those
that it still has to go if it is as long as the longest complete one: however many run at once, the steps come out
over the budget by less than one trial's.

The runs of the final validation (G28) use up nothing of either budget, and are taken beyond it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import sqlalchemy
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import Connection, select

from hpt_tui.store import keys
from hpt_tui.store.places import (
    by_hand,
    counts,
    held_up,
    holding,
    judged,
    judged_with_steps,
    limit_of,
    steps_of,
    workers_of,
    workers_of_all,
)
from hpt_tui.store.plan_documents import PHASE, PLAN
from hpt_tui.store.room import NoRoomError as NoRoomError
from hpt_tui.store.room import Room as Room
from hpt_tui.store.sql.database import portions
from hpt_tui.store.step_count import DatabaseSteps, StorageSteps
from hpt_tui.store.step_documents import KEPT, MAX_STEPS
from hpt_tui.store.tables import STUDY, TRIALS, USER


class DatabaseTally:
    """The finished trials of a study in a database, counted as they finish: a look is at those that were not
    finished at the last one, and at the new ones. Trials that were interrupted or lost don't count."""

    def __init__(self, study_id: int) -> None:
        self._study_id = study_id
        self._finished, self._seen = 0, 0
        self._unfinished: list[int] = []
        self._steps = DatabaseSteps(study_id)

    def room(self, connection: Connection, *, new: bool = False) -> Room:
        """As the study is now, for an enqueued trial or a ``new`` one; it stays so while its row is locked."""
        # The workers before the trials: one that ends its trial and goes in between must not be missed with both.
        attributes = self._attributes(connection)
        if held_up(attributes, new=new):
            return Room.TAKEN
        room, steps = Room.FREE, steps_of(attributes)
        if (limit := limit_of(attributes)) is not None:
            workers = self._look(connection)
            room = judged(attributes, limit, workers, self._finished)
        if room is not Room.FREE or steps is None:
            return room
        ran = self._steps.look(connection)
        return judged_with_steps(steps, attributes, ran, lambda: workers_of(_told(connection, list(ran.running))))

    @property
    def beyond(self) -> Beyond:
        """For a trial that uses up nothing of the budget."""
        return Beyond(self)

    def held_up(self, connection: Connection) -> bool:
        """Whether no trial may start, whatever their number."""
        return held_up(self._attributes(connection))

    def spent(self, connection: Connection) -> tuple[int, int]:
        """How many trials have used up one of the budget, and how many run and hold their place."""
        attributes, workers = self._attributes(connection), self._look(connection)
        return self._finished, len(holding(attributes, workers))

    def _attributes(self, connection: Connection) -> keys.Attributes:
        """Those that are looked at."""
        c = STUDY.c
        named = c.key.in_((keys.BUDGET, keys.STOP, keys.PAUSE, keys.MANUAL, PLAN, MAX_STEPS))
        started = (c.key.startswith(prefix) for prefix in (keys.WORKER, PHASE, KEPT))
        wanted = sqlalchemy.or_(named, *started)
        rows = connection.execute(select(c.key, c.value_json).where(c.study_id == self._study_id, wanted))
        return {key: json.loads(text) for key, text in rows}

    def _look(self, connection: Connection) -> list[str]:
        """Count what has finished; the workers of what runs."""
        c = TRIALS.c
        found: dict[int, TrialState] = {}
        for some in portions(self._unfinished):
            found.update(_states(connection, c.trial_id.in_(some)))
        new = (c.study_id == self._study_id) & (c.trial_id > self._seen)
        found.update(_states(connection, new))
        running = [i for i, state in found.items() if state is TrialState.RUNNING]
        # Of a new one that is complete nothing is asked but whether it is a run of the final validation.
        asked = {*self._unfinished, *_validations(connection, self._study_id, self._seen)}
        told = _told(
            connection, [i for i, s in found.items() if s in (TrialState.FAIL, TrialState.RUNNING) or i in asked]
        )
        # All at once: should the connection break before, nothing was counted.
        finished = ((state, told.get(i, {})) for i, state in found.items() if state.is_finished())
        self._finished += sum(counts(state, end) for state, end in finished)
        self._unfinished = [i for i, state in found.items() if not state.is_finished()]
        self._seen = max([self._seen, *found])
        return workers_of_all(told.get(i, {}) for i in running)


class Beyond:
    """A tally that knows no budget."""

    def __init__(self, tally: DatabaseTally) -> None:
        self._tally = tally

    def room(self, connection: Connection, *, new: bool = False) -> Room:
        return Room.TAKEN if self._tally.held_up(connection) else Room.FREE


class StorageTally:
    """The same over any storage of Optuna's."""

    def __init__(self, storage: BaseStorage, study_id: int) -> None:
        self._storage, self._study_id = storage, study_id
        self._finished, self._seen = 0, 0
        self._steps = StorageSteps()
        self._unfinished: list[int] = []
        """Their places among the first ``_seen`` trials, which keep them: numbers are given one by one."""

    def draws(self) -> bool:
        """Whether a trial may be one that nobody has enqueued."""
        return not by_hand(self._attributes())

    def room(self) -> Room:
        """As the study is now, for a moment."""
        attributes = self._attributes()
        if held_up(attributes):
            return Room.TAKEN
        return self._judged(attributes, lambda running: running)

    def room_beyond(self) -> Room:
        """The same for a trial that uses up nothing of the budget."""
        return Room.TAKEN if held_up(self._attributes()) else Room.FREE

    def room_for(self, trial_id: int, *, new: bool) -> Room:
        """Whether the trial, which shows as running, has a place beside the others that do.

        Of any that show at once at most as many are told FREE as there are places: whoever shows last sees all the
        others. Among ``new`` ones, which are numbered as they come, the later one yields; against one that was
        enqueued, whose number says nothing of when it was taken, both do.
        """

        def others(running: list[FrozenTrial]) -> list[FrozenTrial]:
            number = next((t.number for t in running if t._trial_id == trial_id), None)
            earlier = number if new else None
            return [t for t in running if t._trial_id != trial_id and (earlier is None or t.number < earlier)]

        attributes = self._attributes()
        if new and by_hand(attributes):
            return Room.TAKEN
        return self._judged(attributes, others)

    def _judged(
        self, attributes: keys.Attributes, beside: Callable[[list[FrozenTrial]], list[FrozenTrial]]
    ) -> Room:
        """Whether there is room beside those of the running trials."""
        room, limit, steps = Room.FREE, limit_of(attributes), steps_of(attributes)
        if limit is None and steps is None:
            return room
        trials = self._storage.get_all_trials(self._study_id, deepcopy=False)
        running = [t for t in self._count(trials) if t.state is TrialState.RUNNING]
        told = {t._trial_id: t.user_attrs for t in beside(running)}
        if limit is not None:
            room = judged(attributes, limit, workers_of_all(told.values()), self._finished)
        if room is not Room.FREE or steps is None:
            return room
        return judged_with_steps(steps, attributes, self._steps.look(trials), lambda: workers_of(told))

    def spent(self) -> tuple[int, int]:
        """As :meth:`DatabaseTally.spent`."""
        attributes = self._attributes()
        trials = self._storage.get_all_trials(self._study_id, deepcopy=False)
        running = [t for t in self._count(trials) if t.state is TrialState.RUNNING]
        return self._finished, len(holding(attributes, workers_of_all(t.user_attrs for t in running)))

    def _attributes(self) -> keys.Attributes:
        return self._storage.get_study_user_attrs(self._study_id)

    def _count(self, trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
        """Count those that have finished; the others."""
        places = [*self._unfinished, *range(self._seen, len(trials))]
        self._unfinished = [place for place in places if not trials[place].state.is_finished()]
        ended = (trials[place] for place in places if trials[place].state.is_finished())
        self._finished += sum(counts(t.state, t.user_attrs) for t in ended)
        self._seen = len(trials)
        return [trials[place] for place in self._unfinished]


def _states(connection: Connection, which: sqlalchemy.ColumnElement[bool]) -> list[tuple[int, TrialState]]:
    rows = connection.execute(select(TRIALS.c.trial_id, TRIALS.c.state).where(which))
    return [(trial, state) for trial, state in rows]


def _validations(connection: Connection, study_id: int, after: int) -> set[int]:
    """The runs of the final validation among the trials of higher ids."""
    c = TRIALS.c
    query = select(c.trial_id).join(USER, USER.c.trial_id == c.trial_id)
    new = (c.study_id == study_id) & (c.trial_id > after)
    return set(connection.execute(query.where(new, USER.c.key == keys.TRIAL_VALIDATES)).scalars())


def _told(connection: Connection, trials: Sequence[int]) -> dict[int, dict[str, object]]:
    """By trial, what it says of its worker, of its end, and of what it validates."""
    c, found = USER.c, dict[int, dict[str, object]]()
    for some in portions(trials):
        wanted = c.trial_id.in_(some), c.key.in_((keys.TRIAL_WORKER, keys.TRIAL_END, keys.TRIAL_VALIDATES))
        for trial, key, text in connection.execute(select(c.trial_id, c.key, c.value_json).where(*wanted)):
            found.setdefault(trial, {})[key] = json.loads(text)
    return found
