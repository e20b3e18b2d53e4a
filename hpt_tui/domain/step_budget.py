"""A budget of steps over all trials of a study: the same compute for any sampler, pruner and number of workers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StepBudget:
    """How many steps all trials together may run. One report is one step, whatever number it has, whatever becomes
    of its trial; what a retry goes on from is counted once."""

    steps: int
    trial: int | None = None
    """How many steps the study file says that a full trial has; None where it does not."""

    def to_come(self, ran: Iterable[int], longest: int) -> int:
        """How many steps the running trials may still report: up to those of the ``longest`` complete trial (0:
        there is none), else up to what the file says. ``ran``: what each has reported so far. 0 where nobody
        knows."""
        full = longest or self.trial or 0
        return sum(max(0, full - steps) for steps in ran)
