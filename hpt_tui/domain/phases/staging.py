"""The staged plan: the tiers in their order (G3), each with its share of the budget (G2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from hpt_tui.domain.phases.plan import Begun, PlanKind, PlannedPhase, SearchPlan
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import ParamValue
from hpt_tui.domain.stopping import Standing, StopRule, stop_rules
from hpt_tui.domain.tiers import TIERS, budget_shares, tier_of
from hpt_tui.domain.trial import TrialRow
from hpt_tui.domain.trial_ledger import trials_of

LEAST = 5
"""Trials of a tier: fewer tell nothing even of one parameter (own; the guide's 5-10 values of a learning rate)."""
UNCLASSIFIED = "unclassified"
"""What the phase of the parameters without a tier is called: the last one."""
SETTLED_BY = ("improvement", "same-best", "no-improvement")
"""The stop rules (G26) by which a tier has settled; the others are the whole search's."""


def tiers_of(names: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """``(("tier 1", ("lr",)), …)``: what is tuned together, the most important first."""
    grouped: dict[int | None, list[str]] = {}
    for name in names:
        grouped.setdefault(tier_of(name), []).append(name)
    order = (*TIERS, None)
    words = {tier: UNCLASSIFIED if tier is None else f"tier {tier}" for tier in order}
    return tuple((words[tier], tuple(grouped[tier])) for tier in order if tier in grouped)


def staged_phases(names: Iterable[str], trials: int) -> tuple[PlannedPhase, ...]:
    """``trials`` shared out among the tiers of the parameters.

    A group's share (G2) is divided evenly among its parameters, and a tier has what its parameters have: the
    guide gives shares to groups, and an order to tiers. Each tier has :data:`LEAST` at least, where there are so
    many.
    """
    tiers = tiers_of(names)
    shares = {name: s.share / len(s.parameters) for s in budget_shares(names) for name in s.parameters}
    weights = [sum(shares[name] for name in tuned) for _, tuned in tiers]
    sizes = _shared(trials, weights, min(LEAST, trials // max(1, len(tiers))))
    return tuple(PlannedPhase(word, size, tuned) for (word, tuned), size in zip(tiers, sizes, strict=True))


def _shared(trials: int, weights: list[float], least: int) -> list[int]:
    """Whole numbers that add up to ``trials``, each ``least`` or more, beyond that by the weights."""
    free = trials - least * len(weights)
    whole = sum(weights) or 1.0
    exact = [free * w / whole for w in weights]
    sizes = [int(x + 1e-9) for x in exact]
    # The largest remainders first; of equal ones the more important tier's.
    order = sorted(range(len(weights)), key=lambda i: (sizes[i] - exact[i], i))
    for i in order[: free - sum(sizes)]:
        sizes[i] += 1
    return [least + size for size in sizes]


def at_baseline(phases: tuple[PlannedPhase, ...], baseline: Mapping[str, ParamValue]) -> dict[str, ParamValue]:
    """What is fixed while the first tier is tuned: every later one at its baseline (G3)."""
    later = (name for phase in phases[1:] for name in phase.tuned)
    return {name: baseline[name] for name in later if name in baseline}


def stage_fixed(study: StudySnapshot, plan: SearchPlan, index: int) -> dict[str, ParamValue]:
    """What is fixed while the tier at ``index`` is tuned: the earlier ones at the best that was found, the later
    ones at their baseline, which the first tier was begun with. What somebody has fixed or freed by hand meanwhile
    stays as they left it."""
    best = _best_since(study, plan.begun[0].first)
    baseline = plan.begun[0].fixed
    found: dict[str, ParamValue] = {}
    for place, phase in enumerate(plan.phases):
        source = baseline if place > index or best is None else best.params
        for name in phase.tuned if place != index else ():
            if name in source and not by_hand(study, plan.now, name):
                found[name] = source[name]
    return found


def by_hand(study: StudySnapshot, begun: Begun, name: str) -> bool:
    """Whether somebody has fixed ``name``, or freed it again, over what the phase fixed."""
    fixed = study.control.fixed
    return (name in fixed) != (name in begun.fixed) or fixed.get(name) != begun.fixed.get(name)


def _best_since(study: StudySnapshot, first: int) -> TrialRow | None:
    """Trials from before the plan had other values of the later tiers: they do not speak of this one."""
    return next((row for row in study.ranked if row.number >= first), None)


def settled(study: StudySnapshot, plan: SearchPlan, now: float) -> StopRule | None:
    """The stop rule (G26) by which the tier that is being tuned has settled; None as long as it has not.

    Judged by the trials of this tier alone: those before had other parameters to tune.
    """
    if plan.kind is not PlanKind.STAGED:
        return None
    own = trials_of(row for row in study.trials if row.number >= plan.now.first)
    rules = stop_rules(replace(study, trials=own), now)
    return next((r for r in rules if r.id in SETTLED_BY and r.standing is Standing.FIRED), None)
