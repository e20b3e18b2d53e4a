"""Trials read from a database by plain column selects, for a worker that joins a study of any size.

Optuna's own reading makes an object of every row of five tables: 14 s and 1 GB for 10,000 trials of 50 steps.
Here rows stay rows, trials of one space share their distributions, and the intermediate values stay in the
database until a pruner (or whoever) looks at them.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import sqlalchemy
from optuna.distributions import BaseDistribution, json_to_distribution
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import ColumnElement, Connection, Select, select, type_coerce
from sqlalchemy.types import NullType

from hpt_tui.store.tables import PARAMS, STEPS, SYSTEM, TRIALS, USER, VALUES

CHUNK, CURVES = 500, 100
"""Trials of which one select asks, and of which one asks for the curves: bounds on what is in memory twice."""

Row: TypeAlias = tuple[Any, ...]

_ATTRIBUTES: tuple[sqlalchemy.Table, sqlalchemy.Table] = (
    USER,
    SYSTEM,
)
_ENDED = frozenset(s.name for s in TrialState if s.is_finished())
_NOT_FINITE = {"NAN": float("nan"), "INF_POS": float("inf"), "INF_NEG": float("-inf")}


class LeanTrial(FrozenTrial):
    """A FrozenTrial whose ``intermediate_values`` is read when it is first looked at; then it is a plain dict.

    Its ``distributions`` may be one object with other trials': not to be changed, like everything else of a
    trial that was got with ``deepcopy=False``. A copy, and what pickle makes of it, is a plain FrozenTrial.
    """

    __slots__ = ("_curves",)

    _curves: CurveReader

    def read_later(self, curves: CurveReader) -> None:
        """Let ``curves`` read the intermediate values when they are wanted."""
        self._curves = curves
        # Not through __dict__: asking for that costs each trial a dictionary of its own.
        del self.intermediate_values
        curves.expect(self)

    def __getattr__(self, name: str) -> dict[int, float]:
        if name != "intermediate_values":
            raise AttributeError(name)
        return self._curves.read(self)

    def __eq__(self, other: object) -> bool:
        for trial in (self, other):
            _ = trial.intermediate_values if isinstance(trial, FrozenTrial) else None
        return super().__eq__(other)

    __hash__ = FrozenTrial.__hash__

    def __repr__(self) -> str:
        _ = self.intermediate_values
        return super().__repr__()

    def __reduce__(self) -> tuple[Callable[[], FrozenTrial], tuple[()], dict[str, object]]:
        _ = self.intermediate_values
        return _empty, (), dict(self.__dict__)


def _empty() -> FrozenTrial:
    return FrozenTrial.__new__(FrozenTrial)


class CurveReader:
    """Reads the intermediate values of all the finished trials of one state at once, when one of them is asked
    for: a sampler or a pruner that looks at one looks at all. Those of an unfinished trial are read alone.

    All its reads raise what SQLAlchemy raises while the database is away; the next look tries again.
    """

    def __init__(self, engine: sqlalchemy.Engine) -> None:
        self._engine = engine
        self._unread: dict[TrialState, dict[int, LeanTrial]] = {}
        self._lock = threading.Lock()

    def expect(self, trial: LeanTrial) -> None:
        """Read ``trial`` with the others of its state."""
        if trial.state.is_finished():
            with self._lock:
                self._unread.setdefault(trial.state, {})[trial._trial_id] = trial

    def read(self, trial: LeanTrial) -> dict[int, float]:
        with self._lock:
            if "intermediate_values" not in trial.__dict__:
                alone = {trial._trial_id: trial}
                self._fill(self._unread.get(trial.state, {}) if trial.state.is_finished() else alone)
            if "intermediate_values" not in trial.__dict__:
                self._fill(alone)
        values: dict[int, float] = trial.__dict__["intermediate_values"]
        return values

    def _fill(self, trials: dict[int, LeanTrial]) -> None:
        ids = list(trials)
        for start in range(0, len(ids), CURVES):
            wanted = ids[start : start + CURVES]
            found: dict[int, dict[int, float]] = {trial_id: {} for trial_id in wanted}
            with self._engine.connect() as connection:
                for trial_id, step, value, kind in connection.execute(
                    _steps_of, {"ids": wanted}
                ).cursor.fetchall():
                    found[trial_id][step] = value if kind == "FINITE" else _NOT_FINITE[kind]
            for trial_id in wanted:
                trials.pop(trial_id).intermediate_values = found[trial_id]


class TrialReader:
    """Reads a study's trials, each table by one select of bare columns.

    A trial's row is read before what belongs to it: what is seen finished has all its rows. On SQLite each select
    is a transaction of its own, so that no writer waits for us.
    """

    def __init__(self, engine: sqlalchemy.Engine) -> None:
        self._engine = engine
        self._curves = CurveReader(engine)
        self._distributions: dict[str, BaseDistribution] = {}
        self._spaces: dict[tuple[tuple[str, str], ...], dict[str, BaseDistribution]] = {}
        self._names: dict[str, str] = {}
        self._texts: dict[str, object] = {}

    def read(self, study_id: int, above: int, unfinished: Iterable[int], known: Iterable[int]) -> list[LeanTrial]:
        """The trials with ids greater than ``above``, and the ``unfinished`` ones up to there, but for those
        ``known`` better; by id."""
        skipped = set(known)
        old = sorted({i for i in unfinished if i <= above} - skipped)
        with self._engine.connect() as connection:
            rows = [row for row in _rows(connection, study_id, above, old) if row[0] not in skipped]
            parts = (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))
            return [trial for part in parts for trial in self._built(connection, part)]

    def _built(self, connection: Connection, rows: Sequence[Row]) -> list[LeanTrial]:
        ids = [row[0] for row in rows]
        params = _grouped(_fetched(connection, _params_of(ids)))
        # Values come with the end.
        ended = [row[0] for row in rows if row[2] in _ENDED]
        values = _grouped(_fetched(connection, _values_of(ended)) if ended else ())
        user, system = (_grouped(_fetched(connection, _attributes_of(t, ids))) for t in _ATTRIBUTES)
        return [
            self._trial(row, *(found.get(row[0], ()) for found in (params, values, user, system))) for row in rows
        ]

    def first_distribution(self, study_id: int, parameter: str) -> BaseDistribution | None:
        """A distribution that the parameter has in the study, None if the study has no such parameter."""
        c = PARAMS.c
        query = (
            select(c.distribution_json)
            .join(TRIALS, TRIALS.c.trial_id == c.trial_id)
            .where(TRIALS.c.study_id == study_id, c.param_name == parameter)
            .limit(1)
        )
        with self._engine.connect() as connection:
            rows = _fetched(connection, query)
        return self._distribution(rows[0][0]) if rows else None

    def _trial(
        self, row: Row, params: Sequence[Row], values: Sequence[Row], user: Sequence[Row], system: Sequence[Row]
    ) -> LeanTrial:
        trial_id, number, state, started, ended = row
        space = self._space(tuple((name, text) for _, name, _, text in params))
        trial = LeanTrial(
            number=number,
            state=TrialState[state],
            value=None,
            values=_in_order(values),
            datetime_start=_local(started),
            datetime_complete=_local(ended),
            params={
                name: space[name].to_external_repr(value)
                for name, (_, _, value, _) in zip(space, params, strict=True)
            },
            distributions=space,
            user_attrs={self._names.setdefault(key, key): self._parsed(text) for _, key, text in user},
            system_attrs={self._names.setdefault(key, key): self._parsed(text) for _, key, text in system},
            intermediate_values={},
            trial_id=trial_id,
        )
        trial.read_later(self._curves)
        return trial

    def _space(self, texts: tuple[tuple[str, str], ...]) -> dict[str, BaseDistribution]:
        if (space := self._spaces.get(texts)) is None:
            space = {name: self._distribution(text) for name, text in texts}
            self._spaces[texts] = space
        return space

    def _distribution(self, text: str) -> BaseDistribution:
        if (distribution := self._distributions.get(text)) is None:
            distribution = self._distributions[text] = json_to_distribution(text)
        return distribution

    def _parsed(self, text: str) -> object:
        """What the JSON ``text`` says; words that many trials carry (their worker's name) are kept once."""
        if not text.startswith('"') or len(text) > 100:
            return json.loads(text)
        if (value := self._texts.get(text)) is None:
            value = self._texts[text] = json.loads(text)
        return value


def _bare(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """As the driver gives it: SQLAlchemy's conversions cost more than the reading."""
    return type_coerce(column, NullType())


_c = STEPS.c
_steps_of = select(_c.trial_id, _c.step, _bare(_c.intermediate_value), _bare(_c.intermediate_value_type)).where(
    _c.trial_id.in_(sqlalchemy.bindparam("ids", expanding=True))
)


def _among(column: ColumnElement[int], ids: Sequence[int]) -> ColumnElement[bool]:
    """As a range where the ids stand close: a long list costs more than a few rows of other trials."""
    low, high = min(ids), max(ids)
    return column.between(low, high) if high - low < 2 * len(ids) else column.in_(ids)


def _trials_where(condition: ColumnElement[bool]) -> Select[Any]:
    c = TRIALS.c
    columns = (c.trial_id, c.number, _bare(c.state), _bare(c.datetime_start), _bare(c.datetime_complete))
    return select(*columns).where(condition).order_by(c.trial_id)


def _params_of(ids: Sequence[int]) -> Select[Any]:
    c = PARAMS.c
    return (
        select(c.trial_id, c.param_name, _bare(c.param_value), c.distribution_json)
        .where(_among(c.trial_id, ids))
        .order_by(c.param_id)
    )


def _values_of(ids: Sequence[int]) -> Select[Any]:
    c = VALUES.c
    return select(c.trial_id, c.objective, _bare(c.value), _bare(c.value_type)).where(_among(c.trial_id, ids))


def _attributes_of(table: sqlalchemy.Table, ids: Sequence[int]) -> Select[Any]:
    return select(table.c.trial_id, table.c.key, table.c.value_json).where(_among(table.c.trial_id, ids))


def _rows(connection: Connection, study_id: int, above: int, old: Sequence[int]) -> list[Row]:
    found: list[Row] = []
    for start in range(0, len(old), CHUNK):
        found += _fetched(connection, _trials_where(TRIALS.c.trial_id.in_(old[start : start + CHUNK])))
    new = (TRIALS.c.study_id == study_id) & (TRIALS.c.trial_id > above)
    return found + _fetched(connection, _trials_where(new))


def _fetched(connection: Connection, query: Select[Any]) -> list[Row]:
    return list(connection.execute(query).cursor.fetchall())


def _grouped(rows: Iterable[Row]) -> dict[int, list[Row]]:
    groups: dict[int, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[0], []).append(row)
    return groups


def _in_order(rows: Sequence[Row]) -> list[float] | None:
    """The values of the objectives, in their order."""
    values = {objective: v if kind == "FINITE" else _NOT_FINITE[kind] for _, objective, v, kind in rows}
    return [values[objective] for objective in sorted(values)] or None


def _local(moment: datetime | str | None) -> datetime | None:
    """As Optuna gives it: naive local time; it keeps naive UTC, which SQLite hands out as text."""
    if moment is None:
        return None
    utc = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return utc.replace(tzinfo=UTC).astimezone().replace(tzinfo=None)
