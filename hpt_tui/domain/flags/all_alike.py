"""G24.2: all trials come out nearly alike, so that the search has nothing to learn from."""

from __future__ import annotations

from collections.abc import Iterator

from hpt_tui.domain import figures
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.spread import Spread, of_one_configuration, points_per_unit, values_of
from hpt_tui.domain.trial import TrialState


def all_alike(study: StudySnapshot, limits: Thresholds) -> Iterator[Flag]:
    """Complete trials with different parameters whose values hardly differ, in percentage points for an accuracy
    and relative to the median otherwise (C5). Where the pruner ended more trials than it let through, those that
    came through are alike by its choice. Identical ones are another matter: ``constant``."""
    count = len(study.ranked)
    values = values_of(study) if count >= limits.alike_trials else None
    if values is None or values.spread == 0:
        return
    alike, measured, allowed = _judge(values, points_per_unit(study, values), limits)
    if not alike or study.counts[TrialState.PRUNED] > count or of_one_configuration(study):
        return
    metric = figures.plain(study.metric)
    yield Flag(
        "all-alike",
        Severity.WARNING,
        f"{metric} of all {count} complete trials is within {measured} of each other, whatever the parameters",
        "The space is too narrow, its parameters don't reach the model, or the objective returns the wrong value.",
        "Check that the objective uses its parameters; widen the space and check that the sampler covers it.",
        (
            ("smallest", figures.metric(values.smallest)),
            ("largest", figures.metric(values.largest)),
            ("spread", measured),
            ("alike within", allowed),
            ("judged", f"{count} complete trials; pruned ones left out"),
        ),
        trials=study.ranked[: limits.trials_shown].numbers,
        why_no_order="Whether the objective uses its parameters is to be seen in its code only.",
        rule="G24.2",
    )


def _judge(values: Spread, points_per_unit: float | None, limits: Thresholds) -> tuple[bool, str, str]:
    """Whether they are alike, how far apart they are, and how far they may be, the latter two in words."""
    spread = values.spread
    if points_per_unit is not None:
        points = spread * points_per_unit
        return (
            points <= limits.alike_points,
            f"{points:.3g} percentage points",
            f"{limits.alike_points:g} percentage points",
        )
    size = abs(values.median) or max(abs(values.smallest), abs(values.largest)) or 1.0
    return (
        spread <= limits.alike_relative * size,
        f"{spread / size * 100:.3g} % of the median",
        f"{limits.alike_relative * 100:g} % of the median",
    )
