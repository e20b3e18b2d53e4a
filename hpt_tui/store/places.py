"""Whether there is a place for one more trial, judged by what a study says of itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from optuna.trial import TrialState

from hpt_tui.domain.step_budget import StepBudget
from hpt_tui.store import keys
from hpt_tui.store.liveness import known_dead
from hpt_tui.store.room import Room
from hpt_tui.store.step_count import Ran
from hpt_tui.store.step_documents import decode_step_budget, kept_steps


def held_up(attributes: keys.Attributes, *, new: bool = False) -> bool:
    """Whether no trial may start, whatever their number; of a search by hand no ``new`` one may."""
    control = keys.decode_control(attributes)
    return control.paused or control.stops_by(time.time()) or (new and control.by_hand)


def by_hand(attributes: keys.Attributes) -> bool:
    return keys.decode_control(attributes).by_hand


def limit_of(attributes: keys.Attributes) -> int | None:
    """How many finished trials there are to be; of a search by hand neither budget nor plan says anything."""
    control = keys.decode_control(attributes)
    planned = (keys.decode_budget(attributes), control.plan.limit if control.plan is not None else None)
    limits = (control.limit, *(() if by_hand(attributes) else planned))
    return min((n for n in limits if n is not None), default=None)


def steps_of(attributes: keys.Attributes) -> StepBudget | None:
    """The budget of steps; it, too, says nothing of a search by hand."""
    return None if by_hand(attributes) else decode_step_budget(attributes)


def judged(attributes: keys.Attributes, limit: int, workers: Sequence[str], finished: int) -> Room:
    """``workers``: those of the running trials, one a trial."""
    if finished >= limit:
        return Room.PHASE_OVER if _another_phase(attributes, finished) else Room.USED_UP
    if finished + len(workers) < limit:
        # Whether they live is not asked where it does not matter: it takes a while.
        return Room.FREE
    return Room.FREE if finished + len(holding(attributes, workers)) < limit else Room.TAKEN


def _another_phase(attributes: keys.Attributes, finished: int) -> bool:
    """Whether the plan goes on; a stop that was ordered ends that, too."""
    control = keys.decode_control(attributes)
    goes_on = control.limit is None or finished < control.limit
    return goes_on and control.plan is not None and control.plan.next is not None


def holding(attributes: keys.Attributes, workers: Sequence[str]) -> list[str]:
    """Those of ``workers`` that may live, and so hold the places of their trials."""
    leases = {lease.worker: lease for lease in keys.decode_leases(attributes)}
    return [worker for worker in workers if worker in leases and not known_dead(leases[worker])]


def judged_with_steps(
    budget: StepBudget, attributes: keys.Attributes, ran: Ran, running: Callable[[], Mapping[int, str]]
) -> Room:
    """``running``: the workers of the running trials that hold what they have to go, by trial."""
    total = ran.total - kept_steps(attributes)
    if total >= budget.steps:
        return Room.USED_UP
    if total + budget.to_come(ran.running.values(), ran.longest) < budget.steps:
        return Room.FREE
    leases = {lease.worker: lease for lease in keys.decode_leases(attributes)}
    signed = {trial: leases[worker] for trial, worker in running().items() if worker in leases}
    held = [ran.running[trial] for trial, lease in signed.items() if not known_dead(lease)]
    return Room.FREE if total + budget.to_come(held, ran.longest) < budget.steps else Room.TAKEN


def counts(state: TrialState, told: Mapping[str, Any]) -> bool:
    """Whether a finished trial uses up one of the budget."""
    if is_validation(told):
        return False
    end = told.get(keys.TRIAL_END)
    return not (state is TrialState.FAIL and isinstance(end, dict) and end.get("how") in keys.BY_HAND)


def is_validation(told: Mapping[str, Any]) -> bool:
    """Whether a trial of these attributes is a run of the final validation."""
    return keys.decode_validates(told.get(keys.TRIAL_VALIDATES)) is not None


def workers_of_all(told: Iterable[Mapping[str, Any]]) -> list[str]:
    """Of those that hold a place."""
    found = (attributes.get(keys.TRIAL_WORKER) for attributes in told if not is_validation(attributes))
    return [worker for worker in found if isinstance(worker, str)]


def workers_of(told: Mapping[int, Mapping[str, Any]]) -> dict[int, str]:
    """By trial, who says that it runs it."""
    return {trial: worker for trial, attributes in told.items() for worker in workers_of_all([attributes])}
