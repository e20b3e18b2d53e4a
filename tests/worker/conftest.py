from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storages import KINDS, fresh_storage
from tests.worker.bench import Bench


@pytest.fixture(autouse=True)
def _own_state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A study in an SQLite file (WAL)."""
    yield from _bench("sqlite", tmp_path)


@pytest.fixture(params=("sqlite", "journal"))
def file_bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A study in each kind of file."""
    yield from _bench(request.param, tmp_path)


@pytest.fixture(params=KINDS)
def any_bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A study in each kind of storage, the servers' too where the environment names them."""
    yield from _bench(request.param, tmp_path)


def _bench(kind: str, folder: Path) -> Iterator[Bench]:
    with fresh_storage(kind, folder) as address:
        bench = Bench(address, folder)
        try:
            yield bench
        finally:
            bench.close()
