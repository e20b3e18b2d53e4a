"""A plan of phases as it stands in a study: one document of the plan, and one for each phase that has begun.

The plan's is written once, by ``run``, with the beginning of the first phase in it. A phase begins with one
document, the whole of what it puts in force: there is no moment at which half of it is. How far a phase has come
is counted, not kept. Orders to go on with the next phase are keys of their own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from hpt_tui.domain.event import Event
from hpt_tui.domain.phases.plan import Begun, Narrowed, PlanKind, PlannedPhase, SearchPlan
from hpt_tui.domain.space import ParamValue
from hpt_tui.store.documents import Attributes, Document, documents, number, text, whole

PLAN = "hpt:plan"
PHASE = "hpt:phase:"
"""Followed by a phase's place in the plan, from 1 on."""
SKIP = "hpt:skip-phase:"
"""Followed by the place of a phase that is to make room for the next one."""
MOST = 32
"""Phases of a plan: what has more is none of ours."""
_PLACE = re.compile(r"[0-9]{1,2}")


def encode_plan(plan: SearchPlan) -> Document:
    """With the first phase's beginning."""
    phases = [
        {"name": p.name, "trials": p.trials, "tuned": list(p.tuned), "top": p.top, "seeds": p.seeds}
        for p in plan.phases
    ]
    return {"kind": plan.kind.value, "phases": phases, "begun": encode_begun(plan.begun[0])}


def encode_begun(begun: Begun) -> Document:
    bounds = {
        name: {
            "low": n.low,
            "high": n.high,
            "was": list(n.was),
            "code": list(n.code),
            "log": n.log,
            "whole": n.whole,
        }
        for name, n in begun.bounds.items()
    }
    told = {"at": begun.at, "by": begun.by, "why": begun.why, "first": begun.first, "after": begun.after}
    return {**told, "bounds": bounds, "fixed": dict(begun.fixed)}


def decode_plan(attributes: Attributes) -> SearchPlan | None:
    """The study's plan, as far as it has come; None without one, and for one that makes no sense."""
    value = attributes.get(PLAN)
    if not isinstance(value, dict):
        return None
    try:
        kind = PlanKind(text(value, "kind"))
    except ValueError:
        return None
    phases = tuple(_phases(value.get("phases")))
    first = _begun(0, value.get("begun"))
    if first is None or not 0 < len(phases) <= MOST:
        return None
    begun = [first]
    while len(begun) < len(phases) and (later := _begun(len(begun), attributes.get(f"{PHASE}{len(begun)}"))):
        begun.append(later)
    skipped = frozenset(int(place) for place, _ in documents(attributes, SKIP) if _PLACE.fullmatch(place))
    return SearchPlan(kind, phases, tuple(begun), skipped)


def without_bounds(value: object, names: Collection[str]) -> object:
    """The document of a plan or of a phase, without the ranges of these parameters: they are declared anew."""
    if not isinstance(value, dict):
        return value
    if "begun" in value:
        return {**value, "begun": without_bounds(value["begun"], names)}
    told = value.get("bounds")
    bounds = {name: what for name, what in told.items() if name not in names} if isinstance(told, dict) else {}
    return {**value, "bounds": bounds}


def phase_in(attributes: Attributes) -> Begun:
    """The phase that is under way, which orders by hand go before; one of no effect without a plan."""
    plan = decode_plan(attributes)
    return Begun(0) if plan is None else plan.now


def phase_events(plan: SearchPlan | None) -> Iterator[Event]:
    """What the journal says of the plan: that each of its phases began. It is there with the phase itself, as it
    is made from the same document."""
    if plan is None:
        return
    for begun in plan.begun:
        ended = plan.phases[begun.index - 1].name if begun.index and begun.why else ""
        changes = ", ".join(plan.changes(begun.index)) or "the space as it was"
        parts = f"{changes}; {ended}: {begun.why}" if ended else changes
        yield Event(
            begun.at, begun.by, "phase", plan.phases[begun.index].name, "", parts, id=f"phase-{begun.index}"
        )


def _phases(value: object) -> Iterator[PlannedPhase]:
    for found in value if isinstance(value, list) else ():
        if not isinstance(found, dict):
            continue
        name, trials, tuned = text(found, "name"), whole(found, "trials"), found.get("tuned")
        if name and trials is not None:
            named = tuple(x for x in tuned if isinstance(x, str)) if isinstance(tuned, list) else ()
            yield PlannedPhase(name, trials, named, whole(found, "top") or 0, whole(found, "seeds") or 0)


def _begun(index: int, value: object) -> Begun | None:
    if not isinstance(value, dict):
        return None
    first, after = whole(value, "first"), whole(value, "after")
    if first is None or after is None:
        return None
    at, by, why = number(value, "at") or 0.0, text(value, "by"), text(value, "why")
    fixed = value.get("fixed")
    values = {k: v for k, v in fixed.items() if _value(v)} if isinstance(fixed, dict) else {}
    return Begun(index, at, by, why, first, after, dict(_bounds(value.get("bounds"))), values)


def _bounds(value: object) -> Iterator[tuple[str, Narrowed]]:
    for name, found in documents(value, "") if isinstance(value, dict) else ():
        low, high = number(found, "low"), number(found, "high")
        was, code = _pair(found.get("was")), _pair(found.get("code"))
        if low is not None and high is not None and low < high and was is not None and code is not None:
            yield name, Narrowed(low, high, was, code, found.get("log") is True, found.get("whole") is True)


def _pair(value: object) -> tuple[float, float] | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    both: Mapping[str, object] = {"low": value[0], "high": value[1]}
    low, high = number(both, "low"), number(both, "high")
    return None if low is None or high is None else (low, high)


def _value(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def fixed_values(
    plan: SearchPlan | None, orders: Mapping[str, tuple[float, tuple[ParamValue, ...]]]
) -> dict[str, ParamValue]:
    """What is fixed: by the phase, and by hand, which counts where it is newer. ``orders``: by parameter, when it
    was fixed (one value) or freed (none)."""
    phase = dict(plan.now.fixed) if plan is not None else {}
    since = plan.now.at if plan is not None else 0.0
    for name, (at, value) in orders.items():
        if name in phase and at < since:
            continue
        phase.pop(name, None)
        if value:
            phase[name] = value[0]
    return phase
