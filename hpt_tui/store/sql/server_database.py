"""A database on a server (PostgreSQL, MySQL, MariaDB) that is only read."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

import sqlalchemy
from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from hpt_tui.errors import StorageLostError
from hpt_tui.store.address import Address
from hpt_tui.store.server import engine_arguments, said
from hpt_tui.store.sql.database import Row

Answer = TypeVar("Answer")
_FAULTS = (SQLAlchemyError, OSError)
_SCHEMAS = {
    "postgresql": "table_schema = ANY(current_schemas(false))",
    "mysql": "table_schema = DATABASE()",
    "mariadb": "table_schema = DATABASE()",
}
"""By dialect, which tables are ours."""

SILENCE = 0.5
"""Seconds after which a connection that breaks has gone silent, and so would the next one."""


class ServerDatabase:
    """A :class:`~hpt_tui.store.sql.database.Database` over one connection.

    A server that was restarted since the last statement is not even noticed: a statement that fails at once on an
    old connection is tried once more on a new one.
    """

    orderly = False

    def __init__(self, address: Address) -> None:
        self._address, self.label = address, address.label
        self._engine = sqlalchemy.create_engine(
            address.url,
            isolation_level="AUTOCOMMIT",
            poolclass=NullPool,
            **engine_arguments(address.url, writable=False),
        )
        self._connection: sqlalchemy.Connection | None = None

    def fetch(self, sql: str, args: Sequence[object] = ()) -> list[Row]:
        # Both drivers mark arguments by %s; no statement of ours has a % or a ? of its own.
        statement, values = sql.replace("?", "%s"), tuple(args)
        return self._ask(lambda db: [tuple(row) for row in db.exec_driver_sql(statement, values).fetchall()])

    def stamp(self) -> Hashable:
        return None

    def identity(self) -> Hashable:
        return None

    def columns(self, table: str) -> frozenset[str]:
        return self._ask(lambda db: _columns(db, table))

    def close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(*_FAULTS):
                self._connection.invalidate()
                self._connection.close()
            self._connection = None

    def _ask(self, question: Callable[[sqlalchemy.Connection], Answer]) -> Answer:
        asked = time.monotonic()
        if self._connection is not None:
            try:
                return question(self._connection)
            except _FAULTS as error:
                self.close()
                if time.monotonic() - asked > SILENCE:
                    raise self._lost(error) from error
        try:
            self._connection = self._engine.connect()
            return question(self._connection)
        except _FAULTS as error:
            self.close()
            raise self._lost(error) from error

    def _lost(self, error: Exception) -> StorageLostError:
        return StorageLostError(self.label, f"the storage does not answer ({said(error, self._address)})")


def _columns(db: sqlalchemy.Connection, table: str) -> frozenset[str]:
    if (where := _SCHEMAS.get(db.dialect.name)) is not None:
        # One short statement instead of all that an inspector asks for.
        query = f"SELECT column_name FROM information_schema.columns WHERE table_name = %s AND {where}"
        return frozenset(str(row[0]) for row in db.exec_driver_sql(query, (table,)).fetchall())
    try:
        return frozenset(str(column["name"]) for column in sqlalchemy.inspect(db).get_columns(table))
    except NoSuchTableError:
        return frozenset()
