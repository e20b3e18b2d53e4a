"""The study at one moment, immutable: everything that the rules and the screen know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from hpt_tui.domain.by_number import ByNumber
from hpt_tui.domain.event import Event
from hpt_tui.domain.machine import Packing
from hpt_tui.domain.manual.loop import ManualLoop
from hpt_tui.domain.method import Method
from hpt_tui.domain.phases.plan import SearchPlan
from hpt_tui.domain.provenance import WorkerRun
from hpt_tui.domain.ranking import ranking
from hpt_tui.domain.space import Bound, ParamValue, Range, in_force
from hpt_tui.domain.step_budget import StepBudget
from hpt_tui.domain.trial import Curve, Direction, TrialRow, TrialState
from hpt_tui.domain.trial_ledger import trials_of
from hpt_tui.domain.trials import Mark, Rows, Trials
from hpt_tui.domain.worker import Lease

NO_TRIALS = trials_of(())
RECENT = 40
"""The newest trials whose curves every snapshot has, as the rules look at them."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What is known of a study that is still being read: the newest and the best trials are there already."""

    counts: Mapping[TrialState, int]
    """Of all its trials."""
    read: int = 0
    """How many of them have been read so far."""

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Crew:
    """How many workers one machine is to have. Asked for again later, it gives lost ones another chance."""

    workers: int
    at: float
    """When it was ordered, epoch seconds."""
    validating: bool = False
    """Whether they take nothing but runs of the final validation, and so are wanted as long as there are any."""


@dataclass(frozen=True, slots=True)
class Kill:
    """The order to end one running trial."""

    discard: bool = False
    """Whether it ends as failed, for no sampler to learn from; False: as pruned."""
    by: str = ""
    """``user@host``."""
    at: float = 0.0
    """When it was ordered, epoch seconds."""

    @property
    def text(self) -> str:
        """``pruned by ann@box``: what a trial's reason says of it."""
        return f"{'discarded' if self.discard else 'pruned'} by {self.by or 'a user'}"


@dataclass(frozen=True, slots=True)
class Halt:
    """Why a worker paused the study: its trials kept failing. Hostile text."""

    worker: str
    why: str
    tail: str
    """The end of what the last one wrote."""


@dataclass(frozen=True, slots=True)
class Control:
    """What steering has put in force for the whole study."""

    paused: bool = False
    halt: Halt | None = None
    """With ``paused``: that nobody ordered it, but a worker whose trials kept failing."""
    stopping: bool = False
    """No further trials are started, also because the search goes on in another study."""
    at_once: bool = False
    """With ``stopping``: running trials end now."""
    limit: int | None = None
    """No trial starts that would be one more than so many finished ones: a budget until it is taken back."""
    deadline: float | None = None
    """No trial starts from then on, epoch seconds."""
    stop_given: float | None = None
    """When the stop was last ordered or taken back, epoch seconds."""
    bounds: Mapping[str, Bound] = field(default_factory=dict)
    kills: Mapping[int, Kill] = field(default_factory=dict)
    """By number, the trials that somebody ordered to end."""
    held: frozenset[int] = frozenset()
    """Trials that hold at their next report."""
    fixed: Mapping[str, ParamValue] = field(default_factory=dict)
    """Parameters of which every next trial gets this very value."""
    starred: frozenset[int] = frozenset()
    """Trials that somebody gave a star."""
    retried: frozenset[int] = frozenset()
    """Failed trials that were given another try."""
    leaving: frozenset[str] = frozenset()
    """Workers that were told to end after their trial."""
    wanted: Mapping[str, Crew] = field(default_factory=dict)
    """By machine, how many workers it is to have; a machine that nobody spoke of is missing."""
    packing: Mapping[str, Packing] = field(default_factory=dict)
    """By machine, which of its GPUs get workers, and how many; all in turns where nobody spoke of them."""
    drained: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By machine, the names of the GPUs that are to have no workers for now."""
    redeclared: Mapping[str, Range] = field(default_factory=dict)
    """By parameter, what a fork has put in the place of what the code asks for."""
    manual: ManualLoop | None = None
    """The search by hand, also one that is over; None if there was none."""
    moved_to: str = ""
    """The study in which the search goes on: every worker works there once its trial has ended."""
    plan: SearchPlan | None = None
    """The phases that the search goes through; their bounds and fixed values stand among the others."""
    stamp: float = 0.0
    """When the newest order was given, epoch seconds."""

    @property
    def by_hand(self) -> bool:
        """Whether workers run what was enqueued, and draw no trial of their own."""
        return self.manual is not None and self.manual.on

    @property
    def stop_ordered(self) -> bool:
        """Whether a stop stands, for now or for later."""
        return self.stopping or self.limit is not None or self.deadline is not None

    def stops_by(self, now: float) -> bool:
        """Whether no further trials start at ``now`` (epoch seconds), whatever their number."""
        return self.stopping or (self.deadline is not None and now >= self.deadline)


@dataclass(frozen=True, slots=True)
class Ensemble:
    """What the averaged predictions of several runs of one configuration scored (G28)."""

    members: tuple[int, ...]
    """The runs' numbers, ascending."""
    score: float


