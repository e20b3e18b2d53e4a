"""Ending the workers of this machine that do not obey the order to end their trial, and cannot be talked to."""

from __future__ import annotations

from collections.abc import Iterable

from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.worker import Lease
from hpt_tui.supervisor.process import Running

PATIENCE = 15.0
"""Seconds that a worker has to obey. It is interrupted by a signal after 5 and after 10 of them: who does not hear
that hangs where Python hears nothing, in a library that never returns, say."""
TOGETHER = 60.0
"""Seconds, at the least, for one that trains with others: no signal interrupts it alone, it obeys at a report."""
STEPS = 3.0
"""So many of its steps it has at the least."""


class Overdue:
    """Remembers since when each order stands, by our own clock, and which workers were ended for one."""

    def __init__(self) -> None:
        self._since: dict[tuple[str, int], float] = {}
        self.ended: set[int] = set()
        """The processes of workers that did not obey: their ends are no crashes."""

    def end(
        self, study: StudySnapshot, workers: Iterable[tuple[Lease, Running | None]], now: float
    ) -> dict[str, int]:
        """Ask the processes of those ``workers`` to end whose patience is over now, and have them killed after
        their grace; by worker, the trial that it was to end."""
        standing: dict[tuple[str, int], float] = {}
        found: dict[str, int] = {}
        for lease, process in workers:
            number = study.trials_of_workers.get(lease.worker)
            if number is None or number not in study.control.kills or process is None or not process.alive():
                continue
            since = standing[lease.worker, number] = self._since.get((lease.worker, number), now)
            if now - since >= patience(lease) and process.pid not in self.ended:
                process.ask_to_end(now)
                self.ended.add(process.pid)
                found[lease.worker] = number
        self._since = standing
        return found


def patience(lease: Lease) -> float:
    """Seconds that this worker has to obey."""
    if not lease.together:
        return PATIENCE
    return max(TOGETHER, STEPS * (lease.pace or 0.0))
