"""A database, opened as workers and as Optuna open it, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from optuna.storages import RDBStorage
from optuna.storages._cached_storage import _CachedStorage

from hpt_tui.store import batched as module
from hpt_tui.store import running
from hpt_tui.store.address import Address
from hpt_tui.store.batched import BatchedStorage
from hpt_tui.store.batching import batched
from hpt_tui.store.connect import close_storage, open_storage
from tests.storages import fresh_storage
from tests.store.batched.shared import DATABASES, Opener


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Address]:
    with fresh_storage(request.param, tmp_path) as address:
        yield address


@pytest.fixture
def opened(database: Address) -> Iterator[Opener]:
    """Opens the database as one more worker would."""
    storages: list[BatchedStorage] = []

    def open_one() -> BatchedStorage:
        storage = batched(open_storage(database, writable=True, create=True))
        assert isinstance(storage, BatchedStorage)
        storages.append(storage)
        return storage

    yield open_one
    for storage in storages:
        close_storage(storage)


@pytest.fixture
def plain(opened: Opener, database: Address) -> Iterator[RDBStorage]:
    """What Optuna itself reads and writes there."""
    opened()
    storage = open_storage(database, writable=True)
    assert isinstance(storage, _CachedStorage)
    yield storage._backend
    close_storage(storage)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time by which rows wait and knowledge ages: it stands still unless a test moves it."""
    now = [1000.0]
    standing = SimpleNamespace(monotonic=lambda: now[0])
    for user in (module, running):
        monkeypatch.setattr(user, "time", standing)
    return now