@dataclass(frozen=True, eq=False)
class StudySnapshot:
    """A study at one moment. Compared by identity: a new photo is a new fact.

    Curves are there for the running trials, the best one, the :data:`RECENT` newest, and those that somebody
    looks at.
    """

    name: str = ""
    storage: str = ""
    """The storage's address for people, its password masked."""
    directions: tuple[Direction, ...] = (Direction.MINIMIZE,)
    metric: str = "value"
    """What the objective value is called."""
    trials: Trials = NO_TRIALS
    outline: Outline | None = None
    """There while not all trials have been read: ``trials`` are then only some of them, and nothing is judged."""
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
    notes: Mapping[int, str] = field(default_factory=dict)
    """By trial number, what somebody wrote of it, here or in optuna-dashboard; hostile text."""
    runs: Mapping[str, WorkerRun] = field(default_factory=dict)
    """By worker, living or not: where and with what it ran."""
    budget: int | None = None
    """How many finished trials the study is to have; None where nobody said."""
    step_budget: StepBudget | None = None
    """How many steps all trials together may run; None where nobody said."""
    kept_steps: int = 0
    """How many of the reports are in the study twice: of retries that went on from where a lost trial was."""
    steps: int | None = None
    """How many steps a full trial has; None where unknown."""
    method: Method | None = None
    """What hpt-tui's workers sample and prune by; None where hpt-tui never ran the study."""
    default: Mapping[str, ParamValue] = field(default_factory=dict)
    """The configuration that the study file declares as its baseline; empty without one."""
    points: Mapping[str, tuple[ParamValue, ...]] = field(default_factory=dict)
    """The values that the study file lists for a grid, by parameter."""
    study_file: str = ""
    """``FILE`` or ``FILE:objective`` that hpt-tui ran it from; empty if it never did."""
    study_host: str = ""
    """The machine that ``study_file`` is on."""
    predecessor: str = ""
    """The study that this one was forked from."""
    ensemble: Ensemble | None = None
    """The one that was scored last."""
    successor: str = ""
    """The study that was forked from this one; its trials may still be on their way."""

    @property
    def direction(self) -> Direction:
        return self.directions[0]

    @property
    def single(self) -> bool:
        """Whether there is one objective, so that "best" means something."""
        return len(self.directions) == 1

    @cached_property
    def by_number(self) -> Mapping[int, TrialRow]:
        return ByNumber(self.trials)

    @cached_property
    def space(self) -> Mapping[str, Range]:
        """The space that the next trial is drawn from."""
        return in_force(self.declared, self.control.bounds)

    @property
    def counts(self) -> Mapping[TrialState, int]:
        return self.trials.counts if self.outline is None else self.outline.counts

    @property
    def total(self) -> int:
        """How many trials the study has, whether they have been read or not."""
        return len(self.trials) if self.outline is None else self.outline.total

    @property
    def steps_run(self) -> int:
        """How many steps all trials together have run, one a report, whatever became of them, but for
        those of the final validation."""
        steps, validating = self.trials.columns.steps, self.trials.validating
        run = self.trials.derive("steps run", (steps, validating), lambda: int(steps[~validating].sum()))
        return run - self.kept_steps

    @cached_property
    def complete(self) -> Rows:
        """Complete trials that have a value, in the order of their numbers."""
        complete = self.trials.complete
        places = self.trials.derive("complete places", (complete,), lambda: np.flatnonzero(complete))
        return Rows(self.trials, places)

    @cached_property
    def ranked(self) -> Rows:
        """Complete trials, best first; empty with several objectives. Pruned ones (C8) and those that violate a
        constraint are left out."""
        places = ranking(self.trials, self.direction) if self.single else np.empty(0, np.intp)
        return Rows(self.trials, places)

    @cached_property
    def best(self) -> TrialRow | None:
        return self.ranked[0] if self.ranked else None

    @cached_property
    def running(self) -> Rows:
        c = self.trials.columns
        return Rows(
            self.trials,
            self.trials.derive(
                "running", (c.states,), lambda: np.flatnonzero(self.trials.in_state(TrialState.RUNNING))
            ),
        )

    @cached_property
    def baseline(self) -> TrialRow | None:
        """The trial that ran the default configuration, once it is complete (G27)."""
        trials, complete = self.trials, self.trials.complete
        places = trials.derive(
            "baseline",
            (complete, trials.columns.marks),
            lambda: np.flatnonzero(complete & trials.marked(Mark.BASELINE)),
        )
        return trials.row(int(places[0])) if len(places) else None

    @property
    def trials_of_workers(self) -> Mapping[str, int]:
        """By worker, the number of the trial that it runs: the first one, if there are several."""
        c, places = self.trials.columns, self.running.places

        def found() -> Mapping[str, int]:
            return {c.worker_ids[c.workers[place]]: int(c.numbers[place]) for place in reversed(places.tolist())}

        return self.trials.derive("trials of workers", (places, c.workers), found)

    def curve(self, number: int, metric: str) -> Curve | None:
        return next((c for c in self.curves.get(number, ()) if c.metric == metric), None)


EMPTY_SNAPSHOT = StudySnapshot()
