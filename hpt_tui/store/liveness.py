"""Whether the process behind a lease lives."""

from __future__ import annotations

import socket
from functools import cache
from pathlib import Path

import psutil

from hpt_tui.domain.worker import Lease

SILENCE = 60.0
"""Seconds without a sign of life after which a worker on another machine counts as gone; it beats every 5."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
SAME_START = 5.0
"""Seconds by which two readings of a process's creation may differ: the clock may have been set between."""


@cache
def boot_id() -> str:
    """This boot of this machine: a process id means nothing in another one."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return f"{psutil.boot_time():.0f}"


def process_started(pid: int) -> float:
    """When the process ``pid`` was created, epoch seconds; 0 if there is none."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return 0.0


def is_here(lease: Lease) -> bool:
    """Whether the worker was started on this machine."""
    return lease.host == socket.gethostname()


def same_process(pid: int, created: float) -> psutil.Process | None:
    """The living process of that pid, if it is the one created then and not a later one."""
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - created) <= SAME_START
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None


def lives(lease: Lease, now: float) -> bool:
    """Whether the worker lives: here by its process, elsewhere by the age of its last sign of life."""
    if not is_here(lease):
        return now - lease.beat < SILENCE
    return lease.boot == boot_id() and same_process(lease.pid, lease.started) is not None
