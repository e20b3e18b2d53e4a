from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hpt_tui.session import Session
from tests.session.desk import Desk
from tests.storages import fresh_storage


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    return Desk(tmp_path / "study.db")


@pytest.fixture(params=["sqlite", "journal"])
def any_desk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """On a database that is read by SQL, and on a storage that is read by Optuna's interface."""
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    with fresh_storage(request.param, tmp_path) as address:
        desk = Desk(tmp_path / "study.db", None if request.param == "sqlite" else address)
        desk.hire()
        yield desk


@pytest.fixture
def session(desk: Desk) -> Session:
    desk.hire()
    session = desk.open()
    session.tick()
    return session
