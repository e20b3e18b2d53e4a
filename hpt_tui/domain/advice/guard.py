"""G14's guard over a grid that is about to run."""

from __future__ import annotations

from hpt_tui.domain.advice.measured import measure
from hpt_tui.domain.advice.thresholds import DEFAULT_ADVICE, AdviceThresholds
from hpt_tui.domain.advice.wording import hours
from hpt_tui.domain.grid_points import configurations, grid_points
from hpt_tui.domain.method import Sampling
from hpt_tui.domain.snapshot import StudySnapshot


def grid_note(study: StudySnapshot, now: float, limits: AdviceThresholds = DEFAULT_ADVICE) -> str:
    """What is to be said of a grid that is too large, with both costs where finished trials tell them; else
    empty."""
    if study.method is None or study.method.strategy is not Sampling.GRID:
        return ""
    try:
        count = configurations(grid_points(study.declared, study.points))
    except ValueError:
        return ""
    if count <= limits.lint.grid:
        return ""
    found, random = measure(study, now, limits), limits.lint.random
    cost, other = ("", "") if found is None else (_hours(count, found.cost), _hours(random, found.cost))
    return (
        f"the grid has {count:,} configurations{cost}: {random} random ones{other} find as good at "
        f"{random / count:.0%} of the cost (run … --strategy random)"
    )


def _hours(trials: int, seconds: float) -> str:
    return f" ({hours(trials * seconds / 3600)} of GPU time)"
