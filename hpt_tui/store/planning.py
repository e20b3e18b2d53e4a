"""The plan of phases that a study is to follow when it is run: a new one, or the one that it follows already."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from hpt_tui.domain.description import Description
from hpt_tui.domain.method import Method
from hpt_tui.domain.phases.plan import SearchPlan
from hpt_tui.domain.phases.settling import Ground, check_budget, check_method, check_same, check_space, make_plan
from hpt_tui.domain.phases.wish import PlanWish, parse_plan
from hpt_tui.domain.trial import TrialRow
from hpt_tui.store import keys
from hpt_tui.store.plan_documents import decode_plan
from hpt_tui.store.record import decode_record


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to be done about a plan."""

    new: SearchPlan | None = None
    """The plan that begins; None where none does."""
    budget: int | None = None
    """The budget that goes with a new one."""
    follows: SearchPlan | None = None
    """The plan that the study is to follow from now on, new or not."""

    def check(self, method: Method, objectives: int) -> None:
        """Raises InputError where the method does not go with it."""
        if self.follows is not None:
            check_method(self.follows.kind, method, objectives)


def planned(
    attributes: keys.Attributes,
    trials: Sequence[TrialRow],
    description: Description,
    told: PlanWish | None,
    budget: int | None,
    by: str,
) -> Planned:
    """``told`` goes before what the study file says, which counts for a study without a plan. ``attributes`` and
    ``trials`` are those of the study, empty for a new one.

    Raises:
        InputError: the plan, the budget or the space do not go together.
    """
    known = decode_plan(attributes)
    declared = parse_plan(description.plan) if description.plan else None
    used = sum(t.counted for t in trials)
    if known is None:
        if (wish := told or declared) is None:
            return Planned()
        ground = Ground(
            space=tuple(description.space),
            baseline=description.baseline,
            used=used,
            trials=len(trials),
            budget=budget,
            known=keys.decode_budget(attributes),
        )
        plan, total = make_plan(wish, ground, time.time(), by)
        return Planned(plan, total, plan)
    if told is not None:
        check_same(known, told, f"--plan {told.text}")
    if budget is not None:
        check_budget(known, budget)
    whole = keys.decode_budget(attributes)
    if known.next is not None or whole is None or used < whole:
        _check_space(attributes, description)
    return Planned(follows=known)


def _check_space(attributes: keys.Attributes, description: Description) -> None:
    """See that the file declares the space which the study was run with, but for what a person redeclared."""
    if (record := decode_record(attributes.get(keys.SPEC))) is None:
        return
    spaces, redeclared = (record.space, description.space), keys.decode_control(attributes).redeclared
    before, now = ({name: text for name, text in x.items() if name not in redeclared} for x in spaces)
    check_space(before, now, description.file)
