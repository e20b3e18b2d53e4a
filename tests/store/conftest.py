from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hpt_tui.store.address import Address
from hpt_tui.store.connect import quiet_optuna
from tests.storages import KINDS, fresh_storage


@pytest.fixture(autouse=True, scope="session")
def _quiet() -> None:
    quiet_optuna()


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Address]:
    """A fresh storage of each kind that hpt-tui opens (L1)."""
    with fresh_storage(request.param, tmp_path) as made:
        yield made
