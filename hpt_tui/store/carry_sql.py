"""Copying trials between two studies of one database: its rows never leave it, a short transaction a handful.

On SQLite whoever writes keeps all others from writing, so each transaction copies some thousand rows at most, and
the pause after it is as long as it took.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import sqlalchemy
from optuna.distributions import distribution_to_json, json_to_distribution
from optuna.storages._rdb import models
from optuna.trial import TrialState
from sqlalchemy import Connection, and_, case, func, insert, literal_column, not_, or_, select, union_all

from hpt_tui.domain.redeclare import fits
from hpt_tui.domain.space import Choices, Range
from hpt_tui.store import keys
from hpt_tui.store.metrics import METRICS
from hpt_tui.store.tables import PARAMS, STEPS, STUDIES, SYSTEM, TRIALS, USER, VALUES
from hpt_tui.store.translate import to_distribution

CHUNK = 100
"""Trials that are looked at together."""
ROWS = 4_000
"""Reports of which one transaction copies as many at most, if one trial has no more."""


Row: TypeAlias = Any
"""What SQLAlchemy gives back of a select."""
Pairs: TypeAlias = Mapping[int, int]
"""Id of a trial -> id of its copy."""


class SqlCarrier:
    """Copies trials of study ``source`` to study ``target``, which declares ``space`` anew.

    All methods raise what SQLAlchemy raises. Each transaction holds the target's row, as whoever makes a trial
    there does, so that no trial is copied twice, from however many machines.
    """

    def __init__(
        self,
        engine: sqlalchemy.Engine,
        source: int,
        target: int,
        space: Mapping[str, Range],
        left_behind: Sequence[str],
    ) -> None:
        # Else MySQL locks what an INSERT reads, and the running trials' rows with it.
        level = {} if engine.dialect.name == "sqlite" else {"isolation_level": "READ COMMITTED"}
        self._engine = engine.execution_options(**level)
        self._source, self._target, self._space = source, target, space
        self._left_behind = left_behind
        self._logs = sqlalchemy.inspect(engine).has_table(METRICS.name)
        self._params = self._redeclared_params()

    def carry(self, states: Sequence[TrialState], progress: Callable[[int, int], None]) -> int:
        """Copy the trials in these states that are not there yet and fit; how many were copied."""
        pending, copied, done = self._pending(states), 0, 0
        for at in range(0, len(pending), CHUNK):
            chunk = pending[at : at + CHUNK]
            misfits = self._misfits([row.trial_id for row in chunk])
            for batch in self._batches([row for row in chunk if row.trial_id not in misfits]):
                started = time.monotonic()
                copied += self._copy(batch)
                progress(done := done + len(batch), len(pending))
                if self._engine.dialect.name == "sqlite":
                    time.sleep(min(0.1, time.monotonic() - started))
            done = at + len(chunk)
            progress(done, len(pending))
        return copied

    def _pending(self, states: Sequence[TrialState]) -> list[Row]:
        c = TRIALS.c
        wanted = select(c.trial_id, c.number).where(c.study_id == self._source, c.state.in_(states))
        with self._engine.connect() as connection:
            there = _origins(connection, self._target, None)
            return [r for r in connection.execute(wanted.order_by(c.number)) if r.number not in there]

    def _misfits(self, ids: Sequence[int]) -> set[int]:
        """The trials whose values the target cannot have."""
        if not self._space:
            return set()
        p, s = PARAMS.c, SYSTEM.c
        drawn = select(p.trial_id, p.param_name, p.param_value, p.distribution_json)
        drawn = drawn.where(p.trial_id.in_(ids), p.param_name.in_(list(self._space)))
        fixed = select(s.trial_id, s.value_json).where(s.trial_id.in_(ids), s.key == "fixed_params")
        found = set()
        with self._engine.connect() as connection:
            for trial_id, name, value, text in connection.execute(drawn):
                if not fits(self._space[name], json_to_distribution(text).to_external_repr(value)):
                    found.add(trial_id)
            for trial_id, text in connection.execute(fixed):
                enqueued = json.loads(text)
                if any(not fits(r, enqueued[name]) for name, r in self._space.items() if name in enqueued):
                    found.add(trial_id)
        return found

    def _batches(self, chunk: Sequence[Row]) -> Iterator[list[Row]]:
        """Trials that together have no more than ROWS reports, or one that has."""
        c = STEPS.c
        counted = select(c.trial_id, func.count()).where(c.trial_id.in_([r.trial_id for r in chunk]))
        with self._engine.connect() as connection:
            sizes = {row[0]: int(row[1]) for row in connection.execute(counted.group_by(c.trial_id))}
        batch: list[Row] = []
        rows = 0
        for row in chunk:
            size = sizes.get(row.trial_id, 0)
            if batch and rows + size > ROWS:
                yield batch
                batch, rows = [], 0
            batch.append(row)
            rows += size
        if batch:
            yield batch

    def _copy(self, batch: Sequence[Row]) -> int:
        with self._transaction() as connection:
            locked = select(STUDIES.c.study_id).where(STUDIES.c.study_id == self._target).with_for_update()
            if connection.execute(locked).first() is None:
                raise KeyError(models.NOT_FOUND_MSG)
            there = _origins(connection, self._target, [row.number for row in batch])
            copies = self._make_trials(connection, [row for row in batch if row.number not in there])
            if copies:
                self._copy_rows(connection, {row.trial_id: copy for row, copy in copies})
                origins = [
                    {"trial_id": copy, "key": keys.TRIAL_ORIGIN, "value_json": json.dumps(row.number)}
                    for row, copy in copies
                ]
                connection.execute(insert(USER), origins)
        return len(copies)

    def _make_trials(self, connection: Connection, rows: Sequence[Row]) -> list[tuple[Row, int]]:
        c = TRIALS.c
        query = select(c.trial_id, c.state, c.datetime_start, c.datetime_complete)
        now = {r.trial_id: r for r in connection.execute(query.where(c.trial_id.in_([r.trial_id for r in rows])))}
        last = connection.execute(select(func.max(c.number)).where(c.study_id == self._target)).scalar()
        number = -1 if last is None else int(last)
        made = []
        for row in rows:
            trial, number = now[row.trial_id], number + 1
            values = {
                "study_id": self._target,
                "number": number,
                "state": trial.state,
                "datetime_start": trial.datetime_start,
                "datetime_complete": trial.datetime_complete,
            }
            key = connection.execute(insert(TRIALS).values(values)).inserted_primary_key
            made.append((row, int(key[0]) if key else 0))
        return made

    def _copy_rows(self, connection: Connection, pairs: Pairs) -> None:
        told: list[Any] = [
            select(literal_column(str(o)).label("old"), literal_column(str(n)).label("fresh"))
            for o, n in pairs.items()
        ]
        map_ = union_all(*told).subquery("m")
        value, text = self._params
        _copy(connection, map_, PARAMS, {"param_name": None, "param_value": value, "distribution_json": text})
        _copy(connection, map_, VALUES, {"objective": None, "value": None, "value_type": None})
        steps = {"step": None, "intermediate_value": None, "intermediate_value_type": None}
        _copy(connection, map_, STEPS, steps)
        attributes = {"key": None, "value_json": None}
        _copy(connection, map_, USER, attributes, USER.c.key != keys.TRIAL_ORIGIN)
        stale = or_(*(SYSTEM.c.key.startswith(prefix, autoescape=True) for prefix in self._left_behind))
        _copy(connection, map_, SYSTEM, attributes, not_(stale))
        if self._logs:
            # SQLite gives the ids of deleted trials out again, and our table knows nothing of their deletion.
            connection.execute(METRICS.delete().where(METRICS.c.trial_id.in_(list(pairs.values()))))
            _copy(connection, map_, METRICS, {"step": None, "entries": None})

    def _redeclared_params(self) -> tuple[Any, Any]:
        """What stands for a parameter's value and distribution in the copy."""
        c = PARAMS.c
        if not self._space:
            return None, None
        seen = select(c.param_name, c.distribution_json).distinct().join(TRIALS, TRIALS.c.trial_id == c.trial_id)
        seen = seen.where(TRIALS.c.study_id == self._source, c.param_name.in_(list(self._space)))
        moved = []
        with self._engine.connect() as connection:
            for name, text in connection.execute(seen):
                new, old = self._space[name], json_to_distribution(text)
                options = getattr(old, "choices", ()) if isinstance(new, Choices) else ()
                for place, option in enumerate(options):
                    if fits(new, option):
                        index = to_distribution(new).to_internal_repr(option)
                        same = and_(c.param_name == name, c.distribution_json == text, c.param_value == place)
                        moved.append((same, index))
        texts = [
            (c.param_name == name, distribution_to_json(to_distribution(range_)))
            for name, range_ in self._space.items()
        ]
        value = case(*moved, else_=c.param_value) if moved else None
        return value, case(*texts, else_=c.distribution_json)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            if self._engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()


