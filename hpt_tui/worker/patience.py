"""Living through a storage that is away."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DataError

from hpt_tui.errors import StorageLostError
from hpt_tui.store.faults import FAULTS, first_line
from hpt_tui.worker.narration import say

PATIENCE = 6 * 3600.0
"""Seconds after which a storage that doesn't answer is given up: a result that waits to be told took hours."""

MOMENT = 60.0
"""Seconds that something is worth which the search can do without."""

LAST_WORDS = 1.0
"""Seconds that are left to a worker that has to end."""

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 10.0
TOLD_EVERY = 60.0

Value = TypeVar("Value")


class Patience:
    """Repeats what the storage refuses. All its calls together say so once a minute at most.

    ``dismissed`` says that the worker has to end; ``wait`` waits for a part of the seconds it is given.
    """

    def __init__(self, dismissed: Callable[[], bool], wait: Callable[[float], None]) -> None:
        self._dismissed, self._wait = dismissed, wait
        self._told = -math.inf

    def __call__(self, call: Callable[[], Value], doing: str, seconds: float | None = None) -> Value:
        """``call``, again and again while the storage fails. ``call`` must be repeatable.

        Raises:
            StorageLostError: ``seconds`` (PATIENCE) are over, or the worker has to end.
        """
        since = time.monotonic()
        until, pause = since + (PATIENCE if seconds is None else seconds), FIRST_PAUSE
        while True:
            try:
                return call()
            except (*FAULTS, StorageLostError) as error:
                if _refused_for_good(error):
                    raise
                now = time.monotonic()
                if self._dismissed():
                    until, pause = min(until, now + LAST_WORDS), FIRST_PAUSE
                if now + pause > until:
                    problem = f"the storage has not answered for {now - since:.0f} s ({first_line(error)})"
                    raise StorageLostError(doing, problem) from error
                self._tell(f"{doing}: the storage does not answer ({first_line(error)}); trying again", now)
            self._rest(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _rest(self, pause: float) -> None:
        over, dismissed = time.monotonic() + pause, self._dismissed()
        while (left := over - time.monotonic()) > 0 and self._dismissed() == dismissed:
            self._wait(left)

    def _tell(self, line: str, now: float) -> None:
        if now - self._told >= TOLD_EVERY:
            self._told = now
            say(line)


def _refused_for_good(error: BaseException) -> bool:
    """Whether the storage did answer: it cannot hold such a value, now or ever."""
    reason: BaseException | None = error
    while reason is not None:
        if isinstance(reason, DataError):
            return True
        reason = reason.__cause__
    return False
