"""Where hpt-tui keeps its own files on this machine."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from platformdirs import user_state_dir

STATE_DIR_VARIABLE = "HPT_TUI_STATE_DIR"


def state_dir() -> Path:
    """The folder for locks and logs, made if it is missing; ``HPT_TUI_STATE_DIR`` overrides the platform's."""
    chosen = os.environ.get(STATE_DIR_VARIABLE)
    folder = Path(chosen).expanduser() if chosen else Path(user_state_dir("hpt-tui"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def study_lock_path(storage_url: str, study: str) -> Path:
    """The lock file that this machine's processes of one study share. Its name gives nothing of the URL away."""
    digest = hashlib.sha256(f"{storage_url}\n{study}".encode()).hexdigest()[:24]
    folder = state_dir() / "locks"
    folder.mkdir(exist_ok=True)
    return folder / f"{digest}.lock"
