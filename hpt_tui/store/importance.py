"""How much each parameter matters, as a study's own trials show it: Optuna's PED-ANOVA (G4)."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping

import numpy as np
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.study import create_study
from optuna.trial import FrozenTrial, create_trial

from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialRow
from hpt_tui.store.connect import quiet_optuna
from hpt_tui.store.translate import to_distribution

MOST = 5_000
"""Trials that are looked at, evenly taken from all: a second's work; more hardly change the result."""


def measured_importances(study: StudySnapshot, least: int) -> Mapping[str, float]:
    """By parameter how much it decides whether a trial is among the best tenth, adding up to 1.

    Complete trials with finite values count, pruned ones do not (C8). Ranges that were moved meanwhile are each
    judged by themselves. Empty with several objectives, with fewer than ``least`` such trials, or where nothing
    has any effect. The study's storage is not touched.
    """
    if not study.single:
        return {}
    places = study.complete.places
    values = study.trials.columns.values[places, 0]
    places = places[np.isfinite(values)]
    if len(places) < max(least, 2):
        return {}
    chosen = places if len(places) <= MOST else places[np.linspace(0, len(places) - 1, MOST).astype(np.intp)]
    quiet_optuna()
    copy = create_study(direction=study.direction.value)
    copy.add_trials([_frozen(row) for row in study.trials.select(chosen)])
    with warnings.catch_warnings():
        # Of ranges that few trials were drawn from: they are left out, and that is all right.
        warnings.simplefilter("ignore")
        found = get_param_importances(copy, evaluator=PedAnovaImportanceEvaluator())
    whole = sum(found.values())
    if not math.isfinite(whole) or whole <= 0 or max(found.values()) == min(found.values()):
        return {}
    return found


def _frozen(row: TrialRow) -> FrozenTrial:
    known = [name for name in row.params if name in row.ranges]
    return create_trial(
        value=row.value,
        params={name: row.params[name] for name in known},
        distributions={name: to_distribution(row.ranges[name]) for name in known},
    )
