"""Advice as one JSON document, whose keys are a contract."""

from __future__ import annotations

import json

from hpt_tui.cli.declarations import Declaration
from hpt_tui.cli.page import Document, finite, range_document
from hpt_tui.domain.advice.advice import Advice
from hpt_tui.domain.advice.choice import Choice
from hpt_tui.domain.advice.grid import Grid
from hpt_tui.domain.advice.need import Need
from hpt_tui.domain.advice.plan import Plan, Tool
from hpt_tui.domain.advice.priorities import Priorities, Rates
from hpt_tui.domain.advice.situation import Measured, Situation
from hpt_tui.domain.space import ParamValue

_EXACT = 2.0**53
"""From here on not every whole number is a float."""


def as_json(found: Declaration | None, advice: Advice) -> str:
    """Times are seconds where the key says so, GPU-hours where it says ``hours``; what is unknown is null, and
    numbers that are not finite are texts."""
    document = {
        "origin": None if found is None else found.origin.value,
        "name": None if found is None else found.name,
        "situation": _situation(advice.situation),
        "need": _need(advice.need),
        "model": _model(advice),
        "strategy": _strategy(advice.choice),
        **_plan(advice.plan),
        **_priorities(advice.priorities),
        "grid": None if advice.grid is None else _grid(advice.grid),
        "practice": dict(advice.practice),
        "changes": [{"fact": c.fact, "when": c.when, "then": c.then} for c in advice.changes],
        "assumptions": list(advice.assumptions),
    }
    return json.dumps(document, indent=2, allow_nan=False)


def _situation(s: Situation) -> Document:
    return {
        "parameters": s.parameters,
        "budget_hours": s.hours,
        "trial_seconds": s.cost,
        "gpus": s.gpus,
        "examples": s.examples,
        "task": s.declared.task,
        "optimizers": list(s.declared.optimizers),
        "symptoms": sorted(s.symptoms),
        "measured": None if s.measured is None else _measured(s.measured),
    }


def _measured(m: Measured) -> Document:
    return {
        "complete": m.complete,
        "pruned": m.pruned,
        "trial_seconds": m.trial,
        "pruned_trial_seconds": m.pruned_trial,
        "step_seconds": m.step,
        "saved_share": m.saved,
        "importances": dict(m.importances),
    }


def _need(need: Need) -> Document:
    return {
        "tune": need.tune,
        "reasons": [{"rule": r.rule, "tune": r.tune, "text": r.text} for r in need.reasons],
        "instead": need.instead,
        "focus": [role.value for role in need.focus],
    }


def _model(advice: Advice) -> Document | None:
    size = advice.capacity
    if size is None:
        return None
    return {"pretrained": size.weights is None, "weights": size.weights, "or_more": size.more}


def _strategy(choice: Choice) -> Document:
    return {
        "approach": choice.approach.value,
        "rule": choice.rule,
        "reason": choice.reason,
        "learning_rate_alone": choice.alone,
        "weighed": choice.weighed,
        "opinions": [
            {
                "rule": o.rule,
                "basis": o.basis,
                "approaches": [approach.value for approach in o.approaches],
                "learning_rate_alone": o.alone,
                "followed": o not in choice.dissent,
            }
            for o in choice.opinions
        ],
    }


def _plan(plan: Plan) -> Document:
    seeds = plan.seeds
    return {
        "sampler": _tool(plan.sampler),
        "pruner": _tool(plan.pruner),
        "trials": {
            "planned": plan.trials,
            "fit": plan.fits,
            "usual": list(plan.usual),
            "wall_seconds": plan.wall,
        },
        "phases": [
            {
                "name": p.name,
                "configurations": p.configurations,
                "seeds": p.seeds,
                "hours": p.hours,
                "about": p.about,
            }
            for p in plan.phases
        ],
        "seeds": None
        if seeds is None
        else {
            "best_share": seeds.share,
            "many": {"configurations": seeds.total, "seeds": 1, "chance": round(seeds.many_chance, 4)},
            "few": {"configurations": seeds.few, "seeds": seeds.each, "chance": round(seeds.few_chance, 4)},
        },
    }


def _tool(tool: Tool) -> Document | None:
    return (
        {"name": tool.name, "arguments": tool.arguments, "option": tool.option, "reason": tool.reason}
        if tool.name
        else None
    )


def _priorities(found: Priorities) -> Document:
    return {
        "measured": found.measured,
        "parameters": [
            {"name": p.name, "role": p.role.value, "tier": p.tier, "importance": p.importance, "now": p.now}
            for p in found.parameters
        ],
        "shares": [
            {"group": s.group.value, "share": round(s.share, 4), "parameters": list(s.parameters)}
            for s in found.shares
        ],
        "disagreements": list(found.disagreements),
        "learning_rate": _rates(found.rates),
    }


def _rates(rates: Rates) -> Document:
    return {
        "name": rates.name or None,
        "explore": range_document(rates.explore),
        "usual": {whose: {"low": u.low, "high": u.high, "start": u.start} for whose, u in rates.usual.items()},
        "given": None if rates.given is None else range_document(rates.given),
    }


def _grid(grid: Grid) -> Document:
    return {
        "configurations": _whole(grid.configurations),
        "hours": finite(grid.hours),
        "too_large": grid.too_large,
        "random": grid.random,
        "random_hours": grid.random_hours,
    }


def _whole(count: float) -> ParamValue:
    return int(count) if count < _EXACT else finite(count)
