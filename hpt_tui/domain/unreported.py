"""Objectives that report no steps: a pruner can end none of their trials, a budget of steps is never used up."""

from __future__ import annotations

import numpy as np

from hpt_tui.domain.figures import count
from hpt_tui.domain.method import Pruning
from hpt_tui.domain.snapshot import StudySnapshot

ENOUGH = 3
"""Complete trials without a report that show what the objective does."""
NO_STEPS = "no-steps"
"""The act of the event that a budget of steps stopped the search, for none is reported."""
REMEDY = "call trial.report(value, step) in its training loop"


def pruner_note(study: StudySnapshot) -> str:
    """That the pruner waits in vain for reports, and what would help; empty where it does not, or may not."""
    method = study.method
    if method is None or method.pruner is Pruning.NONE or not study.single or study.outline is not None:
        return ""
    done = len(study.complete)
    if done < ENOUGH or np.any(study.trials.columns.steps):
        return ""
    return (
        f"{done} trials are complete and none reported a step, so the {method.pruner} pruner can end none early: "
        f"let the objective {REMEDY}, and raise optuna.TrialPruned if trial.should_prune(), or take --pruner none"
    )


def no_steps_text(trial: int, budget: int) -> str:
    """Why a budget of steps ends the search at once: ``trial`` is complete, and no trial reported anything."""
    return (
        f"stopped: #{trial} is complete and no trial has reported a step, so the budget of {count(budget)} steps "
        f"would never be used up: let the objective {REMEDY}, or run with --max-steps 0"
    )
