"""This machine, and how long a worker has been silent, whatever its clock says."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from hpt_tui.domain.worker import Lease
from hpt_tui.store.liveness import boot_id


@dataclass(frozen=True, slots=True)
class Host:
    """A machine, from one boot to the next."""

    name: str
    boot_id: str


def this_host() -> Host:
    """The machine that this process runs on."""
    return Host(socket.gethostname(), boot_id())


class Pulse:
    """How long each worker has been silent, by our own clock: a beat that changed since we last looked was given
    since then, whatever the worker's clock says. At first sight its clock is all there is."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[float, float, float]] = {}

    def silence(self, lease: Lease, now: float) -> float:
        """Seconds without a sign of life, never negative."""
        beat, at, looked = self._seen.get(lease.worker, (lease.beat, min(now, lease.beat), now))
        if beat != lease.beat:
            at = min(now, max(looked, lease.beat))
        self._seen[lease.worker] = lease.beat, at, now
        return max(0.0, now - at)
