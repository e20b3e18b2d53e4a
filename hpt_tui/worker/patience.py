"""Living through a storage that is away for a moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from hpt_tui.errors import StorageLostError
from hpt_tui.store.faults import FAULTS, first_line
from hpt_tui.worker.narration import say

PATIENCE = 60.0
"""Seconds after which a storage that doesn't answer is given up."""

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0

Value = TypeVar("Value")


def patiently(call: Callable[[], Value], doing: str) -> Value:
    """``call``, again and again while the storage fails, for a minute at most. ``call`` must be repeatable.

    Raises:
        StorageLostError: the minute is over.
    """
    until, pause, told = time.monotonic() + PATIENCE, FIRST_PAUSE, False
    while True:
        try:
            return call()
        except (*FAULTS, StorageLostError) as error:
            if time.monotonic() + pause > until:
                problem = f"the storage has not answered for {PATIENCE:.0f} s ({first_line(error)})"
                raise StorageLostError(doing, problem) from error
            if not told:
                say(f"{doing}: the storage does not answer ({first_line(error)}); trying again")
            told = True
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
