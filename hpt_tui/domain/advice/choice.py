"""G11, G12, G13: by which strategy to search; and where the three disagree, which one is followed and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from hpt_tui.domain.advice.grid import affordable
from hpt_tui.domain.advice.situation import Situation
from hpt_tui.domain.advice.thresholds import AdviceThresholds
from hpt_tui.domain.advice.wording import alternatives, counted, hours
from hpt_tui.domain.strategy import Strategy


class Approach(StrEnum):
    """A strategy, or none."""

    BY_HAND = "by hand"
    GRID = Strategy.GRID.value
    RANDOM = Strategy.RANDOM.value
    BAYES = Strategy.BAYES.value

    @property
    def words(self) -> str:
        return {Approach.RANDOM: "at random", Approach.BAYES: "Bayesian", Approach.GRID: "a grid"}.get(
            self, "by hand"
        )


Approaches = tuple[Approach, ...]


class Budget(StrEnum):
    """The matrix' rows."""

    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"


class Number(StrEnum):
    """The matrix' columns."""

    FEW = "few"
    MANY = "many"
    UNKNOWN = "unknown"


MATRIX: Mapping[tuple[Budget, Number], Approaches] = {
    (Budget.SHORT, Number.FEW): (Approach.BY_HAND, Approach.GRID),
    (Budget.SHORT, Number.MANY): (Approach.RANDOM,),
    (Budget.SHORT, Number.UNKNOWN): (Approach.RANDOM,),
    (Budget.MEDIUM, Number.FEW): (Approach.GRID, Approach.RANDOM),
    (Budget.MEDIUM, Number.MANY): (Approach.RANDOM,),
    (Budget.MEDIUM, Number.UNKNOWN): (Approach.BAYES,),
    (Budget.LONG, Number.FEW): (Approach.GRID, Approach.RANDOM),
    (Budget.LONG, Number.MANY): (Approach.BAYES,),
    (Budget.LONG, Number.UNKNOWN): (Approach.BAYES,),
}
"""G13, guide."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one of the three rules says by itself."""

    rule: str
    """``G11``, ``G12`` or ``G13``."""
    basis: str
    """What it looks at."""
    approaches: Approaches
    alone: bool = False
    """Whether it is about the learning rate alone."""

    @property
    def words(self) -> str:
        found = alternatives(tuple(approach.words for approach in self.approaches))
        return f"{found}, the learning rate alone" if self.alone else found


@dataclass(frozen=True, slots=True)
class Choice:
    """The one answer."""

    approach: Approach
    rule: str
    """The rule that is followed: one of the opinions', or G18 where too few trials fit for it."""
    reason: str
    alone: bool
    """Whether the learning rate is searched alone."""
    opinions: tuple[Opinion, ...]

    @property
    def dissent(self) -> tuple[Opinion, ...]:
        """The rules that say something else."""
        return tuple(o for o in self.opinions if self.approach not in o.approaches or o.alone is not self.alone)

    @property
    def weighed(self) -> str:
        """Why the followed rule goes before those that dissent; empty where none does, or the reason says it."""
        if not self.dissent or self.rule != self.opinions[-1].rule:
            return ""
        return f"{self.rule} is followed, as it weighs budget and parameters together"


def choose(situation: Situation, limits: AdviceThresholds) -> Choice:
    """The strategy by G13's matrix, by G11 where the budget is unknown; but the learning rate alone where fewer
    trials fit than tell anything of several parameters, and no Bayesian search of fewer than it warms up for."""
    opinions = tuple(_opinions(situation, limits))
    followed = opinions[-1]
    approach, rule, reason, alone = _settled(situation, followed, limits)
    return Choice(approach, rule, reason, alone, opinions)


