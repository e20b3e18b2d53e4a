"""G14: what a grid would cost, counted before anything runs, and what as good a random search costs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hpt_tui.domain.advice.situation import Situation
from hpt_tui.domain.advice.thresholds import AdviceThresholds
from hpt_tui.domain.lint.declared import size
from hpt_tui.domain.space import Choices


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid over all parameters. Hours are GPU-hours, None where the cost of a trial is unknown."""

    values: tuple[int, ...]
    """How many of each parameter."""
    hours: float | None
    random: int
    """Configurations of a random search that a grid of more loses to …"""
    random_hours: float | None
    """… and what they cost."""

    @property
    def configurations(self) -> float:
        """A whole number; infinite if it is beyond all that a float can hold."""
        return math.prod(map(float, self.values))

    @property
    def too_large(self) -> bool:
        """Whether random search is to be preferred for the number alone (G14)."""
        return self.configurations > self.random


def grid(situation: Situation, limits: AdviceThresholds, values: int | None = None) -> Grid | None:
    """A grid with ``values`` of each parameter that has more of them (G14's usual number, if None); None where
    the number of parameters is unknown."""
    if not situation.parameters:
        return None
    most = limits.grid_values if values is None else values
    ranges = situation.declared.searched.values()
    # Choices have no values between which a few could stand for the rest.
    sizes = tuple(len(r.options) if isinstance(r, Choices) else int(min(size(r), most)) for r in ranges)
    sizes = sizes or (most,) * situation.parameters
    cost = situation.cost
    return Grid(
        sizes,
        None if cost is None else math.prod(map(float, sizes)) * cost / 3600,
        limits.lint.random,
        None if cost is None else limits.lint.random * cost / 3600,
    )


def affordable(situation: Situation, limits: AdviceThresholds) -> Grid | None:
    """The finest grid that is small enough to be a good idea and that the budget pays for; None if there is none.
    A budget of unknown size pays for it."""
    most = limits.grid_most if situation.fits is None else situation.fits
    for values in range(limits.grid_values, limits.grid_least - 1, -1):
        found = grid(situation, limits, values)
        if found is None:
            return None
        if found.configurations < limits.grid_most and found.configurations <= most:
            return found
    return None
