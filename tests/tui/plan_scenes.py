"""Frames of a study that goes through phases."""

from __future__ import annotations

from dataclasses import replace

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.phases.plan import Begun, Narrowed, PlanKind, PlannedPhase, SearchPlan
from hpt_tui.domain.phases.wish import parse_plan
from tests.builders import NOON
from tests.tui import scenes

PHASES = parse_plan("phases:explore=25,refine=25,top=3,seeds=3").phases
REFINE = Begun(
    1,
    NOON - 1800,
    "ada@gpubox",
    "its trials are used up",
    first=25,
    after=25,
    bounds={
        "lr": Narrowed(3e-3, 9e-2, (1e-4, 1e-1), (1e-4, 1e-1), log=True),
        "dropout": Narrowed(0.1, 0.35, (0.0, 0.6), (0.0, 0.6)),
    },
    fixed={"optimizer": "sgd"},
)


def followed(plan: SearchPlan, shown: Frame | None = None) -> Frame:
    """A running study that follows ``plan``."""
    shown = shown or scenes.running()
    budget = sum(phase.trials for phase in plan.phases if not phase.validates)
    control = replace(shown.study.control, plan=plan, bounds=plan.now.in_force, fixed=dict(plan.now.fixed))
    return replace(shown, study=replace(shown.study, control=control, budget=budget, from_file=True))


def exploring() -> Frame:
    wide = parse_plan("phases:explore=60,refine=25,top=3,seeds=3").phases
    return followed(SearchPlan(PlanKind.PHASES, wide, (Begun(0),)))


def refining() -> Frame:
    return followed(SearchPlan(PlanKind.PHASES, PHASES, (Begun(0), REFINE)))


def staged() -> Frame:
    tiers = (
        PlannedPhase("tier 1", 20, ("lr",)),
        PlannedPhase("tier 2", 40, ("batch_size", "optimizer")),
        PlannedPhase("tier 4", 10, ("dropout",)),
    )
    first = Begun(0, NOON - 3600, fixed={"batch_size": 64, "optimizer": "adamw", "dropout": 0.2})
    why = "settled (same-best: 20 trials since the configuration of #3 became the best, limit 20)"
    second = Begun(1, NOON - 1800, "ada@gpubox", why, 20, 20, {}, {"lr": 3e-3, "dropout": 0.2})
    return followed(SearchPlan(PlanKind.STAGED, tiers, (first, second)))
