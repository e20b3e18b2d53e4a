"""The study at one moment, immutable: everything that the rules and the screen know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from hpt_tui.domain.event import Event
from hpt_tui.domain.space import Bound, Range, in_force
from hpt_tui.domain.trial import Curve, Direction, TrialRow, TrialState
from hpt_tui.domain.worker import Lease


@dataclass(frozen=True, slots=True)
class Crew:
    """How many workers one machine is to have. Asked for again later, it gives lost ones another chance."""

    workers: int
    at: float
    """When it was ordered, epoch seconds."""


@dataclass(frozen=True, slots=True)
class Control:
    """What steering has put in force for the whole study."""

    paused: bool = False
    stopping: bool = False
    """No further trials are started."""
    at_once: bool = False
    """With ``stopping``: running trials end now."""
    bounds: Mapping[str, Bound] = field(default_factory=dict)
    pruning: frozenset[int] = frozenset()
    """Trials that somebody ordered to be pruned."""
    leaving: frozenset[str] = frozenset()
    """Workers that were told to end after their trial."""
    wanted: Mapping[str, Crew] = field(default_factory=dict)
    """By machine, how many workers it is to have; a machine that nobody spoke of is missing."""
    stamp: float = 0.0
    """When the newest order was given, epoch seconds."""


@dataclass(frozen=True, eq=False)
class StudySnapshot:
    """A study at one moment. ``trials`` are in the order of their numbers.

    Compared by identity: a new photo is a new fact. Curves are there for every trial that has any.
    """

    name: str = ""
    storage: str = ""
    """The storage's address for people, its password masked."""
    directions: tuple[Direction, ...] = (Direction.MINIMIZE,)
    metric: str = "value"
    """What the objective value is called."""
    trials: tuple[TrialRow, ...] = ()
    curves: Mapping[int, tuple[Curve, ...]] = field(default_factory=dict)
    """By trial number: the reported metric first, then what ``hpt_tui.log`` recorded, by name."""
    declared: Mapping[str, Range] = field(default_factory=dict)
    """The space as the code has it: from the study file, else from the newest trial drawn without steering."""
    from_file: bool = False
    """Whether ``declared`` is what a study file's StudySpec says."""
    control: Control = Control()
    leases: tuple[Lease, ...] = ()
    events: tuple[Event, ...] = ()
    """Oldest first."""
    budget: int | None = None
    """How many finished trials the study is to have; None where nobody said."""
    steps: int | None = None
    """How many steps a full trial has; None where unknown."""
    study_file: str = ""
    """``FILE`` or ``FILE:objective`` that hpt-tui ran it from; empty if it never did."""
    study_host: str = ""
    """The machine that ``study_file`` is on."""

    @property
    def direction(self) -> Direction:
        return self.directions[0]

    @property
    def single(self) -> bool:
        """Whether there is one objective, so that "best" means something."""
        return len(self.directions) == 1

    @cached_property
    def by_number(self) -> Mapping[int, TrialRow]:
        return {t.number: t for t in self.trials}

    @cached_property
    def space(self) -> Mapping[str, Range]:
        """The space that the next trial is drawn from."""
        return in_force(self.declared, self.control.bounds)

    @cached_property
    def counts(self) -> Mapping[TrialState, int]:
        counted = dict.fromkeys(TrialState, 0)
        for trial in self.trials:
            counted[trial.state] += 1
        return counted

    @cached_property
    def complete(self) -> tuple[TrialRow, ...]:
        """Complete trials that have a value, in the order of their numbers."""
        return tuple(t for t in self.trials if t.state is TrialState.COMPLETE and t.value is not None)

    @cached_property
    def ranked(self) -> tuple[TrialRow, ...]:
        """Complete trials, best first; empty with several objectives. Pruned ones are left out (C8)."""
        if not self.single:
            return ()
        return tuple(sorted(self.complete, key=lambda t: (self.direction.loss(t.value or 0.0), t.number)))

    @property
    def best(self) -> TrialRow | None:
        return self.ranked[0] if self.ranked else None

    @cached_property
    def running(self) -> tuple[TrialRow, ...]:
        return tuple(t for t in self.trials if t.state is TrialState.RUNNING)

    @cached_property
    def baseline(self) -> TrialRow | None:
        """The trial that ran the default configuration, once it is complete (G27)."""
        return next((t for t in self.complete if t.baseline), None)

    def curve(self, number: int, metric: str) -> Curve | None:
        return next((c for c in self.curves.get(number, ()) if c.metric == metric), None)


EMPTY_SNAPSHOT = StudySnapshot()
