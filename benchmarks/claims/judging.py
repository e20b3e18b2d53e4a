"""A claim, what was measured of it, and what follows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TypeVar

import numpy as np

from benchmarks.figures import written

DRAWS, LEVEL = 2000, 95.0
"""Of the bootstrap; per cent."""
Unit = TypeVar("Unit")


@dataclass(frozen=True, slots=True)
class Claim:
    """What the guide says: a value between ``low`` and ``high``."""

    words: str
    unit: str
    low: float
    high: float = math.inf
    neutral: float = 0.0
    """What would be neither for nor against it."""

    @property
    def claimed(self) -> str:
        if self.high == math.inf:
            return f"> {written(self.low)}{self.unit}"
        return f"{written(self.low)} to {written(self.high)}{self.unit}"


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure, and where 95 % of the bootstrap's figures lie."""

    what: str
    value: float
    low: float
    high: float
    units: str
    """What was thrown anew, e.g. "8 seeds"."""
    note: str = ""

    def verdict(self, claim: Claim) -> str:
        """In two words, from the interval and the claimed range alone."""
        if math.isnan(self.value):
            return "not measured"
        if self.high < claim.neutral:
            return "the opposite"
        if self.low <= claim.neutral:
            return "not shown: noise"
        if self.value < claim.low:
            return "true, but less"
        return "holds" if self.value <= claim.high else "holds, and more"


def measured(
    what: str, units: Sequence[Unit], name: str, statistic: Callable[[Sequence[Unit]], float], note: str = ""
) -> Measured:
    """The statistic of all units, with a bootstrap over them; ``name``: what they are."""
    dice, value = np.random.default_rng(0), statistic(units)
    draws = [statistic([units[i] for i in dice.integers(len(units), size=len(units))]) for _ in range(DRAWS)]
    known = [draw for draw in draws if not math.isnan(draw)]
    low, high = np.percentile(known, [(100 - LEVEL) / 2, (100 + LEVEL) / 2]) if known else (math.nan, math.nan)
    return Measured(what, value, float(low), float(high), f"{len(units)} {name}", note)


def geometric_mean(values: Sequence[float]) -> float:
    """Of ratios; NaN if one of them is."""
    return math.exp(fmean(math.log(value) for value in values)) if all(v > 0 for v in values) else math.nan
