"""Study files that are run by Python itself, as their case studies are."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest


def started(file: Path, monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """The exit code of the file, run by Python."""
    monkeypatch.setattr(sys, "argv", [str(file), *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(file), run_name="__main__")
    code = ended.value.code
    assert isinstance(code, int)
    return code
