"""What a learning rate range test shows (G9): where the loss falls, where it diverges, and what to search.

The test is Smith's (2015, arXiv:1506.01186): one short training in which the rate rises exponentially from far too
low to far too high. Stop rule and suggestions are those of fastai (callback/schedule.py), as far as not said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from hpt_tui.domain.trials import Floats

LOWEST, HIGHEST = 1e-6, 10.0
"""What is swept at least, where nobody says otherwise (fastai: 1e-7 to 10; none of G8's works below)."""
AROUND = 10.0
"""How far beyond a declared range it is swept on both sides (own: a decade shows whether it goes on)."""
FEWEST_STEPS, MOST_STEPS = 100, 1000
"""About one epoch, but no fewer steps than fastai takes, and no more than a curve needs (own)."""
WINDOW = 0.05
"""The share of the steps that smoothing reaches back (own; with 1,000 steps this is fastai's factor of 0.98, with
its 100 steps that factor would lag behind by half of the sweep)."""
DIVERGED = 4.0
"""A smoothed loss over so many times the best one has diverged (fastai)."""
NEAR_ZERO = 0.1
"""The best loss counts as at least this share of the fall since the first step, so that the noise of a loss that
has all but vanished is no divergence (own); losses below 0 have no other scale either."""
FIRST = 0.1
"""The share of the steps that is left out at the beginning, where the rate does nothing yet (fastai)."""
FALL, FALL_NOISE = 0.02, 3.0
"""A loss that falls by less than this share, or by less than so many standard errors, has not fallen (own)."""
TURNED = 0.5
"""A loss that rises again by this share of its fall has turned, if it does not diverge (own: a bounded loss, as
of a classifier with normalisation, may never reach four times its best)."""
DECADE = 10.0


class Outcome(StrEnum):
    """How a range test ended."""

    DIVERGED = "diverged"
    """It fell, and diverged: as it should be."""
    TURNED = "turned"
    """It fell, and rose again, without diverging."""
    FALLING = "falling"
    """It fell, and never rose: the rate was never too high, and what is suggested is unsure."""
    AT_ONCE = "at once"
    """It diverged before it had fallen."""
    FLAT = "flat"
    """It did nothing."""

    @property
    def sure(self) -> bool:
        return self in (Outcome.DIVERGED, Outcome.TURNED)


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Learning rates that suit, from a loss that fell."""

    steepest: float
    """Where the smoothed loss falls fastest, over the logarithm of the rate."""
    valley: float
    """The middle of the longest valley: fastai's default."""
    tenth: float
    """A tenth of the rate at the lowest loss."""
    low: float
    high: float
    """What to search: from a tenth of the steepest descent, rounded down, to the lowest loss, and as many orders
    of magnitude as a learning rate needs (G18)."""

    @property
    def start(self) -> float:
        """The one to take where one is wanted."""
        return self.valley


@dataclass(frozen=True, slots=True, eq=False)
class LrRange:
    """A judged range test."""

    outcome: Outcome
    smooth: Floats
    """(steps,): the smoothed loss of each step, NaN where the loss was none."""
    lowest: int
    """The step of the lowest smoothed loss."""
    broken: int | None
    """The step at which it diverged or turned; None where it did neither."""
    suggestions: Suggestions | None
    """None where the loss has not fallen."""


def default_steps(batches: int | None) -> int:
    """About one epoch of so many batches, None: unknown, within the limits."""
    return min(max(batches or 0, FEWEST_STEPS), MOST_STEPS)


def default_sweep(declared: Sequence[float] = ()) -> tuple[float, float]:
    """From and to of a sweep that is wide enough for every optimizer of G8 and, with a decade to spare, for the
    ``declared`` learning rates."""
    lows, highs = [x / AROUND for x in declared if x > 0], [x * AROUND for x in declared]
    return min([LOWEST, *lows]), max([HIGHEST, *highs])


def rates_between(low: float, high: float, steps: int) -> Floats:
    """(steps,) learning rates, equally far apart on a log scale; both ends included."""
    rates: Floats = np.geomspace(low, high, steps)
    return rates


def factor(steps: int, sides: int = 1) -> float:
    """The factor of exponential smoothing, 0..1, for a test of so many steps; to both sides, each has half."""
    window = max(1.0, WINDOW * steps / sides)
    return window / (1 + window)


class DivergenceWatch:
    """Sees, loss by loss, when a test diverges: exponential smoothing with bias correction."""

    def __init__(self, steps: int) -> None:
        self._factor, self._count = factor(steps), 0
        self._sum, self._best, self._first = 0.0, math.inf, math.nan

    def diverges(self, loss: float) -> bool:
        """Take the next loss; whether it has diverged by now."""
        if not math.isfinite(loss):
            return True
        self._count += 1
        self._sum = self._factor * self._sum + (1 - self._factor) * loss
        smooth = self._sum / (1 - self._factor**self._count)
        if self._count == 1:
            self._first = smooth
        self._best = min(self._best, smooth)
        return smooth > self.limit

    @property
    def limit(self) -> float:
        """The smoothed loss above which it has diverged."""
        scale = max(abs(self._best), NEAR_ZERO * (self._first - self._best))
        return self._best + (DIVERGED - 1) * scale


def judged(rates: Sequence[float], losses: Sequence[float], steps: int, orders: float) -> LrRange:
    """What a test of ``steps`` planned steps shows, of which these were run; ``orders``: how many orders of
    magnitude a range needs.

    Raises:
        ValueError: there is no step, or not as many rates as losses.
    """
    if not len(rates) or len(rates) != len(losses):
        raise ValueError(f"{len(rates)} rates and {len(losses)} losses")
    raw = np.asarray(losses, dtype=np.float64)
    broken, limit = _divergence(raw, steps)
    end = len(raw) if broken is None else broken
    smooth = np.full(len(raw), np.nan)
    finite = int(np.argmin(np.isfinite(raw))) if not np.isfinite(raw).all() else len(raw)
    if finite:
        # What it diverges to would raise the steps before it.
        most = max(limit, float(raw[: int(np.argmin(raw[:finite])) + 1].max()))
        smooth[:finite] = smoothed(np.minimum(raw[:finite], most), factor(steps, 2))
    first = math.ceil(FIRST * end)
    if end - first < 2:
        return LrRange(Outcome.AT_ONCE if broken is not None else Outcome.FLAT, smooth, 0, broken, None)
    lowest = first + int(np.argmin(smooth[first:end]))
    fall = float(np.mean(smooth[: max(1, first)])) - float(smooth[lowest])
    if fall < _least_fall(raw[: lowest + 1], smooth[: lowest + 1], steps):
        outcome = Outcome.FLAT if broken is None else Outcome.AT_ONCE
        return LrRange(outcome, smooth, lowest, broken, None)
    outcome = Outcome.DIVERGED
    if broken is None:
        risen = np.flatnonzero(smooth[lowest:] > smooth[lowest] + TURNED * fall)
        broken = lowest + int(risen[0]) if len(risen) else None
        outcome = Outcome.FALLING if broken is None else Outcome.TURNED
    found = _suggestions(np.asarray(rates, dtype=np.float64), smooth, (first, lowest, end), orders)
    return LrRange(outcome, smooth, lowest, broken, found)


def _divergence(raw: Floats, steps: int) -> tuple[int | None, float]:
    """The step at which it diverged, and the loss above which it has."""
    watch = DivergenceWatch(steps)
    at = next((step for step, loss in enumerate(raw.tolist()) if watch.diverges(loss)), None)
    return at, watch.limit


def smoothed(values: Floats, kept: float) -> Floats:
    """(n,) values, each the mean of all, weighted by ``kept`` to the power of how far they are away: exponential
    smoothing to both sides, which, unlike that to one, moves no minimum to a higher rate."""
    sums = _one_way(values, kept) + _one_way(values[::-1], kept)[::-1] - values
    ones = np.ones(len(values))
    weights = _one_way(ones, kept) + _one_way(ones, kept)[::-1] - ones
    found: Floats = sums / weights
    return found


def _one_way(values: Floats, kept: float) -> Floats:
    found, total = np.empty(len(values)), 0.0
    for at, value in enumerate(values.tolist()):
        total = total * kept + value
        found[at] = total
    return found


def _least_fall(raw: Floats, smooth: Floats, steps: int) -> float:
    """How far a loss must fall to have fallen: by more than its noise, and by more than next to nothing."""
    kept = factor(steps, 2)
    noise = 1.4826 * float(np.median(np.abs(raw - smooth)))
    # The standard error of a mean with these weights.
    error = noise * math.sqrt((1 - kept) * (1 + kept**2) / (1 + kept) ** 3) if kept < 1 else 0.0
    return max(FALL * abs(float(smooth[0])), FALL_NOISE * error)


def _suggestions(rates: Floats, smooth: Floats, places: tuple[int, int, int], orders: float) -> Suggestions:
    first, lowest, end = places
    slope = np.gradient(smooth[first : lowest + 1], np.log(rates[first : lowest + 1])) if lowest > first else [0.0]
    steepest = float(rates[first + int(np.argmin(slope))])
    high = float(rates[lowest])
    return Suggestions(
        steepest=steepest,
        valley=float(rates[first + valley(smooth[first:end])]),
        tenth=high / DECADE,
        low=_rounded_down(min(steepest / DECADE, high / 10**orders)),
        high=_rounded_down(high),
    )


def valley(losses: Floats) -> int:
    """The index of the middle of the longest valley, which is the longest run of ever lower losses, others in
    between left out; (n,) finite losses, at least one. As in fastai (``valley`` in callback/schedule.py)."""
    longest = np.ones(len(losses), dtype=np.int64)
    for at in range(1, len(losses)):
        above = longest[:at][losses[:at] > losses[at]]
        longest[at] = 1 + (int(above.max()) if len(above) else 0)
    end = int(np.argmax(longest))
    length = int(longest[end])
    start = max(0, end - length)
    return start + (end - start) // 2


def _rounded_down(rate: float) -> float:
    """Two significant digits: no test knows more."""
    power = math.floor(math.log10(rate))
    digits = math.floor(rate / 10.0**power * 10 + 1e-9)
    return float(f"{digits}e{power - 1}")
