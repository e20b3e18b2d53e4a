"""Real storages for tests: a file in a temporary folder, or one of its own on a real server."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
import redis
import sqlalchemy
from sqlalchemy.engine import make_url

from hpt_tui.store.address import Address, parse_address
from hpt_tui.store.connect import close_storage, open_storage
from tests import proxies

KINDS = ("sqlite", "journal", "postgres", "mysql", "redis", "grpc")
ROLLBACK = "sqlite-rollback"
"""Not among the kinds, as only a reader sees a difference: SQLite with a rollback journal, as Optuna makes it."""
_VARIABLES = {
    "postgres": "HPT_TUI_TEST_POSTGRES",
    "mysql": "HPT_TUI_TEST_MYSQL",
    "redis": "HPT_TUI_TEST_REDIS",
}


@contextmanager
def fresh_storage(kind: str, folder: Path) -> Iterator[Address]:
    """The address of a storage that nobody has used yet; gone afterwards."""
    if kind == "sqlite":
        yield parse_address(str(folder / "study.db"))
    elif kind == ROLLBACK:
        address = parse_address(str(folder / "rollback.db"))
        address.file.write_bytes(empty_database())
        with contextlib.closing(sqlite3.connect(address.file)) as db:
            assert db.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",)
        yield address
    elif kind == "journal":
        yield parse_address(str(folder / "study.log"))
    elif kind == "grpc":
        behind = folder / "behind.db"
        behind.write_bytes(empty_database())
        yield parse_address(proxies.shared().serve(f"sqlite:///{behind}"))
    else:
        with _keys() if kind == "redis" else _database(kind) as url:
            yield parse_address(url)


@contextmanager
def _database(kind: str) -> Iterator[str]:
    server, name = _server(kind), _name()
    engine = sqlalchemy.create_engine(parse_address(server).url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        force = " WITH (FORCE)" if kind == "postgres" else ""
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text(f"DROP DATABASE {name}{force}"))
        engine.dispose()


@contextmanager
def _keys() -> Iterator[str]:
    server, prefix = _server("redis"), _name()
    try:
        yield f"{server}?prefix={prefix}"
    finally:
        with redis.Redis.from_url(server) as client:
            for key in client.scan_iter(f"{prefix}:*", count=1000):
                client.delete(key)


@cache
def empty_database() -> bytes:
    """An SQLite database with Optuna's tables, which take half a second to make."""
    with tempfile.TemporaryDirectory() as folder:
        address = parse_address(f"{folder}/empty.db")
        close_storage(open_storage(address, writable=True, create=True))
        return address.file.read_bytes()


def _server(kind: str) -> str:
    variable = _VARIABLES[kind]
    server = os.environ.get(variable)
    if not server:
        pytest.skip(f"{kind} is NOT tested: set {variable} to the URL of a server")
    return server


def _name() -> str:
    return f"hpt_test_{uuid.uuid4().hex[:10]}"
