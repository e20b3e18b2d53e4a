"""What a study file says to hpt-tui: the declaration of its study, and its curves."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, SupportsFloat, SupportsIndex, TypeAlias

from hpt_tui.domain.care import MOST_RETRIES
from hpt_tui.domain.log_template import template_problem
from hpt_tui.domain.method import wish
from hpt_tui.domain.phases.wish import parse_plan
from hpt_tui.domain.space import ParamValue

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import Trial


ENSEMBLE = "ensemble"
"""What an ensemble hook is called where nobody says otherwise."""

MetricSink: TypeAlias = Callable[[int, Mapping[str, float]], None]
"""Takes ``(step, {metric: value})`` of the trial that runs now."""


LR_FIND = "lr_find_setup"
"""What the hook of ``hpt-tui lr-find`` is called, unless a StudySpec says otherwise."""


@dataclass(frozen=True, slots=True)
class StudySpec:
    """A declared study: what is searched, what is optimised, and where the search starts from.

    A study file that holds one at module level, beside its objective, gets its baseline as trial 0 and its
    metric, direction and length by name on the screen, before the first trial has run.
    """

    name: str
    """The study's name in the storage."""
    metric: str
    """What the objective returns and reports, e.g. ``"val_acc"``."""
    direction: str
    """``"minimize"`` or ``"maximize"``."""
    space: Mapping[str, BaseDistribution]
    """The searched parameters and their ranges."""
    baseline: Mapping[str, ParamValue] = field(default_factory=dict)
    """The default configuration, run as trial 0 (G27). Empty: no baseline."""
    steps: int | None = None
    """How many steps (epochs) a full trial reports; None where unknown."""
    objective: str = "objective"
    """The name of the objective in the same file."""
    logs: str = ""
    """Where trial ``{number}`` writes TensorBoard event files or CSV logs, e.g. ``"runs/{number}"``, relative to
    this file; ``*`` is allowed. They are shown as curves beside the reported ones. Empty: nowhere."""
    strategy: str = ""
    """``"auto"``, ``"grid"``, ``"random"``, ``"qmc"``, ``"tpe"``, ``"tpe-group"``, ``"gp"``, ``"cmaes"`` or
    ``"nsga2"``; empty: ``"tpe"``. ``run --strategy`` goes before it, as do the next two."""
    pruner: str = ""
    """``"none"``, ``"median"``, ``"percentile"``, ``"asha"``, ``"hyperband"``, ``"patient"`` or ``"gap"``; empty:
    ``"median"``."""
    seed: int | None = None
    """0 to 2**32 - 1. One worker repeats a search with it exactly; see the README. None: another one each time."""
    points: Mapping[str, Sequence[ParamValue]] = field(default_factory=dict)
    """The values that a grid goes through, by parameter; what is missing has those of its step or its choices."""
    retries: int | None = None
    """How often a trial that was lost with its worker is tried once more; ``run --retries`` goes before it. None:
    not at all."""
    ensemble: str = ENSEMBLE
    """The name of a function in the same file that scores the averaged predictions of several runs of one
    configuration (G28): it takes a sequence of :class:`Member` and returns a number in the metric's unit. A file
    without it is validated all the same."""
    lr_find: str = LR_FIND
    """The name of the function in the same file that ``hpt-tui lr-find`` asks for what it trains: it takes the
    parameters and returns a :class:`hpt_tui.training.RangeTest`. Only ``lr-find`` needs it."""
    plan: str = ""
    """``"phases"``, ``"phases:explore=40,refine=20,top=3,seeds=3"`` or ``"staged"``; empty: none. ``run --plan``
    goes before it."""

    def __post_init__(self) -> None:
        if self.direction not in ("minimize", "maximize"):
            raise ValueError(f"direction must be 'minimize' or 'maximize', not {self.direction!r}")
        if self.steps is not None and self.steps < 1:
            raise ValueError(f"steps must be at least 1, not {self.steps}")
        if self.retries is not None and not 0 <= self.retries <= MOST_RETRIES:
            raise ValueError(f"retries must be 0 to {MOST_RETRIES}, not {self.retries}")
        if unknown := sorted(set(self.baseline) - set(self.space)):
            raise ValueError(f"the baseline names parameters that the space lacks: {', '.join(unknown)}")
        for name in self.baseline:
            self._check_baseline(name)
        wish(self.strategy, self.pruner, self.seed)
        if self.plan:
            parse_plan(self.plan)
        if unknown := sorted(set(self.points) - set(self.space)):
            raise ValueError(f"points names parameters that the space lacks: {', '.join(unknown)}")
        for name, values in self.points.items():
            self._check_points(name, values)
        if self.logs and (problem := template_problem(self.logs)):
            raise ValueError(f"logs: {problem}")

    def _check_baseline(self, name: str) -> None:
        value = self.baseline[name]
        if not _inside(self.space[name], value):
            raise ValueError(f"the baseline's {name}={value!r} is outside its range {self.space[name]}")

    def _check_points(self, name: str, values: Sequence[ParamValue]) -> None:
        if not values or len(set(values)) < len(values):
            raise ValueError(f"the points of {name} must be at least one, and no two alike")
        for value in values:
            if not _inside(self.space[name], value):
                raise ValueError(f"the point {name}={value!r} is outside its range {self.space[name]}")

    def suggest(self, trial: Trial) -> dict[str, ParamValue]:
        """Ask ``trial`` for every parameter of the space, each by Optuna's own ``suggest_*`` call."""
        return {name: _suggest(trial, name, distribution) for name, distribution in self.space.items()}


