"""From one phase to the next: when, why, and what the next one puts in force."""

from __future__ import annotations

from dataclasses import dataclass

from hpt_tui.domain.advice.thresholds import DEFAULT_ADVICE
from hpt_tui.domain.phases.plan import REFINE, Begun, PlanKind, SearchPlan
from hpt_tui.domain.phases.refining import LEAST, agreed_choices, best_of, refined_bounds
from hpt_tui.domain.phases.staging import settled, stage_fixed
from hpt_tui.domain.snapshot import StudySnapshot

USED_UP = "its trials are used up"
SKIPPED = "skipped by order"


@dataclass(frozen=True, slots=True)
class Steps:
    """What a phase would put in force if it began now."""

    begun: Begun
    note: str = ""
    """What there is to say of it: why nothing changes, which choices stay."""


def why_over(study: StudySnapshot, plan: SearchPlan, now: float) -> str:
    """Why the phase is over before its trials are used up; empty as long as it is not. The last phase of a search
    ends with its budget."""
    following = plan.next
    if following is None:
        return ""
    if plan.skip_ordered:
        return SKIPPED
    if following.validates or (rule := settled(study, plan, now)) is None:
        return ""
    return f"settled ({rule.id}: {rule.measured})"


def next_steps(study: StudySnapshot, plan: SearchPlan, why: str, now: float) -> Steps:
    """What comes with the phase after the one that is under way, which there must be. Its first trial, and how
    many came before it, are for the storage to say."""
    index = plan.now.index + 1
    phase, at = plan.phases[index], max(now, plan.now.at)
    if plan.kind is PlanKind.STAGED:
        return Steps(Begun(index, at, why=why, fixed=stage_fixed(study, plan, index)))
    if phase.name != REFINE:
        # The validation runs what was found; a search that is taken up again goes on in the space it had.
        return Steps(Begun(index, at, why=why, bounds=plan.now.bounds, fixed=plan.now.fixed))
    best = best_of(study, DEFAULT_ADVICE.refine_top)
    if len(best) < LEAST:
        return Steps(
            Begun(index, at, why=why), f"the space stays: {len(best)} complete trials say too little of it"
        )
    bounds, fixed = refined_bounds(study, best), agreed_choices(study, best)
    return Steps(Begun(index, at, why=why, bounds=bounds, fixed=fixed), _note(bool(bounds or fixed), len(best)))


def _note(changed: bool, count: int) -> str:
    return "" if changed else f"the space stays: the best {count} are spread over all of it"
