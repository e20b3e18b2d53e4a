"""A worker process in its place, and what a look at all of them finds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hpt_tui.domain.worker import Lease, WorkerState, WorkerView
from hpt_tui.store.liveness import SAME_START
from hpt_tui.supervisor.gpu import Slot
from hpt_tui.supervisor.process import Running
from hpt_tui.supervisor.views import bare_view


@dataclass(frozen=True, slots=True)
class FleetState:
    """What a tick found."""

    dead: tuple[Lease, ...] = ()
    """Leases whose process is known to be gone, or that a worker of another machine has let run out; one may still
    name a trial."""
    troubles: tuple[str, ...] = ()
    """What ended otherwise than it should have since the last tick; hostile text."""
    condemned: Mapping[str, int] = field(default_factory=dict)
    """Workers that are ended from this tick on, with all their processes, for a trial that they were ordered to
    end and did not."""
    starved: frozenset[str] = frozenset()
    """Those of the dead, by worker, that the kernel killed for want of memory."""
    crashed: tuple[tuple[int, str], ...] = ()
    """The slots whose process has just crashed by itself, each with what is to be told of it."""


@dataclass(frozen=True, slots=True)
class Crewed:
    """A slot and the process that was started in it."""

    slot: Slot
    process: Running
    since: float
    """When we came to know it, in seconds of the fleet's clock."""

    def is_of(self, lease: Lease) -> bool:
        return self.process.pid == lease.pid and abs(self.process.created - lease.started) <= SAME_START

    def view(self, host: str, state: WorkerState) -> WorkerView:
        """The worker while the study doesn't tell of it."""
        return bare_view(host, self.process.pid, self.slot, state)


def newest(processes: Iterable[Running], leases: Iterable[Lease], count: int) -> set[int]:
    """The pids of the ``count`` that were started last: those without a lease came after all that have one."""
    known = {lease.pid: lease.started for lease in leases}
    ordered = sorted((known.get(p.pid, math.inf), p.pid) for p in processes)
    return {pid for _, pid in ordered[::-1][: max(0, count)]}
