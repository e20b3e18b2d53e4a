"""A worker process in its place, and what a look at all of them finds."""

from __future__ import annotations

from dataclasses import dataclass

from hpt_tui.domain.worker import Lease
from hpt_tui.store.liveness import SAME_START
from hpt_tui.supervisor.gpu import Slot
from hpt_tui.supervisor.process import Running


@dataclass(frozen=True, slots=True)
class FleetState:
    """What a tick found."""

    dead: tuple[Lease, ...] = ()
    """Leases whose process is known to be gone, or that a worker of another machine has let run out; one may still
    name a trial."""
    troubles: tuple[str, ...] = ()
    """What ended otherwise than it should have since the last tick; hostile text."""


@dataclass(frozen=True, slots=True)
class Crewed:
    """A slot and the process that we started in it."""

    slot: Slot
    process: Running
    since: float

    def is_of(self, lease: Lease) -> bool:
        return self.process.pid == lease.pid and abs(self.process.created - lease.started) <= SAME_START