def _inside(distribution: BaseDistribution, value: ParamValue) -> bool:
    try:
        return bool(distribution._contains(distribution.to_internal_repr(value)))
    except (TypeError, ValueError):
        return False


def _suggest(trial: Trial, name: str, distribution: BaseDistribution) -> ParamValue:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    match distribution:
        case FloatDistribution(low=low, high=high, log=log_scale, step=step):
            return trial.suggest_float(name, low, high, log=log_scale, step=step)
        case IntDistribution(low=low, high=high, log=log_scale, step=step):
            return trial.suggest_int(name, low, high, log=log_scale, step=step)
        case CategoricalDistribution(choices=choices):
            return trial.suggest_categorical(name, choices)
    raise TypeError(f"{name}: {type(distribution).__name__} is not a distribution that can be searched")


@dataclass(frozen=True, slots=True)
class Member:
    """One run of the winning configuration, as an ensemble hook gets it (see :attr:`StudySpec.ensemble`)."""

    study: str
    """The study's name."""
    number: int
    """The trial's number."""
    first_try: int
    """The same, or that of the first trial that it is a retry of: :func:`checkpoint_dir` goes by it."""
    seed: int
    params: Mapping[str, ParamValue]
    value: float
    """What its objective returned."""


def checkpoint_dir(trial: Trial | Member, under: str | Path = "checkpoints") -> Path:
    """The folder for this trial's checkpoints, made if it is missing: one and the same for a trial and for all
    its retries, so that a retry goes on where the lost one was. ``under`` is relative to the current directory;
    workers on several machines need it on a disk that they share."""
    if isinstance(trial, Member):
        study, root = trial.study, trial.first_try
    else:
        study, root = trial.study.study_name, (*tried_before(trial), trial.number)[0]
    folder = Path(under) / _SAFE.sub("_", study) / str(root)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def next_step(trial: Trial) -> int:
    """The first step that is still to be reported: 0, or after the last one of the lost trial that this one is a
    retry of. An objective without a checkpoint may begin at 0 all the same; then the new reports count."""
    return max(trial._cached_frozen_trial.intermediate_values, default=-1) + 1


def tried_before(trial: Trial) -> tuple[int, ...]:
    """The numbers of the trials that this one is a retry of, the first one first."""
    history = trial._cached_frozen_trial.system_attrs.get("retry_history")
    return tuple(n for n in history if isinstance(n, int)) if isinstance(history, list) else ()


def trial_seed(trial: Trial, default: int = 0) -> int:
    """The seed of this trial: 1, 2, 3 … in the runs of ``hpt-tui validate``, which repeat one configuration with
    several seeds, and ``default`` in all others. Seed with it whatever is random in the objective."""
    told = trial.user_attrs.get(VALIDATES)
    seed = told.get("seed") if isinstance(told, dict) else None
    return seed if isinstance(seed, int) else default


VALIDATES = "hpt:validates"
"""The attribute of a run of the final validation; see :mod:`hpt_tui.store.keys`."""

_SAFE = re.compile(r"[^\w.-]|^\.+")
"""What may not stand in the name of a folder that a study gives its name to."""

_sink: MetricSink | None = None


def log(step: SupportsIndex, **metrics: SupportsFloat) -> None:
    """Record any number of named values for ``step`` of the running trial: losses, rates, norms.

    The value that Optuna's pruner judges stays ``trial.report``. Non-finite values are kept: a curve that
    diverges is worth seeing. Outside an hpt-tui worker this does nothing.

    Steps and values may be numpy's or torch's own numbers, of no dimension.

    Raises:
        TypeError: ``step`` is no whole number.
    """
    if _sink is not None:
        _sink(_whole(step), {name: float(value) for name, value in metrics.items()})


def _whole(step: SupportsIndex) -> int:
    try:
        return operator.index(step)
    except TypeError:
        raise TypeError(f"hpt_tui.log: the step must be a whole number, not {step!r}") from None


def connect_sink(sink: MetricSink | None) -> None:
    """Send what :func:`log` gets to ``sink`` (the worker's, for the trial it runs); None disconnects."""
    global _sink
    _sink = sink
