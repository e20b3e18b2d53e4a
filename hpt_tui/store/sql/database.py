"""A database that is only read, one short statement at a time."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Protocol

Row = tuple[object, ...]

AT_ONCE = 200
"""Trials that one statement asks for by their ids."""


class Database(Protocol):
    """Every statement is its own transaction, over when :meth:`fetch` returns; a lost connection is made anew.

    Every method raises StorageLostError when the database does not answer; the next call may succeed.
    """

    orderly: bool
    """Whether rows appear in the order of their ids; a server hands ids out before it commits them."""

    @property
    def label(self) -> str:
        """The address for people."""

    def fetch(self, sql: str, args: Sequence[object] = ()) -> list[Row]:
        """All rows of a SELECT with ``?`` for its arguments; what they hold is as hostile as its writer."""

    def stamp(self) -> Hashable:
        """Something that is another when the database has changed; None where only reading can tell."""

    def identity(self) -> Hashable:
        """Something that is another when another database has taken the place of this one."""

    def columns(self, table: str) -> frozenset[str]:
        """The names of a table's columns; empty if there is no such table."""

    def close(self) -> None: ...


def marks(args: Sequence[object]) -> str:
    """``(?, ?, ?)`` for so many arguments."""
    return f"({', '.join('?' * len(args))})"


def portions(ids: Sequence[int], size: int = AT_ONCE) -> Iterator[list[int]]:
    """``ids`` in lists short enough for one statement."""
    for start in range(0, len(ids), size):
        yield list(ids[start : start + size])


def by_trial(rows: Sequence[Row]) -> Iterator[tuple[int, Row]]:
    """Rows that begin with a trial's id, as the id and what follows it."""
    return ((row[0], row[1:]) for row in rows if isinstance(row[0], int))
