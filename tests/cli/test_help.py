"""The first things that anybody types."""

from __future__ import annotations

import subprocess
import sys


def hpt(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hpt_tui", *arguments], capture_output=True, text=True, check=False
    )


def test_the_bare_command_explains_itself() -> None:
    done = hpt()
    assert done.returncode == 0
    assert done.stdout == hpt("--help").stdout
    assert [verb in done.stdout for verb in ("demo", "run", "attach", "worker")] == [True] * 4


def test_the_version_is_told() -> None:
    assert hpt("--version").stdout.startswith("hpt-tui, version 0.")
