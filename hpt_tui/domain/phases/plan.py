"""What a plan of phases is: the phases that a search goes through, and what began with each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hpt_tui.domain import figures
from hpt_tui.domain.space import Bound, ParamValue


class PlanKind(StrEnum):
    """A plan, as the user names it."""

    PHASES = "phases"
    """Explore, refine, validate (G17)."""
    STAGED = "staged"
    """The parameters tier by tier (G3)."""


EXPLORE, REFINE, VALIDATE = "explore", "refine", "validate"


@dataclass(frozen=True, slots=True)
class PlannedPhase:
    """One phase, as it was planned."""

    name: str
    """``explore``, ``refine``, ``validate``, ``tier 1`` …"""
    trials: int
    """How many finished trials it takes; of the validation, how many runs."""
    tuned: tuple[str, ...] = ()
    """The parameters that are searched in it; empty: all."""
    top: int = 0
    """Of the validation: how many configurations …"""
    seeds: int = 0
    """… with how many seeds each; 0 in every other phase."""

    @property
    def validates(self) -> bool:
        return self.seeds > 0


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The range that a phase searches of one parameter."""

    low: float
    high: float
    was: tuple[float, float]
    """What was in force before."""
    code: tuple[float, float]
    """What the code declares."""
    log: bool = False
    whole: bool = False
    """Whether its values are whole numbers."""

    @property
    def words(self) -> str:
        """``1.0e-5 .. 1.0e-1 → 3.0e-4 .. 2.0e-3``."""
        return f"{self._range(*self.was)} → {self._range(self.low, self.high)}"

    def _range(self, low: float, high: float) -> str:
        ends = (round(low), round(high)) if self.whole else (low, high)
        return " .. ".join(figures.parameter(end, log=self.log) for end in ends)


@dataclass(frozen=True, slots=True)
class Begun:
    """That a phase has begun, and what it put in force. Names and values are hostile text."""

    index: int
    """Its place among the plan's phases."""
    at: float = 0.0
    """Epoch seconds."""
    by: str = ""
    """``user@host`` of the worker that began it."""
    why: str = ""
    """Why the phase before it was over; empty for the first one."""
    first: int = 0
    """The number of its first trial: the trials before belong to the phases before."""
    after: int = 0
    """How many trials had used up one of the budget by then, those included that still ran."""
    bounds: Mapping[str, Narrowed] = field(default_factory=dict)
    fixed: Mapping[str, ParamValue] = field(default_factory=dict)

    @property
    def in_force(self) -> Mapping[str, Bound]:
        """Its bounds, as old as the phase: whatever is ordered by hand later goes before them."""
        return {name: Bound(n.low, n.high, self.at) for name, n in self.bounds.items()}

    @property
    def changes(self) -> tuple[str, ...]:
        """What it put in force, in words: ``lr 1.0e-5 .. 1.0e-1 → 3.0e-4 .. 2.0e-3``, ``optimizer = adamw``."""
        moved = (f"{name} {narrowed.words}" for name, narrowed in self.bounds.items())
        return (*moved, *(f"{name} = {figures.parameter(value)}" for name, value in self.fixed.items()))


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """A study's plan, and how far it has come. One of its phases has always begun."""

    kind: PlanKind
    phases: tuple[PlannedPhase, ...]
    begun: tuple[Begun, ...]
    """Those that have begun, in order, from the first one on."""
    skipped: frozenset[int] = frozenset()
    """The places of those that somebody ordered to be left for the next one."""

    @property
    def now(self) -> Begun:
        return self.begun[-1]

    @property
    def phase(self) -> PlannedPhase:
        """The one that is under way, or was the last."""
        return self.phases[self.now.index]

    @property
    def next(self) -> PlannedPhase | None:
        """What comes after it."""
        place = self.now.index + 1
        return self.phases[place] if place < len(self.phases) else None

    @property
    def limit(self) -> int | None:
        """How many trials will have used up one of the budget when the phase is over; None where the budget ends
        it: the last phase of the search has what is left of it."""
        following = self.next
        if following is None or following.validates:
            return None
        return self.now.after + self.phase.trials

    def changes(self, index: int) -> tuple[str, ...]:
        """What the phase of that place, which has begun, put in force; of the validation, what it runs."""
        phase = self.phases[index]
        if phase.validates:
            return (f"the best {phase.top} with {phase.seeds} seeds each",)
        return self.begun[index].changes

    @property
    def skip_ordered(self) -> bool:
        return self.now.index in self.skipped

    @property
    def words(self) -> str:
        """``explore 100, refine 50, validate 5 x 3``."""
        return ", ".join(phase_words(p) for p in self.phases)


def phase_words(phase: PlannedPhase) -> str:
    size = f"{phase.top} x {phase.seeds}" if phase.validates else str(phase.trials)
    return f"{phase.name} {size}"
