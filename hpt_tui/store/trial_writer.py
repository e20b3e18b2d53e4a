"""Writes a running trial into a database: whatever has gathered in one short transaction.

Every write may be repeated after a failure of which nobody knows whether it got through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy
from optuna.exceptions import StorageInternalError
from optuna.storages._rdb import models
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from hpt_tui.store.metrics import METRICS
from hpt_tui.store.pending import Pending
from hpt_tui.store.tables import PARAMS, STEPS, STUDIES, STUDY, SYSTEM, TRIALS, USER, VALUES
from hpt_tui.store.tally import Beyond, DatabaseTally, NoRoomError, Room

DIALECTS = ("sqlite", "postgresql", "mysql")


Rows = list[dict[str, object]]


class TrialWriter:
    """The statements of one database. All methods raise StorageInternalError when it fails."""

    def __init__(self, engine: sqlalchemy.Engine) -> None:
        self._engine = engine
        name = engine.dialect.name
        self._params = _upsert(name, PARAMS, ("trial_id", "param_name"), ("param_value", "distribution_json"))
        self._values = _upsert(name, VALUES, ("trial_id", "objective"), ("value", "value_type"))
        kept = ("intermediate_value", "intermediate_value_type")
        self._steps = _upsert(name, STEPS, ("trial_id", "step"), kept)
        self._user = _upsert(name, USER, ("trial_id", "key"), ("value_json",))
        self._system = _upsert(name, SYSTEM, ("trial_id", "key"), ("value_json",))

    def room(self, tally: DatabaseTally, *, new: bool = False) -> Room:
        """Whether one more trial, enqueued or ``new``, could be taken just now; nothing is locked."""
        with _faults(), self._engine.connect() as connection:
            return tally.room(connection, new=new)

    def create(self, study_id: int, user: Mapping[str, str], tally: DatabaseTally | None = None) -> FrozenTrial:
        """A new RUNNING trial with these user attributes (name -> JSON), all in one transaction.

        Raises:
            KeyError: there is no such study.
            NoRoomError: by ``tally`` it would be one too many.
        """
        started = self._now()
        with self._transaction() as connection:
            _lock(connection, study_id, tally, new=True)
            row = {
                "study_id": study_id,
                "state": TrialState.RUNNING,
                "datetime_start": started.replace(tzinfo=None),
            }
            key = connection.execute(insert(TRIALS).values(row)).inserted_primary_key
            trial_id = int(key[0]) if key else 0
            number = _number(connection, study_id, trial_id)
            connection.execute(update(TRIALS).where(TRIALS.c.trial_id == trial_id).values(number=number))
            self._insert(connection, trial_id, Pending(user=dict(user)))
        return FrozenTrial(
            number=number,
            state=TrialState.RUNNING,
            value=None,
            datetime_start=started.astimezone().replace(tzinfo=None),
            datetime_complete=None,
            params={},
            distributions={},
            user_attrs={},
            system_attrs={},
            intermediate_values={},
            trial_id=trial_id,
        )

    def take(
        self,
        study_id: int,
        trial_id: int,
        user: Mapping[str, str],
        tally: DatabaseTally | Beyond | None = None,
    ) -> datetime | None:
        """Make a WAITING trial RUNNING, with these user attributes (name -> JSON), in one transaction. When, in
        naive local time; None if it waits no more.

        Raises:
            KeyError, NoRoomError: as :meth:`create`.
        """
        started = self._now()
        with self._transaction() as connection:
            _lock(connection, study_id, tally)
            if _state(connection, trial_id) is not TrialState.WAITING:
                return None
            taken = {"state": TrialState.RUNNING, "datetime_start": started.replace(tzinfo=None)}
            connection.execute(update(TRIALS).where(TRIALS.c.trial_id == trial_id).values(taken))
            self._insert(connection, trial_id, Pending(user=dict(user)))
        return started.astimezone().replace(tzinfo=None)

    def tell_once(self, study_id: int, key: str, told: Callable[[Connection, int], str | None]) -> bool:
        """Give the study an attribute that it does not have yet, in one transaction that nobody makes or takes a
        trial in; whether it got it. ``told`` gives its JSON, from the number that the next trial will have; None:
        not after all.

        Raises:
            KeyError: there is no such study.
        """
        c = STUDY.c
        with self._transaction() as connection:
            _lock(connection, study_id, None)
            there = select(c.value_json).where(c.study_id == study_id, c.key == key)
            if connection.execute(there).first() is not None:
                return False
            text = told(connection, _number(connection, study_id))
            if text is not None:
                connection.execute(insert(STUDY).values(study_id=study_id, key=key, value_json=text))
        return text is not None

    def find_running(self, study_id: int, key: str, text: str) -> int | None:
        """The id of the newest RUNNING trial whose user attribute ``key`` holds the JSON ``text``."""
        c = TRIALS.c
        query = (
            select(func.max(c.trial_id))
            .join(USER, USER.c.trial_id == c.trial_id)
            .where(c.study_id == study_id, c.state == TrialState.RUNNING)
            .where(USER.c.key == key, USER.c.value_json == text)
        )
        with _faults(), self._engine.connect() as connection:
            found = connection.execute(query).scalar()
        return None if found is None else int(found)

    def waits_with(self, study_id: int, key: str) -> bool:
        """Whether a WAITING trial has the user attribute ``key``."""
        c = TRIALS.c
        query = (
            select(c.trial_id)
            .join(USER, USER.c.trial_id == c.trial_id)
            .where(c.study_id == study_id, c.state == TrialState.WAITING, USER.c.key == key)
        )
        with _faults(), self._engine.connect() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def state(self, trial_id: int) -> TrialState | None:
        """The trial's state as it stands; None if it is gone."""
        with _faults(), self._engine.connect() as connection:
            query = select(TRIALS.c.state).where(TRIALS.c.trial_id == trial_id)
            found: TrialState | None = connection.execute(query).scalar()
        return found

    def write(self, trial_id: int, rows: Pending) -> TrialState | None:
        """Write ``rows`` if the trial still runs. Its state: None if the trial is gone, and any other than
        RUNNING says that nothing was written."""
        with self._transaction() as connection:
            state = _state(connection, trial_id)
            if state is TrialState.RUNNING:
                self._insert(connection, trial_id, rows)
        return state

    def finish(
        self, trial_id: int, rows: Pending, state: TrialState, values: Sequence[float] | None
    ) -> TrialState | None:
        """The same, and the trial's end with it: all or nothing. The state that the trial had before."""
        with self._transaction() as connection:
            before = _state(connection, trial_id)
            if before is TrialState.RUNNING:
                self._insert(connection, trial_id, rows)
                _execute(connection, self._values, _value_rows(trial_id, values or ()))
                ended = {"state": state, "datetime_complete": self._now().replace(tzinfo=None)}
                connection.execute(update(TRIALS).where(TRIALS.c.trial_id == trial_id).values(ended))
        return before

    def _insert(self, connection: Connection, trial_id: int, rows: Pending) -> None:
        own = {"trial_id": trial_id}
        params = [
            {**own, "param_name": name, "param_value": value, "distribution_json": text}
            for name, (value, text) in rows.params.items()
        ]
        _execute(connection, self._params, params)
        _execute(connection, self._steps, _step_rows(trial_id, rows.steps))
        _execute(connection, self._user, [{**own, "key": k, "value_json": v} for k, v in rows.user.items()])
        _execute(connection, self._system, [{**own, "key": k, "value_json": v} for k, v in rows.system.items()])
        new = rows.logged[_arrived(connection, trial_id, rows) :]
        logged: Rows = [{**own, "step": step, "entries": text} for step, text in new]
        _execute(connection, insert(METRICS), logged)

    def _now(self) -> datetime:
        """As exactly as the database keeps it."""
        now = datetime.now(UTC)
        return now.replace(microsecond=0) if self._engine.dialect.name == "mysql" else now

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with _faults(), self._engine.connect() as connection:
            if self._engine.dialect.name == "sqlite":
                # Take the lock at once: SQLite refuses to make a writer of a reader that somebody overtook.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise StorageInternalError("The trial could not be written.") from error


