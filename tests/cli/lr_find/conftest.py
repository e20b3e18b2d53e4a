"""``lr-find`` in this process, over a study file that is never imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpt_tui.cli import lr_find_process, run_command_line
from hpt_tui.store.address import parse_address
from hpt_tui.store.create import create_study
from tests.cli.lr_find.ranges import Process, Shell, declare
from tests.storages import empty_database


@pytest.fixture(autouse=True)
def process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lr_find_process, "RangeProcess", Process)
    monkeypatch.setattr(Process, "requests", [])
    monkeypatch.setattr(Process, "environments", [])


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    path = tmp_path / "train.py"
    path.write_text("def objective(trial): return 0.0\n")
    declare(monkeypatch, path)
    return path


@pytest.fixture
def shell(file: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    def run(*arguments: str | Path) -> tuple[int, str, str]:
        code = run_command_line(["lr-find", str(file), *map(str, arguments)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def study(file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The study beside the file, as ``run`` would have made it."""
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(file.parent / "state"))
    database = file.with_suffix(".db")
    database.write_bytes(empty_database())
    create_study(parse_address(str(database)), Process.declared, name="train", budget=None)
    return database
