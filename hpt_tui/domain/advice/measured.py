"""G15: what a study's own finished trials say of the next ones."""

from __future__ import annotations

import numpy as np

from hpt_tui.domain.advice.situation import Measured
from hpt_tui.domain.advice.thresholds import AdviceThresholds
from hpt_tui.domain.importance import importances
from hpt_tui.domain.progress import progress
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.trials import Floats, Mask


def measure(study: StudySnapshot, now: float, limits: AdviceThresholds) -> Measured | None:
    """Median times of the complete and of the pruned trials; None with too few complete ones. A trial has one GPU,
    as hpt-tui's workers have."""
    c, trials = study.trials.columns, study.trials
    seconds = c.ended - c.started
    timed = seconds >= 0
    complete = timed & trials.in_state(TrialState.COMPLETE)
    pruned = timed & trials.in_state(TrialState.PRUNED)
    reported = (complete | pruned) & (c.steps > 0)
    if int(np.count_nonzero(complete)) < limits.measured_trials:
        return None
    return Measured(
        complete=int(np.count_nonzero(complete)),
        pruned=int(np.count_nonzero(pruned)),
        trial=float(np.median(seconds[complete])),
        pruned_trial=_median(seconds, pruned),
        step=_median(seconds / np.maximum(c.steps, 1), reported),
        saved=progress(study, now).saved,
        importances=importances(study, limits.importance_trials),
    )


def _median(numbers: Floats, of: Mask) -> float | None:
    return float(np.median(numbers[of])) if of.any() else None
