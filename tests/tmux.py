"""A real terminal to run a screen in: a tmux server of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import pytest


def has_tmux() -> bool:
    return shutil.which("tmux") is not None


class Tmux:
    """A tmux server with one window of 120 x 40, in which ``hpt-tui`` runs with ``arguments``.

    ``environment`` is all that it inherits. Without tmux the test is skipped, and says so.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], *arguments: str) -> None:
        if not has_tmux():
            pytest.skip("A LOST TERMINAL IS NOT TESTED: there is no tmux here")
        self._socket = f"hpt-test-{uuid.uuid4().hex[:10]}"
        program = [sys.executable, "-m", "hpt_tui", *arguments]
        window = ["new-session", "-d", "-x", "120", "-y", "40", "-c", str(folder), *program]
        # Without the user's configuration, as no part of a tmux that the tests may run in, and not in the size
        # of the terminal that they say they run in.
        foreign = ("TMUX", "TMUX_PANE", "COLUMNS", "LINES")
        clean = {k: v for k, v in environment.items() if k not in foreign}
        subprocess.run(["tmux", "-L", self._socket, "-f", "/dev/null", *window], env=clean, check=True)
        self.pid = int(self._ask("display-message", "-p", "#{pane_pid}"))
        """The process in the window."""

    def screen(self) -> str:
        """What can be read in the window; empty once it is closed."""
        return self._ask("capture-pane", "-p")

    def kill(self) -> None:
        """End the server: its terminal is gone, and whatever ran in it is hung up on."""
        self._ask("kill-server")

    def __enter__(self) -> Tmux:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def _ask(self, *words: str) -> str:
        done = subprocess.run(["tmux", "-L", self._socket, *words], capture_output=True, text=True, check=False)
        return done.stdout
