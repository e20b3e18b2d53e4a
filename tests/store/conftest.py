from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy.engine.interfaces import DBAPIConnection

from hpt_tui.store.address import Address
from hpt_tui.store.connect import close_storage, open_storage, quiet_optuna
from hpt_tui.store.metrics import engine_of
from tests.storages import KINDS, ROLLBACK, fresh_storage
from tests.store.watched import Home, Watched


@pytest.fixture(autouse=True, scope="session")
def _quiet() -> None:
    quiet_optuna()


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Address]:
    """A fresh storage of each kind that hpt-tui opens (L1)."""
    with fresh_storage(request.param, tmp_path) as made:
        yield made


@pytest.fixture(params=[*KINDS, ROLLBACK], scope="module")
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """One storage of each kind, in which every test of a module makes studies of its own."""
    with fresh_storage(request.param, tmp_path_factory.mktemp("home")) as address:
        storage = open_storage(address, writable=True, create=True)
        if (engine := engine_of(storage)) is not None:
            # Nobody pulls the plug in between: the reader sees the same, and the tests take half the time.
            sqlalchemy.event.listen(engine, "connect", _hurry)
            engine.dispose()
        yield Home(request.param, address, storage)
        close_storage(storage)


@pytest.fixture
def watched(home: Home) -> Watched:
    """A new study in it, watched."""
    return home.study()


def _hurry(connection: DBAPIConnection, record: object) -> None:
    words = {"sqlite3": "PRAGMA synchronous=OFF", "psycopg": "SET synchronous_commit=off"}
    if statement := words.get(type(connection).__module__):
        connection.cursor().execute(statement)
