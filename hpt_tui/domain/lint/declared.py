"""A search as it is declared: all that lint looks at, whoever declared it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from hpt_tui.domain.lint.finding import Finding
from hpt_tui.domain.practice import (
    LEARNING_RATES,
    LEARNING_RATES_BY_TASK,
    Task,
    Usual,
    optimizer_named,
    optimizers_named,
)
from hpt_tui.domain.roles import Role, role_of, with_role
from hpt_tui.domain.space import Choices, IntRange, ParamValue, Range
from hpt_tui.domain.strategy import Strategy

NO_PRUNER = ""


@dataclass(frozen=True)
class Declared:
    """A search as declared. What nobody can know is None, and nothing is found about it."""

    space: Mapping[str, Range]
    fixed: Mapping[str, ParamValue] = field(default_factory=dict)
    """Parameters that are known to have one value."""
    baseline: Mapping[str, ParamValue] | None = None
    """The default configuration; empty where there is none."""
    strategy: Strategy | None = None
    pruner: str | None = None
    """The pruner's name; :data:`NO_PRUNER` where there is none."""
    trials: int | None = None
    """How many trials are planned."""
    points: Mapping[str, Sequence[ParamValue]] = field(default_factory=dict)
    """The values of a parameter that a grid goes through, where they are listed."""
    steps: int | None = None
    """How many steps a full trial has."""
    task: Task | None = None
    """What is trained; None where nobody said."""
    remarks: tuple[Finding, ...] = ()
    """What whoever read the declaration found in it."""

    @cached_property
    def searched(self) -> Mapping[str, Range]:
        """The parameters that have more than one value."""
        return {name: r for name, r in self.space.items() if size(r) > 1}

    def with_role(self, *roles: Role) -> tuple[str, ...]:
        """The searched parameters that have one of the roles."""
        return with_role(self.searched, *roles)

    @cached_property
    def learning_rates(self) -> tuple[str, ...]:
        return self.with_role(Role.LEARNING_RATE)

    @cached_property
    def optimizers(self) -> tuple[str, ...]:
        """The optimizers that G8 knows among those that are searched or fixed."""
        found: list[ParamValue] = [v for name, v in self.fixed.items() if role_of(name) is Role.OPTIMIZER]
        for name in with_role(self.space, Role.OPTIMIZER):
            range_ = self.space[name]
            found += range_.options if isinstance(range_, Choices) else ()
        return optimizers_named(found)

    def usual_rates(self, name: str) -> Mapping[str, Usual]:
        """The usual values of the learning rate ``name`` (G8): of the optimizer that it names, as ``sgd_lr`` does,
        else of the task where it has some, else of each of the optimizers."""
        if named := optimizer_named(name):
            return {named: LEARNING_RATES[named]}
        if self.task is not None and self.task in LEARNING_RATES_BY_TASK:
            return {self.task: LEARNING_RATES_BY_TASK[self.task]}
        return {optimizer: LEARNING_RATES[optimizer] for optimizer in self.optimizers}

    def default(self, name: str) -> float | None:
        """The number that a parameter has in the baseline, or is fixed at."""
        value = (self.baseline or {}).get(name, self.fixed.get(name))
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def size(range_: Range) -> float:
    """How many values a range has; infinite for a continuous one."""
    if isinstance(range_, Choices):
        return len(range_.options)
    if range_.low == range_.high:
        return 1
    if isinstance(range_, IntRange):
        return (range_.high - range_.low) // range_.step + 1
    steps = math.inf if range_.step is None else (range_.high - range_.low) / range_.step
    return math.floor(steps + 1e-9) + 1 if math.isfinite(steps) else math.inf


def numbers(range_: Range) -> tuple[float, ...]:
    """The least and the greatest value of a numeric range, or every one of choices that are all numbers, in
    ascending order; empty for other choices."""
    if not isinstance(range_, Choices):
        return (float(range_.low), float(range_.high))
    values = [float(v) for v in range_.options if isinstance(v, (int, float)) and not isinstance(v, bool)]
    if len(values) < len(range_.options) or not all(map(math.isfinite, values)):
        return ()
    return tuple(sorted(values))


def orders(low: float, high: float) -> float:
    """How many orders of magnitude lie between two numbers; infinite from 0, NaN from below it."""
    if low < 0 or high <= 0:
        return math.nan
    return math.inf if low == 0 else math.log10(high) - math.log10(low)
