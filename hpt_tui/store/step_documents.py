"""What stands in a study of its budget of steps."""

from __future__ import annotations

from hpt_tui.domain.step_budget import StepBudget
from hpt_tui.store.documents import Attributes, Document, documents, whole

MAX_STEPS = "hpt:max-steps"
KEPT = "hpt:kept:"
"""Followed by a study's id and the number of a failed trial: how many reports its retry began with."""


def encode_step_budget(budget: StepBudget | None) -> Document | None:
    return None if budget is None else {"steps": budget.steps, "trial": budget.trial}


def decode_step_budget(attributes: Attributes) -> StepBudget | None:
    value = attributes.get(MAX_STEPS)
    if not isinstance(value, dict) or not (steps := whole(value, "steps")):
        return None
    return StepBudget(steps, whole(value, "trial") or None)


def kept_steps(attributes: Attributes) -> int:
    """How many of the reports in the study stand there twice: in a lost trial, and in the retry that goes on from
    where it was."""
    return sum(whole(value, "steps") or 0 for _, value in documents(attributes, KEPT))
