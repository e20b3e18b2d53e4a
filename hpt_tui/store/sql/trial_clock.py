"""When a trial began and ended, though its row does not say by which clock.

Optuna 5 writes times in UTC, every Optuna before it wrote local time; neither says which, and the schema is the
same. A database tells only the version that created it. So: what that version wrote holds for all trials, until
one is proved to be of Optuna 5; then it holds for those before it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np

from hpt_tui.domain.trials import Floats, Ints
from hpt_tui.store.sql.heads import Head

_QUARTER = 900.0
"""Seconds: every zone's offset changes on a quarter of an hour."""
NEAR = 120.0
"""Seconds by which clocks of machines may differ."""
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001
_NEVER = 2**62


class TrialClock:
    """Turns the naive times of trials into epoch seconds."""

    def __init__(self, created_by: object) -> None:
        """``created_by``: Optuna's version in the database, as text; one that cannot be read counts as new."""
        found = re.match(r"(\d{1,3})\.", created_by) if isinstance(created_by, str) else None
        old = found is not None and int(found[1]) < 5
        self.utc_from = _NEVER if old else 0
        """The number of the first trial that is told in UTC."""
        self._local: set[int] = set()
        """Trials from there on that a worker with an older Optuna ran all the same."""

    def epochs(self, naive: Floats, numbers: Ints) -> Floats:
        """(n,) epoch seconds of the times ``naive`` of the trials ``numbers``; NaN stays NaN."""
        local = numbers < self.utc_from
        if self._local:
            local |= np.isin(numbers, list(self._local))
        found = naive.copy()
        found[local] = local_epochs(naive[local])
        return found

    def prove_utc(self, number: int) -> bool:
        """Take it that trial ``number`` is told in UTC, as every one that hpt-tui ran; whether that is news."""
        if number >= self.utc_from:
            return False
        self.utc_from = number
        return True

    def observe(self, number: int, naive: float, since: float, now: float) -> bool:
        """Take note that a trial which begins at ``naive`` was seen to begin between ``since`` and ``now`` (or
        just not after ``now``, with ``since`` -inf); whether that tells what was not known."""
        if math.isnan(naive):
            return False
        utc = since - NEAR <= naive <= now + NEAR
        local = since - NEAR <= float(local_epochs(np.array([naive]))[0]) <= now + NEAR
        if utc and not local:
            return self.prove_utc(number)
        if local and not utc and number >= self.utc_from and number not in self._local:
            self._local.add(number)
            return True
        return False

    def observe_latest(self, heads: Iterable[Head], now: float) -> None:
        """Take note that none of these trials begins after ``now``."""
        started = [head for head in heads if math.isfinite(head.started)]
        if started:
            latest = max(started, key=lambda head: head.started)
            self.observe(latest.number, latest.started, -math.inf, now)


def local_epochs(naive: Floats) -> Floats:
    """(n,) epoch seconds of naive local times, each by the offset that its own day had."""
    known = np.isfinite(naive)
    quarters, of = np.unique(np.floor(naive[known] / _QUARTER), return_inverse=True)
    offsets = np.array([_offset(quarter * _QUARTER) for quarter in quarters.tolist()])
    found = naive.copy()
    found[known] -= offsets[of] if len(offsets) else 0.0
    return found


def _offset(naive: float) -> float:
    """Seconds that local time is ahead of UTC at the local time ``naive``."""
    try:
        local = _EPOCH + timedelta(seconds=naive)
        return (local.replace(tzinfo=UTC) - local.astimezone(UTC)).total_seconds()
    except (OverflowError, ValueError, OSError):
        return 0.0