def _upsert(
    dialect: str, table: sqlalchemy.Table, unique: Sequence[str], kept: Sequence[str]
) -> sqlalchemy.Insert:
    """Insert a row, or give the one that is there the columns ``kept``."""
    if dialect == "mysql":
        statement = mysql.insert(table)
        return statement.on_duplicate_key_update({name: statement.inserted[name] for name in kept})
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    other = make(table)
    return other.on_conflict_do_update(
        index_elements=list(unique), set_={name: other.excluded[name] for name in kept}
    )


def _execute(connection: Connection, statement: sqlalchemy.Insert, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)


def _arrived(connection: Connection, trial_id: int, rows: Pending) -> int:
    """How many of the logged rows stand in the database: their table has no key that would tell."""
    if not rows.doubtful:
        return 0
    c = METRICS.c
    newest = select(c.step, c.entries).where(c.trial_id == trial_id).order_by(c.id.desc()).limit(rows.doubtful)
    there = [(step, text) for step, text in connection.execute(newest)][::-1]
    return next((n for n in range(len(there), 0, -1) if there[-n:] == rows.logged[:n]), 0)


def _step_rows(trial_id: int, steps: Mapping[int, float]) -> Rows:
    rows: Rows = []
    for step, number in steps.items():
        value, kind = models.TrialIntermediateValueModel.intermediate_value_to_stored_repr(number)
        rows.append(
            {"trial_id": trial_id, "step": step, "intermediate_value": value, "intermediate_value_type": kind}
        )
    return rows


def _value_rows(trial_id: int, values: Sequence[float]) -> Rows:
    rows: Rows = []
    for objective, number in enumerate(values):
        value, kind = models.TrialValueModel.value_to_stored_repr(number)
        rows.append({"trial_id": trial_id, "objective": objective, "value": value, "value_type": kind})
    return rows


def _lock(
    connection: Connection, study_id: int, tally: DatabaseTally | Beyond | None, *, new: bool = False
) -> None:
    """Let nobody else make a trial of the study, or take one: its row is the lock, as in Optuna, for trials are
    numbered one by one.

    Raises:
        KeyError: there is no such study.
        NoRoomError: by ``tally`` there is no room for one more.
    """
    locked = select(STUDIES.c.study_id).where(STUDIES.c.study_id == study_id).with_for_update()
    if connection.execute(locked).first() is None:
        raise KeyError(models.NOT_FOUND_MSG)
    if tally is not None and (room := tally.room(connection, new=new)) is not Room.FREE:
        raise NoRoomError(room)


def _state(connection: Connection, trial_id: int) -> TrialState | None:
    query = select(TRIALS.c.state).where(TRIALS.c.trial_id == trial_id).with_for_update()
    state: TrialState | None = connection.execute(query).scalar()
    return state


def _number(connection: Connection, study_id: int, trial_id: int | None = None) -> int:
    """One more than the trial before, or than the last one: what counting all those before gives, without counting
    them."""
    c = TRIALS.c
    earlier = select(c.number).where(c.study_id == study_id)
    earlier = earlier if trial_id is None else earlier.where(c.trial_id < trial_id)
    last = connection.execute(earlier.order_by(c.trial_id.desc()).limit(1)).scalar()
    return 0 if last is None else int(last) + 1
