"""Whether a plan can be had of a study, and what it then is: what is wrong with it is said before it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hpt_tui.domain.figures import plain
from hpt_tui.domain.method import Method, Sampling
from hpt_tui.domain.phases.plan import Begun, PlanKind, PlannedPhase, SearchPlan
from hpt_tui.domain.phases.staging import at_baseline, staged_phases, tiers_of
from hpt_tui.domain.phases.wish import PlanWish
from hpt_tui.domain.space import ParamValue
from hpt_tui.errors import InputError

DEFAULT = PlanWish(PlanKind.PHASES)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a plan is made on: the study as it stands, and what its file declares."""

    space: tuple[str, ...] = ()
    """The declared parameters; empty where no StudySpec declares any."""
    baseline: Mapping[str, ParamValue] | None = None
    used: int = 0
    """Trials that have used up one of the budget already."""
    trials: int = 0
    """All trials that are there, so the number of the next one."""
    budget: int | None = None
    """What the user asks for; None: whatever the plan needs."""
    known: int | None = None
    """The budget that the study has."""


def make_plan(wish: PlanWish, ground: Ground, now: float, by: str) -> tuple[SearchPlan, int]:
    """The plan, whose first phase begins ``now``, and the budget that goes with it.

    Raises:
        InputError: it does not fit the budget or the study; with what would.
    """
    if wish.kind is PlanKind.STAGED:
        return _staged(ground, now, by)
    phases = wish.phases
    # What is there has explored the whole space already.
    total = max(ground.used, phases[0].trials) + phases[1].trials
    plan = SearchPlan(wish.kind, phases, (Begun(0, now, by),))
    if ground.budget is not None and ground.budget != total:
        raise InputError(f"--plan {wish.text}", *_misfit(plan, ground, total))
    return plan, total


def _misfit(plan: SearchPlan, ground: Ground, total: int) -> tuple[str, str]:
    validation = next((p.trials for p in plan.phases if p.validates), 0)
    beside = f", and {validation} runs of validation, which use up no budget" if validation else ""
    there = f" ({ground.used} are there already)" if ground.used > plan.phases[0].trials else ""
    problem = f"the plan has {total} trials{there} ({plan.words}){beside}; the budget is {ground.budget}"
    return problem, f"leave out --trials, or {_fitting(plan, ground)}"


def _fitting(plan: SearchPlan, ground: Ground) -> str:
    """Sizes in the same proportion that fit the budget."""
    explore, refine = plan.phases[0].trials, plan.phases[1].trials
    budget = ground.budget or 0
    if budget < max(2, ground.used + 1):
        return f"give a budget of {max(2, ground.used + 1)} or more"
    smaller = max(1, min(budget - max(1, ground.used), round(budget * refine / (explore + refine))))
    return f"take phases that fit: --plan phases:explore={budget - smaller},refine={smaller}"


def _staged(ground: Ground, now: float, by: str) -> tuple[SearchPlan, int]:
    what, usual = "--plan staged", DEFAULT.phases
    if not ground.space:
        raise InputError(
            what, "needs to know the space before it starts", "declare a StudySpec(space=…, baseline=…)"
        )
    tiers = tiers_of(ground.space)
    if len(tiers) < 2:
        raise InputError(what, f"has nothing to stage: every parameter is of {tiers[0][0]}", "leave out --plan")
    if missing := [name for _, tuned in tiers[1:] for name in tuned if name not in (ground.baseline or {})]:
        problem = f"fixes later tiers at their baseline, and there is none of {', '.join(map(plain, missing))}"
        raise InputError(what, problem, f"add it to the StudySpec: baseline={{{missing[0]!r}: …}}")
    total = ground.budget or ground.known or sum(p.trials for p in usual if not p.validates)
    free = total - ground.used
    if free < len(tiers):
        problem = f"has {len(tiers)} tiers, and {max(0, free)} trials are left of the budget of {total}"
        raise InputError(what, problem, f"give more: --trials {ground.used + 10 * len(tiers)}")
    phases = staged_phases(ground.space, free)
    fixed = at_baseline(phases, ground.baseline or {})
    begun = Begun(0, now, by, first=ground.trials, after=ground.used, fixed=fixed)
    return SearchPlan(PlanKind.STAGED, phases, (begun,)), total


def check_method(kind: PlanKind, method: Method, objectives: int) -> None:
    """Whether a plan can be followed by ``method``.

    Raises:
        InputError: it can't.
    """
    what = f"--plan {kind}"
    if method.strategy is Sampling.GRID:
        problem = "goes with no grid: that takes every configuration once, and learns nothing from phase to phase"
        raise InputError(what, problem, "take --strategy random or tpe, or leave out --plan")
    if objectives > 1:
        raise InputError(
            what, "needs one objective: of several none says which trials are best", "leave out --plan"
        )


def check_same(plan: SearchPlan, wish: PlanWish, asked: str) -> None:
    """Whether ``wish`` is the plan that the study follows.

    Raises:
        InputError: it is another one.
    """
    same = wish.kind is plan.kind and (wish.kind is PlanKind.STAGED or wish.phases == plan.phases)
    if not same:
        problem = f"the study follows another plan already ({plan.kind}: {plan.words})"
        raise InputError(
            asked, problem, "leave it out to go on with that, or give the study another name (--study)"
        )


def check_budget(plan: SearchPlan, budget: int) -> None:
    """Whether the phases that are still to come fit a new budget; a larger one is the last phase's.

    Raises:
        InputError: they don't.
    """
    limit = plan.limit
    if limit is None:
        return
    later: tuple[PlannedPhase, ...] = plan.phases[plan.now.index + 1 :]
    needed = limit + sum(p.trials for p in later if not p.validates)
    if budget < needed:
        problem = f"the study's plan has {needed} trials ({plan.words}), the budget is {budget}"
        raise InputError("--trials", problem, f"give {needed} or more, or leave it out")


def check_space(before: Mapping[str, str], now: Mapping[str, str], file: str) -> None:
    """Whether the declared space (parameter -> Optuna's JSON) is the one that the plan under way began with.

    Raises:
        InputError: it has changed since.
    """
    if before == now:
        return
    changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    problem = f"the space has changed ({', '.join(map(plain, changed))}) while a plan of phases is under way"
    remedy = "put it back, move a bound in the running study (hpt-tui widen), or give it another name (--study)"
    raise InputError(file, problem, remedy)