def _settled(s: Situation, followed: Opinion, limits: AdviceThresholds) -> tuple[Approach, str, str, bool]:
    few = s.fits is not None and s.fits < limits.lint.trials
    found = affordable(s, limits) if (s.parameters or 0) <= limits.grid_parameters else None
    if Approach.GRID in followed.approaches and found is not None:
        combinations = counted(int(found.configurations), "configuration")
        return Approach.GRID, followed.rule, f"{combinations} are few enough to try them all", False
    if few and s.parameters != 1:
        reason = (
            f"only {counted(s.fits or 0, 'trial')} fit, and fewer than {limits.lint.trials} tell nothing of "
            "several parameters: search the learning rate alone"
        )
        return (Approach.BY_HAND if _by_hand(s, limits) else Approach.GRID), "G12", reason, True
    if few and _by_hand(s, limits):
        return Approach.BY_HAND, "G10", f"only {counted(s.fits or 0, 'trial')} fit", False
    if Approach.BY_HAND in followed.approaches and (s.parameters or 0) <= limits.grid_parameters:
        low, high = limits.by_hand
        return Approach.BY_HAND, followed.rule, f"{low} to {high} runs by hand are all that pays", False
    if Approach.RANDOM in followed.approaches:
        return Approach.RANDOM, followed.rule, "every trial tries a new value of every parameter", False
    if Approach.BAYES in followed.approaches:
        if s.fits is not None and s.fits < limits.lint.bayes_trials:
            reason = (
                f"{counted(s.fits, 'trial')} fit, and a Bayesian search warms up for {limits.lint.bayes_trials}"
            )
            return Approach.RANDOM, "G18", reason, False
        return Approach.BAYES, followed.rule, "its sampler learns from the trials before", False
    return Approach.RANDOM, "G11", "a grid of so many parameters is too large, and so is the work by hand", False


def _by_hand(s: Situation, limits: AdviceThresholds) -> bool:
    """Whether fewer trials fit than a search of one value wants."""
    return s.fits is not None and s.fits < limits.rates[0]


def _opinions(s: Situation, limits: AdviceThresholds) -> Iterator[Opinion]:
    """In the order of their numbers; the last one sees most."""
    yield Opinion("G11", _parameters(s), _by_parameters(s, limits))
    if s.hours is None:
        return
    approaches, alone = _by_budget(s.hours, limits)
    yield Opinion("G12", f"{hours(s.hours)} of GPU time", approaches, alone and s.parameters != 1)
    row, column = _row(s.hours, limits), _column(s, limits)
    beyond = s.parameters is not None and s.parameters > limits.many_parameters
    told = f" (its columns end at {limits.many_parameters})" if beyond else ""
    basis = f"{row.value} budget, {column.value} parameters{told}"
    yield Opinion("G13", basis, MATRIX[row, column])


def _parameters(s: Situation) -> str:
    return "an unknown number of parameters" if s.parameters is None else counted(s.parameters, "parameter")


def _by_parameters(s: Situation, limits: AdviceThresholds) -> Approaches:
    if s.parameters is None:
        return (Approach.RANDOM,)
    if s.parameters <= limits.grid_parameters:
        return (Approach.GRID, Approach.BY_HAND)
    return (Approach.RANDOM,) if s.parameters <= limits.random_parameters else (Approach.BAYES,)


def _by_budget(budget: float, limits: AdviceThresholds) -> tuple[Approaches, bool]:
    if budget < limits.short:
        return (Approach.BY_HAND, Approach.GRID), True
    return ((Approach.RANDOM,) if budget < limits.medium else (Approach.BAYES,)), False


def _row(budget: float, limits: AdviceThresholds) -> Budget:
    return Budget.SHORT if budget < limits.short else Budget.MEDIUM if budget < limits.medium else Budget.LONG


def _column(s: Situation, limits: AdviceThresholds) -> Number:
    if s.parameters is None:
        return Number.UNKNOWN
    return Number.FEW if s.parameters <= limits.few_parameters else Number.MANY


def at_once(situation: Situation, choice: Choice, limits: AdviceThresholds) -> int | None:
    """How many parameters to search at once (G12, by the number of trials that goes with its budgets where that is
    known); None: all of them."""
    if choice.alone:
        return 1
    most = _most(situation, limits)
    if most is None or situation.parameters is None:
        return most if most is not None else situation.parameters
    return min(most, situation.parameters)


def _most(s: Situation, limits: AdviceThresholds) -> int | None:
    four, five = limits.random_parameters, limits.lint.parameters
    if s.fits is not None:
        return four if s.fits < limits.trials_for_four else five if s.fits < limits.trials_for_five else None
    if s.hours is None:
        return five
    return four if s.hours < limits.medium else five if s.hours < limits.long else None
