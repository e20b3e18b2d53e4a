from __future__ import annotations

from pathlib import Path

import pytest

from tests.session.desk import Desk


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    return Desk(tmp_path / "study.db")
