"""A trial that ran out of memory beside others is tried once more with its GPU to itself."""

from __future__ import annotations

import time

from hpt_tui.domain.worker import Lease, WorkerState
from hpt_tui.worker.narration import say
from hpt_tui.worker.station import Station

QUIET = 1.5
"""Seconds that a GPU must have been free of others: a worker's lease is half a second behind it."""


class Solitude:
    """Keeps the workers of one place (a GPU, or the CPU of a machine) out of each other's way, by their leases."""

    def __init__(self, station: Station, own: Lease) -> None:
        self._station, self._own = station, own

    def is_wanted_by_another(self) -> bool:
        """Whether a worker in the same place has, or waits for, it to itself: then no trial is begun here."""
        return any(lease.alone for lease in self._neighbours())

    def wait(self, number: int) -> None:
        """With trial ``number`` taken: until no other worker here trains, or the trial has to end. Of several that
        wait for it the first trial goes first."""
        station, since = self._station, None
        station.alone, station.state = True, WorkerState.WAITING
        say(f"trial #{number} waits until nobody else trains on {self._own.device}")
        while station.cause() is None and not station.takes_no_more:
            busy = any(self._goes_before(lease, number) for lease in self._neighbours())
            since = None if busy else time.monotonic() if since is None else since
            if since is not None and time.monotonic() - since >= QUIET:
                break
            station.wait()
        station.state = WorkerState.TRAINING

    @staticmethod
    def _goes_before(lease: Lease, number: int) -> bool:
        return lease.trial is not None and not (lease.alone and lease.trial > number)

    def _neighbours(self) -> list[Lease]:
        own = self._own
        return [
            lease
            for lease in self._station.orders.leases
            if lease.worker != own.worker and (lease.host, lease.device) == (own.host, own.device)
        ]
