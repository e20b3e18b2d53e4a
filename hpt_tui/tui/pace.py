"""How often the screen is brought up to date: as asked for, unless that would take too much of the machine."""

from __future__ import annotations

from dataclasses import dataclass, replace

SHARE = 0.2
"""The share of one core that watching may take."""
LONGEST = 10.0
"""Seconds after which a frame is due whatever it costs."""
TRIES = (1.0, 2.0, 5.0, 10.0)
"""Seconds between tries to reach a storage that is away, the last one over and over."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What the last rounds cost: each a tick, and showing what came of it."""

    refresh: float
    """Seconds between two rounds that cost nothing."""
    costs: tuple[float, float] = (0.0, 0.0)
    """CPU seconds of the last two rounds. A dear one alone (the first read, a new theme) slows nothing down."""
    failed: int = 0
    """How many rounds one after the other have found the storage away."""

    def after(self, cost: float) -> Pace:
        """The pace after what one more round has cost."""
        return replace(self, costs=(self.costs[1], cost))

    def answered(self, yes: bool) -> Pace:
        """The pace once the storage has answered or not."""
        return replace(self, failed=0 if yes else self.failed + 1)

    @property
    def wait(self) -> float:
        """Seconds to wait after a tick, so that rounds take at most :data:`SHARE` of a core, and that a storage
        which is away is tried ever less often."""
        enough = min(self.costs) * (1 / SHARE - 1)
        patience = TRIES[min(self.failed, len(TRIES)) - 1] if self.failed else 0.0
        return max(self.refresh, patience, min(enough, LONGEST))
