"""What somebody who asks for advice knows; everything that they don't is None."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from hpt_tui.domain.lint.declared import Declared
from hpt_tui.domain.practice import Task


class Symptom(StrEnum):
    """How the training goes, or what is wanted of it: the rows of G5 and G6 that only its owner can tell."""

    CONVERGES = "converges"
    """Converges well: the validation loss falls, and nothing is wrong."""
    UNDERFITS = "underfits"
    """Training and validation loss both stay high."""
    OVERFITS = "overfits"
    """The training loss is low, the validation loss high."""
    SLOW = "slow"
    """Converges too slowly."""
    UNSTABLE = "unstable"
    """The loss jumps up again and again."""
    PLATEAU = "plateau"
    """Stops improving early."""
    FINE_TUNING = "fine-tuning"
    """A pre-trained model is fine-tuned."""
    SOTA = "sota"
    """The last few percent count: a record, a competition."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a study's own finished trials tell (G15). Times are seconds of one GPU."""

    complete: int
    """Complete trials whose time is known."""
    pruned: int
    """Pruned ones."""
    trial: float
    """Median of the complete ones."""
    pruned_trial: float | None
    """Median of the pruned ones."""
    step: float | None
    """Median time of a reported step; None where nothing was reported."""
    saved: float | None = None
    """Share of the steps of full training that pruning has saved (G23), 0..1; None without pruned trials."""
    importances: Mapping[str, float] = field(default_factory=dict)
    """By parameter, PED-ANOVA over the complete trials, adding up to 1; pruned ones are left out (C8). Empty where
    too few are complete."""

    @property
    def pruned_share(self) -> float:
        return self.pruned / (self.pruned + self.complete)

    @property
    def cost(self) -> float:
        """Seconds that a trial takes on average, as long as as many are pruned as before."""
        pruned = self.trial if self.pruned_trial is None else self.pruned_trial
        return (1 - self.pruned_share) * self.trial + self.pruned_share * pruned


@dataclass(frozen=True)
class Situation:
    """What advice is asked for."""

    declared: Declared = field(default_factory=lambda: Declared({}))
    """The space, optimizer, task and length of a trial, as far as they are known."""
    parameters: int | None = None
    """How many are to be searched; None where nobody knows."""
    hours: float | None = None
    """The budget in GPU-hours: wall time times GPUs."""
    trial: float | None = None
    """Seconds that one full trial takes on one GPU; goes before what was measured."""
    gpus: int = 1
    examples: int | None = None
    """Of the training set."""
    told: frozenset[Symptom] = frozenset()
    measured: Measured | None = None
    noted: tuple[str, ...] = ()
    """What whoever gathered the facts took for granted."""

    @property
    def symptoms(self) -> frozenset[Symptom]:
        """What was told, and what the task says."""
        more = {Symptom.FINE_TUNING} if self.declared.task is Task.FINE_TUNING else set()
        return self.told | more

    @property
    def names(self) -> tuple[str, ...]:
        """The searched parameters; empty where only their number is known."""
        return tuple(self.declared.searched)

    @property
    def cost(self) -> float | None:
        """Seconds of a GPU that a trial is expected to take: as told, without any pruning, else measured.
        None where unknown, or too short to be measured."""
        return (self.measured.cost if self.trial is None and self.measured is not None else self.trial) or None

    @property
    def full(self) -> float | None:
        """Seconds of a trial that nobody prunes, never less than :attr:`cost`; None where that is unknown."""
        if self.cost is None or self.trial is not None or self.measured is None:
            return self.cost
        return max(self.cost, self.measured.trial)

    @cached_property
    def fits(self) -> int | None:
        """How many trials the budget pays for (G15); None where its size or theirs is unknown."""
        if self.hours is None or self.cost is None:
            return None
        return math.floor(self.hours * 3600 / self.cost * (1 + 1e-12))

    def with_parameters(self, count: int) -> Situation:
        """The same with another number of parameters, whichever they are."""
        return replace(self, declared=replace(self.declared, space={}), parameters=count, measured=self._times)

    @property
    def _times(self) -> Measured | None:
        return None if self.measured is None else replace(self.measured, importances={})
