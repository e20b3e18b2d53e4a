"""By which method a study chooses its configurations, and ends hopeless trials early (G16)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from hpt_tui.domain.strategy import Strategy

LARGEST_SEED = 2**32 - 1

_Name = TypeVar("_Name", bound=StrEnum)


class Sampling(StrEnum):
    """A strategy, as the user names it."""

    AUTO = "auto"
    """Whichever G11 to G13 advise; it is settled once, before the first trial."""
    GRID = "grid"
    RANDOM = "random"
    QMC = "qmc"
    """A scrambled Sobol sequence: random, but even."""
    TPE = "tpe"
    TPE_GROUP = "tpe-group"
    """TPE that models parameters together that occur together: for conditional spaces."""
    GP = "gp"
    CMAES = "cmaes"
    NSGA2 = "nsga2"

    @property
    def kind(self) -> Strategy | None:
        """What the advice and the lint call it; None for what is not settled yet."""
        return {
            Sampling.AUTO: None,
            Sampling.GRID: Strategy.GRID,
            Sampling.RANDOM: Strategy.RANDOM,
            Sampling.QMC: Strategy.RANDOM,
        }.get(self, Strategy.BAYES)


class Pruning(StrEnum):
    """A pruner, as the user names it."""

    NONE = "none"
    MEDIAN = "median"
    PERCENTILE = "percentile"
    ASHA = "asha"
    HYPERBAND = "hyperband"
    PATIENT = "patient"
    GAP = "gap"
    """The guide's schedule (G22)."""


@dataclass(frozen=True, slots=True)
class Method:
    """What every worker of a study samples and prunes by."""

    strategy: Sampling = Sampling.TPE
    pruner: Pruning = Pruning.MEDIAN
    seed: int | None = None
    """0 to :data:`LARGEST_SEED`; None: every worker draws from the machine's own entropy."""

    @property
    def why_bounds_stay(self) -> str:
        """Why no bound can be moved, in words that go on behind a parameter's name; empty if it can."""
        if self.strategy is not Sampling.GRID:
            return ""
        return "is searched by a grid, whose values are fixed; widen it in the code, or search by another strategy"

    @property
    def words(self) -> str:
        """``tpe · median · seed 7``."""
        seed = "" if self.seed is None else f" · seed {self.seed}"
        return f"{self.strategy} · {'no pruner' if self.pruner is Pruning.NONE else self.pruner}{seed}"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody said of a method; None where he didn't."""

    strategy: Sampling | None = None
    pruner: Pruning | None = None
    seed: int | None = None

    def over(self, method: Method) -> Method:
        """``method`` with what was wished."""
        return Method(
            self.strategy or method.strategy,
            self.pruner or method.pruner,
            method.seed if self.seed is None else self.seed,
        )

    def since(self, before: Wish) -> Wish:
        """What is wished now and was not before."""
        return Wish(
            None if self.strategy is before.strategy else self.strategy,
            None if self.pruner is before.pruner else self.pruner,
            None if self.seed == before.seed else self.seed,
        )

    def or_else(self, other: Wish) -> Wish:
        """This wish, and ``other``'s where it says nothing."""
        return replace(
            self,
            strategy=self.strategy or other.strategy,
            pruner=self.pruner or other.pruner,
            seed=other.seed if self.seed is None else self.seed,
        )


def wish(strategy: str = "", pruner: str = "", seed: object = None) -> Wish:
    """What these names wish; empty and None say nothing.

    Raises:
        ValueError: an unknown name, or no seed; the message lists what there is.
    """
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED):
        raise ValueError(f"seed must be a whole number from 0 to {LARGEST_SEED}, not {seed!r}")
    return Wish(
        _named(Sampling, "strategy", strategy) if strategy else None,
        _named(Pruning, "pruner", pruner) if pruner else None,
        seed if isinstance(seed, int) else None,
    )


def _named(kind: type[_Name], what: str, name: str) -> _Name:
    try:
        return kind(name)
    except ValueError:
        raise ValueError(f"{what} must be one of {', '.join(kind)}, not {name!r}") from None
