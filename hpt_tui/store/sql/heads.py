"""The rows of Optuna's table ``trials``: which trials there are, in which state, since and until when."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpt_tui.domain.trials import Floats, Ints, Mask
from hpt_tui.store.sql.database import Database, Row, marks, portions
from hpt_tui.store.sql.sane import STATES, naive_seconds, whole, wholes

_SELECT = "SELECT trial_id, number, state, datetime_start, datetime_complete FROM trials "


@dataclass(frozen=True, slots=True)
class Head:
    """One trial; its times as they are written (see :mod:`hpt_tui.store.sql.trial_clock`), NaN where unknown."""

    trial_id: int
    number: int
    state: int
    """Its code."""
    started: float
    ended: float

    def goes_on_as(self, now: Head) -> bool:
        """Whether ``now``, of the same id, can be this trial at a later time."""
        unknown = math.isnan(self.started)
        return now.number == self.number and (unknown or now.started == self.started)


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """Many trials, n of them, as columns."""

    ids: Ints
    numbers: Ints
    states: NDArray[np.int8]
    started: Floats
    ended: Floats

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Head]:
        columns = (self.ids, self.numbers, self.states, self.started, self.ended)
        return (Head(*row) for row in zip(*(column.tolist() for column in columns), strict=True))

    def only(self, chosen: Mask | Ints | slice) -> Heads:
        return Heads(
            self.ids[chosen], self.numbers[chosen], self.states[chosen], self.started[chosen], self.ended[chosen]
        )


def joined(parts: Sequence[Heads]) -> Heads:
    """All of them in their order; at least one part."""
    return Heads(
        np.concatenate([part.ids for part in parts]),
        np.concatenate([part.numbers for part in parts]),
        np.concatenate([part.states for part in parts]),
        np.concatenate([part.started for part in parts]),
        np.concatenate([part.ended for part in parts]),
    )


def heads_of(rows: Sequence[Row]) -> Heads:
    """Rows as columns, without those that have no number or no state that Optuna knows."""
    ids, numbers, states, starts, ends = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    heads = Heads(
        wholes(ids),
        wholes(numbers),
        np.array([STATES.get(state, -1) if isinstance(state, str) else -1 for state in states], dtype=np.int8),
        naive_seconds(starts),
        naive_seconds(ends),
    )
    sane = (heads.ids >= 0) & (heads.numbers >= 0) & (heads.states >= 0)
    return heads if sane.all() else heads.only(sane)


def heads_after(db: Database, study_id: int, trial_id: int, most: int) -> tuple[Heads, int | None]:
    """The first trials of a study with larger ids than ``trial_id``, and the id after which there may be more;
    None where these are all."""
    where = f"WHERE study_id = ? AND trial_id > ? ORDER BY trial_id LIMIT {most:d}"
    rows = db.fetch(_SELECT + where, (study_id, trial_id))
    return heads_of(rows), whole(rows[-1][0]) if len(rows) == most else None


def newest_heads(db: Database, study_id: int, most: int) -> Heads:
    """The newest trials of a study, the newest one first."""
    where = f"WHERE study_id = ? ORDER BY trial_id DESC LIMIT {most:d}"
    return heads_of(db.fetch(_SELECT + where, (study_id,)))


def open_heads(db: Database, own: str, study_id: int, most: int) -> Heads:
    """Running trials of a study, the newest first; ``own`` is how to ask for the column ``study_id``."""
    where = f"WHERE {own} = ? AND state = 'RUNNING' ORDER BY trial_id DESC LIMIT {most:d}"
    return heads_of(db.fetch(_SELECT + where, (study_id,)))


def newest_id(db: Database) -> int:
    """The largest id of all trials of all studies; 0 without any."""
    return whole(db.fetch("SELECT MAX(trial_id) FROM trials")[0][0]) or 0


def no_longer_waiting(db: Database, ids: Sequence[int]) -> list[int]:
    """Those of the trials ``ids`` that do not wait any more."""
    found = []
    for some in portions(ids, 500):
        rows = db.fetch(
            f"SELECT trial_id FROM trials WHERE trial_id IN {marks(some)} AND state <> 'WAITING'", some
        )
        found += [trial_id for row in rows if (trial_id := whole(row[0])) is not None]
    return found


def heads_by_id(db: Database, study_id: int, ids: Sequence[int]) -> Heads:
    """Those of the trials ``ids`` that the study has."""
    parts = [heads_of(())]
    for some in portions(ids, 500):
        where = f"WHERE trial_id IN {marks(some)} AND study_id = ?"
        parts.append(heads_of(db.fetch(_SELECT + where, (*some, study_id))))
    return joined(parts)
