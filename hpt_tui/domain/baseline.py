"""Whether tuning was worth it (G27): the best tuned configuration against the default one, by the seed noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from hpt_tui.domain import figures
from hpt_tui.domain.configurations import Repeats, repeats, seed_noise
from hpt_tui.domain.flags.thresholds import DEFAULT_THRESHOLDS, Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trials import Mark


class Worth(StrEnum):
    BETTER = "better"
    WITHIN_NOISE = "within noise"
    WORSE = "worse"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class BaselineVerdict:
    """Tuned against default."""

    worth: Worth
    summary: str
    """With the measured numbers."""
    gap: float | None = None
    """How much better the tuned one is, in the objective's unit; negative if it is worse."""
    noise: float | None = None
    """The standard deviation between seeds; None where no configuration was run with several."""


def baseline_verdict(study: StudySnapshot, limits: Thresholds = DEFAULT_THRESHOLDS) -> BaselineVerdict:
    """Means are compared where a configuration has several runs. Where the noise is unknown the plain difference
    decides, and that is said."""
    baseline = study.baseline if study.single else None
    if baseline is None or baseline.value is None or not math.isfinite(baseline.value):
        return BaselineVerdict(Worth.UNKNOWN, "no complete trial ran the default configuration")
    found = repeats(study, limits.repeats_looked_at)
    place = study.trials.place(baseline.number)
    base = next((r for r in found if place in r.places), None)
    tuned = _tuned(study, found, base)
    if tuned is None:
        return BaselineVerdict(Worth.UNKNOWN, "no complete trial but the default configuration's")
    default = (baseline.value, 1) if base is None else (base.mean, len(base.values))
    sign = 1.0 if study.direction.better(1.0, 0.0) else -1.0
    gap = sign * (tuned[0] - default[0])
    noise = seed_noise(found)
    gained = f"tuned {figures.metric(tuned[0])}{_runs(tuned[1])} against default {figures.metric(default[0])}"
    said = f"{gained}{_runs(default[1])}: {'+' if gap > 0 else '-' if gap < 0 else ''}{figures.gap(gap)}"
    if noise is None:
        worth = Worth.BETTER if gap > 0 else Worth.WORSE if gap < 0 else Worth.WITHIN_NOISE
        return BaselineVerdict(worth, f"{said}; the seed noise is unknown", gap)
    error = noise[0] * math.sqrt(1 / tuned[1] + 1 / default[1])
    least = figures.gap(limits.noise_wide * error)
    said += f"; seeds differ by {figures.gap(noise[0])}, so less than {least} is noise"
    if abs(gap) <= limits.noise_wide * error:
        return BaselineVerdict(Worth.WITHIN_NOISE, said, gap, noise[0])
    return BaselineVerdict(Worth.BETTER if gap > 0 else Worth.WORSE, said, gap, noise[0])


def _tuned(study: StudySnapshot, found: tuple[Repeats, ...], base: Repeats | None) -> tuple[float, int] | None:
    """The value and number of runs of the best tuned configuration; a mean where several were validated."""
    ranked = study.ranked.places
    default = study.trials.marked(Mark.BASELINE)
    if base is not None:
        default[base.places] = True
    tuned = ranked[~default[ranked]]
    tuned = tuned[np.isfinite(study.trials.columns.values[tuned, 0])]
    if not len(tuned):
        return None
    validated = [r for r in found if r is not base and r.differ]
    best = next((r for r in found if int(tuned[0]) in r.places.tolist()), None)
    if best is None and len(validated) > 1:
        # One lucky run is no match for the mean of several.
        best = validated[0]
    if best is not None:
        return best.mean, len(best.values)
    return float(study.trials.columns.values[tuned[0], 0]), 1


def _runs(count: int) -> str:
    return f" (mean of {count} runs)" if count > 1 else ""
