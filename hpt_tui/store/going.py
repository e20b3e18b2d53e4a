"""Setting a study going that is run, again or for the first time: its budgets, and what was stopped goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from hpt_tui.domain.event import Event, values
from hpt_tui.domain.figures import count, lasting, local_time
from hpt_tui.domain.orders.search import stop_values
from hpt_tui.domain.snapshot import Control
from hpt_tui.domain.step_budget import StepBudget
from hpt_tui.store import keys
from hpt_tui.store.control import StudyControl
from hpt_tui.store.step_documents import decode_step_budget
from hpt_tui.store.tally import Room, StorageTally

Tell = Callable[[str], object]
"""Takes a line for whoever starts the search."""


def print_nothing(line: str) -> None:
    """Where nobody listens."""


@dataclass(frozen=True, slots=True)
class Budgets:
    """What a search may cost, as whoever starts it says."""

    trials: int | None = None
    """Finished trials in all; None: as before."""
    default_trials: int | None = None
    """Of a study that has no such budget."""
    steps: int | None = None
    """Reported steps of all trials; None: as before, 0: no such budget any more."""
    seconds: float | None = None
    """From now on; None: a stop that is to come stays, one that is over is taken back."""
    tell: Tell = print_nothing


def set_going(
    control: StudyControl, attributes: keys.Attributes, budgets: Budgets, trial_steps: int | None
) -> None:
    """Write down the budgets, and take back a stop or a pause that somebody ordered earlier.

    ``attributes``: those of the study before it was declared; ``trial_steps``: of a full trial, as the file says.
    """
    now = time.time()
    _set_trials(control, attributes, budgets, now)
    _set_steps(control, attributes, budgets, trial_steps, now)
    steering = keys.decode_control(attributes)
    # A stop that is still to come is somebody's wish, and stays.
    stopped = steering.stops_by(now) or (steering.limit is not None and _used_up(control))
    if stopped:
        control.stop(False, now)
    if steering.paused:
        control.pause(False, now)
    if stopped or steering.paused:
        control.record(Event(now, "", "resume"))
    _set_time(control, Control() if stopped else steering, budgets, now)


def _set_trials(control: StudyControl, attributes: keys.Attributes, budgets: Budgets, now: float) -> None:
    before, trials = keys.decode_budget(attributes), budgets.trials
    if trials is None and before is None:
        trials = budgets.default_trials
    if trials is None or trials == before:
        return
    control.set_budget(trials)
    if keys.SPEC not in attributes:
        return
    words = ("" if before is None else str(before), str(trials))
    was, became = values(trials=before), values(trials=trials)
    control.record(Event(now, "", "set-budget", "", *words, was=was, became=became))
    if before is not None and trials < before:
        budgets.tell(
            f"the budget is {count(trials)} finished trials from now on, fewer than before ({count(before)})"
        )


def _set_steps(
    control: StudyControl, attributes: keys.Attributes, budgets: Budgets, trial: int | None, now: float
) -> None:
    before = decode_step_budget(attributes)
    steps = before.steps if budgets.steps is None and before is not None else budgets.steps or 0
    budget = StepBudget(steps, trial) if steps else None
    if budget == before:
        return
    control.set_max_steps(budget)
    was = None if before is None else before.steps
    if (steps or None) == was:
        return
    words = ("" if was is None else str(was), str(steps) if steps else "none")
    if keys.SPEC in attributes:
        change = values(steps=was), values(steps=steps or None)
        control.record(Event(now, "", "set-budget", "steps", *words, was=change[0], became=change[1]))
    if was is not None:
        left = (
            "there is no budget of steps any more"
            if not steps
            else f"the budget is {count(steps)} steps from now on"
        )
        budgets.tell(f"{left}, instead of {count(was)}")


def _set_time(control: StudyControl, steering: Control, budgets: Budgets, now: float) -> None:
    """The same stop as ``hpt-tui stop --in`` orders: the workers see to it, whether anybody looks on or not."""
    before = steering.deadline
    if budgets.seconds is None:
        if before is not None:
            budgets.tell(f"no trial starts from {clock(before)} on, as was ordered before")
        return
    deadline = now + budgets.seconds
    control.stop(False, now, limit=steering.limit, deadline=deadline)
    said = f"from {clock(deadline)} on, {lasting(budgets.seconds)} after the start"
    was = stop_values(False, False, steering.limit, before)
    became = stop_values(False, False, steering.limit, deadline)
    control.record(Event(now, "", "stop", after=said, was=was, became=became))
    instead = "" if before is None else f", instead of {clock(before)}"
    budgets.tell(f"no trial starts {said}{instead}; what runs then finishes")


def clock(at: float) -> str:
    return local_time(at, "%Y-%m-%d %H:%M")


def _used_up(control: StudyControl) -> bool:
    return StorageTally(control.storage, control.study_id).room() is Room.USED_UP
