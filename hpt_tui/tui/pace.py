"""How often the screen is brought up to date: as asked for, unless that would take too much of the machine."""

from __future__ import annotations

from dataclasses import dataclass, replace

SHARE = 0.2
"""The share of one core that watching may take."""
LONGEST = 10.0
"""Seconds after which a frame is due whatever it costs."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What the last rounds cost: each a tick, and showing what came of it."""

    refresh: float
    """Seconds between two rounds that cost nothing."""
    costs: tuple[float, float] = (0.0, 0.0)
    """CPU seconds of the last two rounds. A dear one alone (the first read, a new theme) slows nothing down."""

    def after(self, cost: float) -> Pace:
        """The pace after one more round."""
        return replace(self, costs=(self.costs[1], cost))

    @property
    def wait(self) -> float:
        """Seconds to wait after a tick, so that rounds take at most :data:`SHARE` of a core."""
        enough = min(self.costs) * (1 / SHARE - 1)
        return max(self.refresh, min(enough, LONGEST))
