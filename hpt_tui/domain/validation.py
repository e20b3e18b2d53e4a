"""What the final validation says (G28): each configuration's mean over its seeds, how sure that is, and who wins.

The means are compared by the seed noise of all configurations together, its variance pooled over the runs that the
validation made: three seeds of one configuration alone say next to nothing of a spread. A difference counts beyond
t · s · sqrt(1/n + 1/m), with Student's t at 95 % for all comparisons with the winner together (Bonferroni's
correction; Dunn, Multiple Comparisons among Means, JASA 56, 1961). Runs are not paired by their seed: under other
hyperparameters the same seed is another run. The 95 % interval of one mean is by its own runs alone, mean ±
t · std / sqrt(n). The search's own value of a configuration is shown, and counts nowhere: it was chosen for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean, stdev

import numpy as np

from hpt_tui.domain import figures
from hpt_tui.domain.baseline import BaselineVerdict, Worth
from hpt_tui.domain.candidates import Candidate, validated
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.student import t_quantile
from hpt_tui.domain.trial import TrialRow, TrialState

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Noise:
    """How far runs of one configuration lie apart, seed by seed."""

    deviation: float
    """The standard deviation, its variance pooled over all configurations."""
    freedom: int
    critical: float
    """Student's t for all comparisons with the winner together."""

    def least(self, runs: int, others: int) -> float:
        """The smallest difference between means of so many runs that is more than noise."""
        return self.critical * self.deviation * math.sqrt(1 / runs + 1 / others)


@dataclass(frozen=True, slots=True)
class Result:
    """One configuration of the validation."""

    candidate: Candidate
    values: tuple[float, ...]
    """Of its complete runs, by seed."""
    rank: int | None
    """One more than there are configurations better than this one by more than noise; None without a value."""
    tied: bool
    """Whether it lies within noise of the winner; the winner itself is not."""
    same: tuple[tuple[int, int], ...] = ()
    """Pairs of its runs, by number, with the very same curve and value."""

    @property
    def mean(self) -> float | None:
        return fmean(self.values) if self.values else None

    @property
    def deviation(self) -> float | None:
        """The standard deviation of its own runs; None with fewer than two."""
        return stdev(self.values) if len(self.values) > 1 else None

    @property
    def margin(self) -> float | None:
        """Half the width of the 95 % interval of its mean; None with fewer than two runs."""
        if self.deviation is None:
            return None
        count = len(self.values)
        return t_quantile(CONFIDENCE, count - 1) * self.deviation / math.sqrt(count)

    @property
    def open(self) -> tuple[TrialRow, ...]:
        """The runs that wait or run."""
        return tuple(run for run in self.candidate.runs if not run.state.finished)

    @property
    def failures(self) -> tuple[TrialRow, ...]:
        """The runs that ended without a finite value."""
        return tuple(run for run in self.candidate.runs if run.state.finished and not _scored(run))


@dataclass(frozen=True, slots=True)
class Validation:
    """All of it. Empty ``results``: nothing has been validated."""

    results: tuple[Result, ...]
    """The best mean first, those without a value last."""
    noise: Noise | None
    """None where no configuration has two complete runs."""
    baseline: BaselineVerdict
    """The winner against the default configuration."""

    @property
    def winner(self) -> Result | None:
        return self.results[0] if self.results and self.results[0].values else None

    @property
    def tied(self) -> tuple[Result, ...]:
        """Those that lie within noise of the winner."""
        return tuple(result for result in self.results if result.tied)

    @property
    def open(self) -> int:
        """How many runs wait or run."""
        return sum(len(result.open) for result in self.results)


def validation(study: StudySnapshot) -> Validation:
    """The result as it stands. Curves are compared where ``study`` has them."""
    found = [(one, tuple(_value(run) for run in one.runs if _scored(run))) for one in validated(study)]
    noise = _noise([values for _, values in found])
    loss = study.direction.loss
    found.sort(key=lambda x: (not x[1], loss(fmean(x[1])) if x[1] else 0.0, x[0].of))
    scored = [values for _, values in found if values]
    results = tuple(
        Result(
            one,
            values,
            rank=1 + sum(_clearly(study, other, values, noise) for other in scored) if values else None,
            tied=at > 0 and bool(values) and not _clearly(study, scored[0], values, noise),
            same=_same_pairs(study, one),
        )
        for at, (one, values) in enumerate(found)
    )
    return Validation(results, noise, _against_baseline(study, results, noise))


def _scored(run: TrialRow) -> bool:
    return run.state is TrialState.COMPLETE and run.value is not None and math.isfinite(run.value)


def _value(run: TrialRow) -> float:
    return math.nan if run.value is None else run.value


def _noise(groups: Sequence[tuple[float, ...]]) -> Noise | None:
    freedom = sum(len(values) - 1 for values in groups if values)
    if freedom < 1:
        return None
    squares = sum((value - fmean(values)) ** 2 for values in groups if values for value in values)
    comparisons = max(1, sum(bool(values) for values in groups) - 1)
    share = 1 - (1 - CONFIDENCE) / comparisons
    return Noise(math.sqrt(squares / freedom), freedom, t_quantile(share, freedom))


def _clearly(study: StudySnapshot, one: tuple[float, ...], other: tuple[float, ...], noise: Noise | None) -> bool:
    """Whether ``one`` is better than ``other`` by more than noise; by anything, where the noise is unknown."""
    gap = study.direction.loss(fmean(other)) - study.direction.loss(fmean(one))
    return gap > (0.0 if noise is None else noise.least(len(one), len(other)))


def _same_pairs(study: StudySnapshot, one: Candidate) -> tuple[tuple[int, int], ...]:
    complete = [run for run in one.runs if _scored(run)]
    return tuple((a.number, b.number) for a, b in combinations(complete, 2) if _same(study, a, b))


def _same(study: StudySnapshot, one: TrialRow, other: TrialRow) -> bool:
    if one.value != other.value or one.steps != other.steps:
        return False
    curves = [study.curve(run.number, study.metric) for run in (one, other)]
    if curves[0] is None or curves[1] is None:
        # Without curves the value alone may be the same by chance, unless there is nothing else.
        return not one.steps
    return np.array_equal(curves[0].values, curves[1].values, equal_nan=True)


def _against_baseline(study: StudySnapshot, results: tuple[Result, ...], noise: Noise | None) -> BaselineVerdict:
    base = next((result for result in results if result.candidate.baseline and result.values), None)
    best = next((result for result in results if not result.candidate.baseline and result.values), None)
    if base is None or best is None:
        return BaselineVerdict(Worth.UNKNOWN, "the default configuration has not been validated")
    tuned, default = fmean(best.values), fmean(base.values)
    gap = study.direction.loss(default) - study.direction.loss(tuned)
    said = (
        f"tuned {figures.metric(tuned)} against default {figures.metric(default)}: "
        f"{'+' if gap > 0 else '-' if gap < 0 else ''}{figures.gap(gap)}"
    )
    if noise is None:
        worth = Worth.BETTER if gap > 0 else Worth.WORSE if gap < 0 else Worth.WITHIN_NOISE
        return BaselineVerdict(worth, f"{said}; the seed noise is unknown", gap)
    least = noise.least(len(best.values), len(base.values))
    said += f"; less than {figures.gap(least)} is noise"
    worth = Worth.WITHIN_NOISE if abs(gap) <= least else Worth.BETTER if gap > 0 else Worth.WORSE
    return BaselineVerdict(worth, said, gap, noise.deviation)
