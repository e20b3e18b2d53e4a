"""What a budget of steps means for a plan of phases: it ends the search wherever the plan is then."""

from __future__ import annotations

from hpt_tui.domain.figures import count
from hpt_tui.domain.phases.plan import SearchPlan
from hpt_tui.domain.progress import goes_beyond_steps, steps_used_up
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.step_budget import StepBudget

AFTERWARDS = "hpt-tui validate FILE.py validates what was found"


def may_be_cut(plan: SearchPlan, budget: StepBudget, trials: int | None) -> str:
    """What to say to whoever starts a plan with both budgets, of steps and of ``trials``, in which no run of the
    validation counts; empty where the steps last, or the plan has no phase to come."""
    if plan.next is None or (trials and budget.trial and budget.trial * trials <= budget.steps):
        return ""
    said = f"the plan ends at {count(budget.steps)} steps, in whatever phase it is then"
    if not any(phase.validates for phase in plan.phases):
        return said
    return f"{said}, without the validation; {AFTERWARDS}"


def cut(study: StudySnapshot) -> str:
    """What the study's budget of steps leaves of the phases that are to come, in a sentence; empty where there is
    no such budget, or no such phase."""
    plan, budget = study.control.plan, study.step_budget
    if plan is None or plan.next is None or budget is None or study.outline is not None:
        return ""
    if not steps_used_up(study):
        return may_be_cut(plan, budget, study.budget)
    if goes_beyond_steps(study):
        return ""
    left = ", ".join(phase.name for phase in plan.phases[plan.now.index + 1 :])
    said = f"{count(budget.steps)} steps are used up, so the plan ends here, without {left}"
    return f"{said}; run it with a larger --max-steps to go on; {AFTERWARDS}"
