"""Which part of this worker's log belongs to which trial: noted in an index beside it, as byte offsets.

All that is written to the process's stdout and stderr goes there, from C code and data loaders too.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hpt_tui.config import LOG_VARIABLE, log_index, state_dir

LARGEST_LOG = 512 << 20
"""Bytes of one worker's log that are kept on the disk: of a longer one the older half goes, between trials."""
_KEEP_SIZE, _PUNCH_HOLE = 1, 2
"""Linux's, of fallocate."""


@dataclass(frozen=True, slots=True)
class OutputFile:
    """Where this process's output is kept; empty where nobody keeps it."""

    log: str = ""
    index: str = ""


def output_file(worker: str, environ: Mapping[str, str]) -> OutputFile:
    """The file that both stdout and stderr go to: the supervisor's, or one that a shell was told to make."""
    try:
        out, err = os.fstat(1), os.fstat(2)
    except OSError:
        return OutputFile()
    if not stat.S_ISREG(out.st_mode) or (out.st_dev, out.st_ino) != (err.st_dev, err.st_ino):
        return OutputFile()
    named = environ.get(LOG_VARIABLE, "")
    with contextlib.suppress(OSError):
        if named and os.path.samestat(Path(named).stat(), out):
            return OutputFile(named, str(log_index(Path(named))))
    try:
        found = str(Path("/proc/self/fd/1").readlink())
    except OSError:
        return OutputFile()
    folder = state_dir() / "logs" / "by-hand"
    folder.mkdir(parents=True, exist_ok=True)
    return OutputFile(found, str(folder / f"{worker}.trials"))


class TrialLog:
    """Writes the index. What it cannot write is lost: a log must never fail a trial."""

    def __init__(self, worker: str, output: OutputFile) -> None:
        self._fd = _locked(output.index) if output.index else None
        self._note({"worker": worker, "log": output.log})

    def begins(self, trial: int) -> None:
        if self._fd is not None:
            _let_go_of_old_output()
        self._note({"trial": trial, "from": _end_of_output()} if self._fd is not None else {})

    def ends(self, trial: int) -> None:
        self._note({"trial": trial, "to": _end_of_output()} if self._fd is not None else {})

    def _note(self, line: Mapping[str, object]) -> None:
        if self._fd is not None:
            with contextlib.suppress(OSError):
                os.write(self._fd, json.dumps(line).encode() + b"\n")


def _locked(index: str) -> int | None:
    """The index opened to be appended to, and locked for as long as this process lives: whoever tidies up sees
    that the log is in use."""
    try:
        fd = os.open(index, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    except OSError:
        return None
    with contextlib.suppress(OSError):
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return fd


def _end_of_output() -> int:
    """How long the log is, once everybody in this process has let go of what he holds back."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).fflush(None)
    try:
        return os.fstat(1).st_size
    except OSError:
        return 0


def _let_go_of_old_output() -> None:
    """Give the disk back what lies before the last LARGEST_LOG bytes of the log. Its length, and with it every
    offset, stays; what was there reads as zeros. Where the file system cannot do that, the log grows on."""
    try:
        status = os.fstat(1)
        if status.st_blocks * 512 <= LARGEST_LOG:
            return
        old = max(0, status.st_size - LARGEST_LOG // 2)
        fallocate = ctypes.CDLL(None, use_errno=True).fallocate
    except (OSError, AttributeError):
        return
    fallocate(1, _KEEP_SIZE | _PUNCH_HOLE, ctypes.c_int64(0), ctypes.c_int64(old))
