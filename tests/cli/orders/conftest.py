"""A study with a living worker, and a shell."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.cli.orders.shell import Shell, shell_of
from tests.session.desk import Desk


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A study whose trial #1 is run by a living worker of ours: this very process."""
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    desk = Desk(tmp_path / "study.db")
    desk.clock.now = time.time()
    desk.hire()
    return desk


@pytest.fixture
def shell(desk: Desk, capsys: pytest.CaptureFixture[str]) -> Shell:
    return shell_of(desk, capsys)
