"""The lock by which one session of a machine keeps a study's workers there."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from hpt_tui.config import study_lock_path
from hpt_tui.store.address import Address


def keeper_path(url: str, study: str) -> Path:
    """Where the lock is."""
    return study_lock_path(url, study).with_suffix(".keeper")


def kept_here(address: Address, study: str) -> bool:
    """Whether a session of this machine keeps workers of the study, and so starts those that are wanted.

    Raises:
        OSError: the lock of this machine cannot be looked at.
    """
    path = keeper_path(address.url, study)
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True


def joins(workers: int | None, address: Address, study: str) -> bool:
    """Whether a session that wants ``workers`` leaves their number as it is: it names none, and another one keeps
    some here."""
    try:
        return workers is None and kept_here(address, study)
    except OSError:
        return False
