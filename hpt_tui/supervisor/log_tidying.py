"""Keeping the folder of logs from growing without end."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from hpt_tui.config import log_index

MOST_LOGS = 1_000
MOST_BYTES = 2 << 30
"""So many logs, and so much of them on the disk, are kept in all, of all studies; the oldest go first."""


def tidy(folder: Path, most_logs: int = MOST_LOGS, most_bytes: int = MOST_BYTES) -> None:
    """Remove the logs, with their indices, that were written to longest ago, but none of a living worker. What
    cannot be removed stays."""
    found = []
    for log in folder.glob("*/*.log"):
        with contextlib.suppress(OSError):
            status = log.stat()
            found.append((status.st_mtime, status.st_blocks * 512, log))
    logs = bytes_ = 0
    for _, size, log in sorted(found, reverse=True):
        logs, bytes_ = logs + 1, bytes_ + size
        if (logs > most_logs or bytes_ > most_bytes) and logs > 1 and not _in_use(log_index(log)):
            with contextlib.suppress(OSError):
                log.unlink()
                log_index(log).unlink(missing_ok=True)


def _in_use(index: Path) -> bool:
    """Whether the worker whose index it is lives: it holds a lock on it."""
    try:
        fd = os.open(index, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(fd)
    return False
