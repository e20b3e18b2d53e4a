"""Which exit codes of a worker say that its program is broken, not that somebody or the system ended it."""

from __future__ import annotations

import signal

from hpt_tui.domain.worker import STORAGE_AWAY
from hpt_tui.supervisor.restarts import FOR_GOOD

FAULTS = frozenset(
    {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSYS, signal.SIGTRAP}
)
"""Signals that a process gets for what it does itself."""


def is_fault(code: int | None) -> bool:
    """Whether a process that ended with ``code`` (negative: by that signal) crashed by itself."""
    if code is None or code in FOR_GOOD or code == STORAGE_AWAY:
        return False
    number = -code if code < 0 else code - 128
    return number in FAULTS if number > 0 else True
