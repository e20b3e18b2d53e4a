"""Whether the process behind a lease lives."""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path

import psutil

from hpt_tui.domain.worker import Lease

SILENCE = 60.0
"""Seconds without a sign of life after which a worker on another machine counts as gone; it beats every 5."""

PROOF = 12.0
"""Seconds of silence that must go with the missing process of a worker that we never saw alive: in a container
beside ours that shares the host's name, a living worker's process is missing too."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PIDS = Path("/proc/self/ns/pid")
_PROC = Path("/proc")
SAME_START = 0.001
"""Seconds by which two readings of a process's start may differ: none, but for rounding."""


@cache
def boot_id() -> str:
    """This boot of this machine, and this container of it: a process id means nothing in another one."""
    try:
        boot = _BOOT_ID.read_text().strip()
    except OSError:
        boot = f"{psutil.boot_time():.0f}"
    return f"{boot} {_container()}".strip()


def _container() -> str:
    """The namespace of this process's ids, empty where there is none: in another one they are other processes."""
    try:
        return str(_PIDS.readlink())
    except OSError:
        return ""


def process_started(pid: int) -> float:
    """When the process ``pid`` was created, 0 if there is none: with the boot id, its identity on this machine.

    Seconds since the boot where there is a /proc, so that setting the clock does not change it; else since 1970.
    """
    if not (_PROC / "self" / "stat").exists():
        return _created(pid)
    try:
        stat = (_PROC / str(pid) / "stat").read_bytes()
        # The name, in brackets, may hold anything; the start is the 22nd field, 20th after it.
        return int(stat.rpartition(b")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return 0.0


def _created(pid: int) -> float:
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return 0.0


def is_here(lease: Lease) -> bool:
    """Whether the worker was started on this machine."""
    return lease.host == socket.gethostname()


def same_process(pid: int, created: float) -> psutil.Process | None:
    """The living process of that pid, if it is the one that :func:`process_started` said ``created`` of, and not
    a later one."""
    try:
        process = psutil.Process(pid)
        same = abs(process_started(pid) - created) <= SAME_START
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None


def lives(lease: Lease, now: float) -> bool:
    """Whether the worker lives: here by its process, elsewhere by the age of its last sign of life."""
    if not is_here(lease):
        return now - lease.beat < SILENCE
    return lease.boot == boot_id() and same_process(lease.pid, lease.started) is not None


def known_dead(lease: Lease) -> bool:
    """Whether the worker is dead for certain. A machine of the same name, or a container, may have sent a lease
    that looks like one of before this machine's boot."""
    ours = is_here(lease) and lease.boot == boot_id()
    return ours and same_process(lease.pid, lease.started) is None


def gone(lease: Lease, unmoved: float) -> bool:
    """Whether the worker, that we have watched give no sign of life for ``unmoved`` seconds, is taken as dead:
    here when its process is gone, elsewhere when its lease has run out. One that is stopped here lives."""
    if is_here(lease) and lease.boot == boot_id():
        return unmoved >= PROOF and known_dead(lease)
    return unmoved >= SILENCE
