"""Real storages for tests: a file in a temporary folder, or a database of its own on a real server."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy.engine import make_url

from hpt_tui.store.address import Address, parse_address

KINDS = ("sqlite", "journal", "postgres", "mysql")
_VARIABLES = {"postgres": "HPT_TUI_TEST_POSTGRES", "mysql": "HPT_TUI_TEST_MYSQL"}


@contextmanager
def fresh_storage(kind: str, folder: Path) -> Iterator[Address]:
    """The address of a storage that nobody has used yet; gone afterwards."""
    if kind == "sqlite":
        yield parse_address(str(folder / "study.db"))
    elif kind == "journal":
        yield parse_address(str(folder / "study.log"))
    else:
        with _database(kind) as url:
            yield parse_address(url)


@contextmanager
def _database(kind: str) -> Iterator[str]:
    variable = _VARIABLES[kind]
    server = os.environ.get(variable)
    if not server:
        pytest.skip(f"{kind} is NOT tested: set {variable} to the URL of a server")
    name = f"hpt_test_{uuid.uuid4().hex[:10]}"
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
