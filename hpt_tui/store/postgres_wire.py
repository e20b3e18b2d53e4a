"""Connections to PostgreSQL that take silence for a fault.

libpq gives up a server whose machine no longer answers, but waits for ever for one that is frozen, or for a
go-between (a pooler, a tunnel) that has lost its server.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy

if TYPE_CHECKING:
    import psycopg
    from psycopg.abc import PQGen

Answer = TypeVar("Answer")


def connector(url: str, arguments: Mapping[str, int], seconds: float) -> Callable[[], psycopg.Connection]:
    """What makes a connection as SQLAlchemy does from ``url`` and ``arguments``, which breaks by an
    OperationalError when the server has owed an answer for ``seconds`` without a word.

    Raises:
        ImportError: psycopg is not installed.
    """
    from psycopg import Connection, OperationalError

    class Impatient(Connection):
        def wait(
            self,
            gen: PQGen[Answer],
            interval: float = min(0.1, seconds / 4),
            timeout: float | None = None,
        ) -> Answer:
            more = {} if timeout is None else {"timeout": timeout}
            return super().wait(self._listen(gen), interval, **more)

        def _listen(self, gen: PQGen[Answer]) -> PQGen[Answer]:
            """Go on with ``gen``, which psycopg wakes up every so often with nothing to read."""
            heard = time.monotonic()
            try:
                wanted = next(gen)
                while True:
                    if ready := (yield wanted):
                        heard = time.monotonic()
                    elif time.monotonic() - heard > seconds:
                        self.pgconn.finish()
                        raise OperationalError(f"the server has said nothing for {seconds:g} s")
                    wanted = gen.send(ready)
            except StopIteration as end:
                answer: Answer = end.value
                return answer

    engine = sqlalchemy.create_engine(url)
    positional, named = engine.dialect.create_connect_args(engine.url)
    return lambda: Impatient.connect(*positional, **{**named, **arguments})
