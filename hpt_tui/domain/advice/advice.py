"""The whole advice for one situation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hpt_tui.domain.advice.changes import Change, changes
from hpt_tui.domain.advice.choice import Choice, choose
from hpt_tui.domain.advice.grid import Grid, grid
from hpt_tui.domain.advice.need import Capacity, Need, capacity, need
from hpt_tui.domain.advice.plan import Plan, plan
from hpt_tui.domain.advice.priorities import Priorities, priorities
from hpt_tui.domain.advice.situation import Situation
from hpt_tui.domain.advice.thresholds import DEFAULT_ADVICE, AdviceThresholds
from hpt_tui.domain.lint.wording import span
from hpt_tui.domain.practice import (
    OPTIMIZERS_BY_TASK,
    SCHEDULES_BY_TASK,
    WARMUP_SHARE,
    WEIGHT_DECAY_BY_MODEL,
    Task,
)


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do in a situation. The strategy and all after it hold for a search that is made all the same where
    :attr:`need` is against it."""

    situation: Situation
    need: Need
    capacity: Capacity | None
    """None where nobody said how large the data set is."""
    choice: Choice
    priorities: Priorities
    plan: Plan
    grid: Grid | None
    """None where the number of parameters is unknown."""
    practice: tuple[tuple[str, str], ...]
    """What is usual for the task (G37): label and text; empty where it is unknown."""
    changes: tuple[Change, ...]
    assumptions: tuple[str, ...]
    """What was taken for granted, as nobody said."""


def advise(situation: Situation, limits: AdviceThresholds = DEFAULT_ADVICE) -> Advice:
    """Advice for what is known, and the assumptions that it rests on."""
    needed, choice = need(situation, limits), choose(situation, limits)
    return Advice(
        situation,
        needed,
        None if situation.examples is None else capacity(situation.examples, limits),
        choice,
        priorities(situation, choice, needed, limits),
        plan(situation, choice, limits),
        grid(situation, limits),
        tuple(_practice(situation.declared.task)),
        changes(situation, limits),
        tuple(_assumptions(situation, choice)),
    )


def _practice(task: Task | None) -> Iterator[tuple[str, str]]:
    if task is None:
        return
    if optimizers := OPTIMIZERS_BY_TASK.get(task):
        yield "optimizer", " or ".join(optimizers)
    if schedules := SCHEDULES_BY_TASK.get(task):
        yield "schedule", " or ".join(schedules)
    if decay := WEIGHT_DECAY_BY_MODEL.get(task):
        yield "weight decay", span(decay.low, decay.high)
    share = f"{WARMUP_SHARE.low * 100:.0f} to {WARMUP_SHARE.high * 100:.0f} % of the steps"
    if task is Task.TRANSFORMERS:
        yield "warmup", f"{share}, essential"
    elif task is Task.SMALL:
        yield "warmup", "not needed"
    else:
        yield "warmup", f"{share}, the more the higher the learning rate"


def _assumptions(s: Situation, choice: Choice) -> Iterator[str]:
    yield from s.noted
    if s.parameters is None:
        yield "the number of parameters is unknown (--params)"
    elif not s.names:
        yield f"the {s.parameters} most important parameters, as none is named (FILE.py or a study names them)"
    if choice.alone and s.names and not s.declared.learning_rates:
        yield "the space gets a learning rate, which it has not"
    if s.hours is None:
        yield "the budget is unknown: the strategy follows from the parameters alone (--budget)"
    if s.cost is None:
        yield "the time of a trial is unknown: how many fit is not counted (--trial-time)"
    elif s.trial is not None:
        yield "every trial runs to its end on one GPU; what pruning saves comes on top"
    if not s.symptoms:
        yield "the result is not good enough yet, as nobody said how the training goes (--situation)"
