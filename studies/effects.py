"""What each change to a baseline does by itself: measured, ranked, and shown beside what the guide says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan, sqrt
from statistics import fmean, stdev
from typing import TypeAlias

from hpt_tui.domain import figures
from hpt_tui.domain.space import ParamValue

Params: TypeAlias = dict[str, ParamValue]


@dataclass(frozen=True, slots=True)
class Change:
    """One parameter, and the two values of it that are compared."""

    parameter: str
    before: ParamValue
    after: ParamValue
    claimed: float
    """Percentage points that the guide gives for it: an illustration (C6)."""


@dataclass(frozen=True, slots=True)
class Level:
    """What was measured at one value: an accuracy, 0..1, a seed."""

    values: tuple[float, ...]
    """NaN where the training diverged."""

    @property
    def mean(self) -> float:
        """NaN where nothing was measured, or a training diverged."""
        return fmean(self.values) if self.values else nan

    @property
    def error(self) -> float:
        """The standard error of the mean; NaN with fewer than two seeds."""
        if len(self.values) < 2 or isnan(self.mean):
            return nan
        return stdev(self.values) / sqrt(len(self.values))

    @property
    def text(self) -> str:
        """In per cent."""
        return "diverged" if self.values and isnan(self.mean) else _per_cent(self.mean, self.error)


@dataclass(frozen=True, slots=True)
class Effect:
    """What one change does, everything else being as in the baseline."""

    change: Change
    before: Level
    after: Level

    @property
    def shift(self) -> float:
        return self.after.mean - self.before.mean

    @property
    def error(self) -> float:
        """The standard error of the shift: the two means err independently."""
        return sqrt(self.before.error**2 + self.after.error**2)

    @property
    def is_noise(self) -> bool:
        """Whether other seeds could as well have shown the opposite: the shift is within two standard errors."""
        return abs(self.shift) <= 2 * self.error


@dataclass(frozen=True, slots=True)
class CaseStudy:
    """A baseline, and the changes to it."""

    name: str
    title: str
    epochs: int
    baseline: Mapping[str, ParamValue]
    """Every parameter of the training."""
    changes: Sequence[Change]
    """One of each change's two values is the baseline's."""

    @property
    def study_name(self) -> str:
        """Trainings of another length are another study."""
        return f"{self.name}-one-at-a-time-{_counted(self.epochs, 'epoch')}".replace(" ", "-")

    def __post_init__(self) -> None:
        for change in self.changes:
            if self.baseline[change.parameter] not in (change.before, change.after):
                raise ValueError(f"{change.parameter}: neither value is the baseline's")

    def configurations(self) -> list[Params]:
        """The baseline, and then one for each change."""
        changed = [
            {**self.baseline, c.parameter: c.after if self.baseline[c.parameter] == c.before else c.before}
            for c in self.changes
        ]
        return [dict(self.baseline), *changed]

    def effects(self, measured: Sequence[tuple[Params, float]]) -> list[Effect]:
        """Ranked: the largest first, whichever its sign; last what is not measured."""

        def level(change: Change, value: ParamValue) -> Level:
            wanted = {**self.baseline, change.parameter: value}
            return Level(tuple(accuracy for params, accuracy in measured if params == wanted))

        found = [Effect(c, level(c, c.before), level(c, c.after)) for c in self.changes]
        return sorted(found, key=lambda effect: 1.0 if isnan(effect.shift) else -abs(effect.shift))

    def table(self, effects: Sequence[Effect], seeds: int) -> str:
        """What was measured, beside what the guide says."""
        largest = max((abs(e.shift) for e in effects if not isnan(e.shift)), default=nan)
        header = ("", "change", "before", "after", "measured", "of the largest", "the guide*")
        rows = [header, *(self._row(rank, effect, largest) for rank, effect in enumerate(effects, 1))]
        widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
        return "\n".join(
            [
                f"{self.title}, {_counted(self.epochs, 'epoch')}, {_counted(seeds, 'seed')} each: "
                "accuracy on held-out pictures, in per cent",
                *(line.rstrip() for line in lines),
                f"± standard error over the seeds{'' if seeds > 1 else ' (unknown with one: --seeds 3)'}",
                "* percentage points, an illustration: nothing else in this table is the guide's",
            ]
        )

    def _row(self, rank: int, effect: Effect, largest: float) -> tuple[str, ...]:
        change, shift = effect.change, effect.shift
        known = not isnan(shift)
        return (
            str(rank) if known else figures.UNKNOWN,
            f"{change.parameter} {figures.parameter(change.before)} → {figures.parameter(change.after)}",
            effect.before.text,
            effect.after.text,
            _per_cent(shift, effect.error, sign="+") + (", noise" if effect.is_noise else ""),
            figures.percent(abs(shift) / largest) if known and largest else figures.UNKNOWN,
            f"{change.claimed:+g}",
        )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s'[: number > 1]}"


def _per_cent(value: float, error: float, sign: str = "") -> str:
    if isnan(value):
        return figures.UNKNOWN
    return f"{100 * value:{sign}.1f}" + ("" if isnan(error) else f" ± {100 * error:.1f}")
