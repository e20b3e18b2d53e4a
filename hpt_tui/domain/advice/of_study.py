"""The situation that a study's own trials tell of (G15)."""

from __future__ import annotations

from dataclasses import replace

from hpt_tui.domain.advice.measured import measure
from hpt_tui.domain.advice.situation import Situation
from hpt_tui.domain.advice.thresholds import AdviceThresholds
from hpt_tui.domain.snapshot import StudySnapshot


def with_study(facts: Situation, study: StudySnapshot, now: float, limits: AdviceThresholds) -> Situation:
    """``facts`` with what the study's own trials tell at ``now`` (epoch seconds), and, if nobody said otherwise,
    with the budget that it has left."""
    found = replace(facts, measured=measure(study, now, limits))
    left = None if study.budget is None else study.budget - study.trials.used
    if found.hours is not None or found.cost is None or left is None or left <= 0:
        return found
    note = f"the budget is what the study's remaining trials cost ({left}, as planned)"
    return replace(found, hours=left * found.cost / 3600, noted=(note,))
