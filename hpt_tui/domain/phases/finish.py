"""What a plan still has to do once the budget is used up: the phases that are to come, and the validation."""

from __future__ import annotations

from hpt_tui.domain.candidates import LEAST, WantedRun, configurations, missing_runs
from hpt_tui.domain.snapshot import StudySnapshot


def runs_to_make(study: StudySnapshot) -> tuple[WantedRun, ...]:
    """The runs of the plan's validation, once that has begun, which nobody has made yet (G28). Empty where there
    is nothing to choose among."""
    plan = study.control.plan
    if plan is None or not plan.phase.validates:
        return ()
    if sum(one.value is not None for one in configurations(study)) < LEAST:
        return ()
    return missing_runs(study, plan.phase.top, plan.phase.seeds)


def goes_on(study: StudySnapshot) -> bool:
    """Whether the study's plan has something to do beyond the budget."""
    plan = study.control.plan
    return plan is not None and (plan.next is not None or bool(runs_to_make(study)))