def _copy(
    connection: Connection,
    pairs: sqlalchemy.Subquery,
    table: sqlalchemy.Table,
    columns: Mapping[str, Any],
    condition: Any = None,  # noqa: ANN401  SQLAlchemy's expressions
) -> None:
    """Copy the rows of the trials in ``pairs``; ``columns``: name -> what stands in the copy, None: what stood."""
    (key,) = table.primary_key.columns
    sources = [table.c[name] if stands is None else stands for name, stands in columns.items()]
    query = select(pairs.c.fresh, *sources).join_from(table, pairs, table.c.trial_id == pairs.c.old)
    if condition is not None:
        query = query.where(condition)
    connection.execute(insert(table).from_select(["trial_id", *columns], query.order_by(key)))


def _origins(connection: Connection, study_id: int, numbers: Sequence[int] | None) -> set[int]:
    """The trials, by their old numbers, of which ``study_id`` has a copy; of ``numbers``, if given."""
    query = select(USER.c.value_json).join(TRIALS, TRIALS.c.trial_id == USER.c.trial_id)
    query = query.where(TRIALS.c.study_id == study_id, USER.c.key == keys.TRIAL_ORIGIN)
    if numbers is not None:
        query = query.where(USER.c.value_json.in_([json.dumps(n) for n in numbers]))
    return {int(text) for (text,) in connection.execute(query)}
