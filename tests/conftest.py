"""All tests: nobody's own configuration."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="session")
def no_configuration(tmp_path_factory: pytest.TempPathFactory) -> None:
    """For this process and those that it starts."""
    folder: Path = tmp_path_factory.mktemp("config")
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CONFIG_HOME", str(folder))
    patch.delenv("HPT_TUI_CONFIG", raising=False)
