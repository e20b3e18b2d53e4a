"""A study that is read once is read to its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpt_tui.cli.one_study import read_study
from hpt_tui.store.sql import book
from tests.store.synthetic import make_study


def test_a_big_study_is_judged_only_when_what_its_trials_reported_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "BIG", 100)
    monkeypatch.setattr(book, "PIECE", 0.0)
    found = read_study(str(make_study(tmp_path / "big.db", 200, 3).file), None)
    assert found.trials.columns.steps.tolist() == [3] * 200
