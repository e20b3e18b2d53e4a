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
_CLOCK_SLACK = 5.0


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


def lives(lease: Lease, now: float) -> bool:
    """Whether the worker lives: here by its process, elsewhere by the age of its last sign of life."""
    if not is_here(lease):
        return now - lease.beat < SILENCE
    if lease.boot != boot_id():
        return False
    try:
        process = psutil.Process(lease.pid)
        same = abs(process.create_time() - lease.started) < _CLOCK_SLACK
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
