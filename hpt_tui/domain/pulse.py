"""How long a worker has been silent, whatever the clocks say."""

from __future__ import annotations

from dataclasses import dataclass

from hpt_tui.domain.worker import Lease

LONGEST_LOOK = 10.0
"""Seconds that one look adds to a silence at most: while nobody could look (the storage was away, this process was
stopped, the clock was set), no worker could be heard either."""


@dataclass(frozen=True, slots=True)
class _Heard:
    beat: float
    at: float
    """When that beat was given, by our clock."""
    looked: float
    unmoved: float


class Pulse:
    """What we ourselves have heard of each worker. ``now`` is always one and the same clock of ours, in seconds;
    only :meth:`silence`, at first sight, compares it with the worker's."""

    def __init__(self) -> None:
        self._heard: dict[str, _Heard] = {}

    def silence(self, lease: Lease, now: float) -> float:
        """Seconds without a sign of life, for people; never negative. A beat that changed since we last looked was
        given since then. At first sight the worker's clock is all there is."""
        return max(0.0, now - self._hear(lease, now).at)

    def unmoved(self, lease: Lease, now: float) -> float:
        """Seconds that we have watched the worker give no sign of life: what may be acted upon. From 0 at first
        sight, whatever its clock says."""
        return self._hear(lease, now).unmoved

    def _hear(self, lease: Lease, now: float) -> _Heard:
        before = self._heard.get(lease.worker)
        if before is None:
            heard = _Heard(lease.beat, min(now, lease.beat), now, 0.0)
        elif before.beat != lease.beat:
            heard = _Heard(lease.beat, min(now, max(before.looked, lease.beat)), now, 0.0)
        else:
            watched = min(max(0.0, now - before.looked), LONGEST_LOOK)
            heard = _Heard(before.beat, before.at, now, before.unmoved + watched)
        self._heard[lease.worker] = heard
        return heard
