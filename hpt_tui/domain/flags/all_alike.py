"""G24.2: all trials come out alike, so that the search has nothing to learn from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import median

from hpt_tui.domain import figures, names
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import Direction, TrialState


def all_alike(study: StudySnapshot, limits: Thresholds) -> Iterator[Flag]:
    """Complete trials with different parameters whose values hardly differ, in percentage points for an accuracy
    and relative to the median otherwise (C5). Where the pruner ended more trials than it let through, those that
    came through are alike by its choice, and only identical ones are told."""
    values = [t.value for t in study.complete if t.value is not None] if study.single else []
    if len(values) < limits.alike_trials or not all(map(math.isfinite, values)):
        return
    first = study.complete[0].params
    if all(t.params == first for t in study.complete):
        return
    spread = max(values) - min(values)
    points_per_unit = _points_per_unit(study, values)
    alike, measured, allowed = _judge(values, spread, points_per_unit, limits)
    chosen = study.counts[TrialState.PRUNED] > len(values)
    if spread > 0 and (not alike or chosen):
        return
    metric = figures.plain(study.metric)
    what = f"within {measured} of each other" if spread > 0 else f"exactly {figures.metric(values[0])}"
    yield Flag(
        "all-alike",
        Severity.WARNING if spread > 0 else Severity.CRITICAL,
        f"{metric} of all {len(values)} complete trials is {what}, whatever the parameters",
        "The space is too narrow, its parameters don't reach the model, or the objective returns the wrong value.",
        "Check that the objective uses its parameters; widen the space and check that the sampler covers it.",
        (
            ("smallest", figures.metric(min(values))),
            ("largest", figures.metric(max(values))),
            ("spread", measured),
            ("alike within", allowed),
            ("judged", f"{len(values)} complete trials; pruned ones left out"),
        ),
        trials=tuple(t.number for t in study.ranked[: limits.trials_shown]),
        why_no_order="Whether the objective uses its parameters is to be seen in its code only.",
        rule="G24.2",
    )


def _points_per_unit(study: StudySnapshot, values: Sequence[float]) -> float | None:
    """How many percentage points one unit of an accuracy is: 100 on 0..1, 1 on 0..100; None for anything else."""
    if study.direction is not Direction.MAXIMIZE or not names.is_accuracy(study.metric) or min(values) < 0:
        return None
    if max(values) <= 1:
        return 100.0
    return 1.0 if max(values) <= 100 else None


def _judge(
    values: Sequence[float], spread: float, points_per_unit: float | None, limits: Thresholds
) -> tuple[bool, str, str]:
    """Whether they are alike, how far apart they are, and how far they may be, the latter two in words."""
    if points_per_unit is not None:
        points = spread * points_per_unit
        return (
            points <= limits.alike_points,
            f"{points:.3g} percentage points",
            f"{limits.alike_points:g} percentage points",
        )
    size = abs(median(values)) or max(map(abs, values)) or 1.0
    return (
        spread <= limits.alike_relative * size,
        f"{spread / size * 100:.3g} % of the median",
        f"{limits.alike_relative * 100:g} % of the median",
    )
