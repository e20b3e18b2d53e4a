"""A study that a writer of Optuna's works on while a reader of ours watches it, and what Optuna says of it."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal, TypeAlias

import optuna
from optuna.distributions import BaseDistribution
from optuna.storages import BaseStorage
from optuna.trial import Trial

from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialRow
from hpt_tui.store.address import Address
from hpt_tui.store.control import StudyControl
from hpt_tui.store.metrics import MetricWriter, metric_writer
from hpt_tui.store.points import Points
from hpt_tui.store.reader import Reader, open_reader
from hpt_tui.store.translate import to_row

LR = optuna.distributions.FloatDistribution(1e-4, 1e-1, log=True)
SPACE: Mapping[str, BaseDistribution] = {
    "lr": LR,
    "dropout": optuna.distributions.FloatDistribution(0.0, 0.6),
    "momentum": optuna.distributions.FloatDistribution(0.5, 0.9, step=0.1),
    "layers": optuna.distributions.IntDistribution(1, 8),
    "width": optuna.distributions.IntDistribution(8, 64, step=8),
    "batch": optuna.distributions.IntDistribution(1, 128, log=True),
    "optimizer": optuna.distributions.CategoricalDistribution(["sgd", "adamw"]),
    "mixed": optuna.distributions.CategoricalDistribution([None, True, 2, 1.5, "x"]),
}
"""A parameter of every kind."""

Aim: TypeAlias = Literal["minimize", "maximize"]

_names = itertools.count()


@dataclass
class Home:
    """A storage with a writer that stays open."""

    kind: str
    address: Address
    storage: BaseStorage

    def study(self, directions: Sequence[Aim] = ("maximize",), name: str = "") -> Watched:
        """A new study beside those that are there already."""
        name = name or f"study {next(_names)}"
        dice = optuna.samplers.RandomSampler(seed=0)
        made = optuna.create_study(study_name=name, storage=self.storage, directions=directions, sampler=dice)
        return Watched(self, made, open_reader(self.address, name))


@dataclass
class Watched:
    """A study with its reader."""

    home: Home
    study: optuna.Study
    reader: Reader
    logged: dict[int, Points] = field(default_factory=dict)
    """What each trial has logged beside what it reported, by number."""
    writers: dict[int, MetricWriter] = field(default_factory=dict)

    @property
    def control(self) -> StudyControl:
        return StudyControl(self.home.storage, self.study._study_id, "ann@box")

    def poll(self, *looking_at: int) -> StudySnapshot:
        return self.reader.poll(frozenset(looking_at))

    def ask(self, space: Iterable[str] = ("lr", "width", "optimizer")) -> Trial:
        return self.study.ask({name: SPACE[name] for name in space})

    def add(self, value: float, space: Iterable[str] = ("lr",), steps: int = 1) -> None:
        """Add a complete trial that reported its value ``steps`` times: quicker than running one."""
        dice = random.Random(len(self.study.get_trials(deepcopy=False)))
        ranges = {name: SPACE[name] for name in space}
        params = {name: _draw(range_, dice) for name, range_ in ranges.items()}
        reports = dict.fromkeys(range(steps), value)
        made = optuna.trial.create_trial(
            value=value, params=params, distributions=ranges, intermediate_values=reports
        )
        self.study.add_trial(made)

    def log(self, trial: Trial, step: int, **metrics: float) -> None:
        """As ``hpt_tui.log`` does in a worker."""
        # A worker has one writer, but only one trial at a time, too.
        if trial.number not in self.writers:
            self.writers[trial.number] = metric_writer(self.home.storage)
        self.writers[trial.number](trial._trial_id, step, metrics)
        for metric, value in metrics.items():
            self.logged.setdefault(trial.number, {}).setdefault(metric, {})[step] = value

    def report(self, trial: Trial, step: int, value: float) -> None:
        """As ``Trial.report``, but a step may also be reported again."""
        self.home.storage.set_trial_intermediate_value(trial._trial_id, step, value)

    def note(self, trial: Trial, text: str) -> None:
        """As optuna-dashboard keeps it."""
        key = f"dashboard:{trial._trial_id}:note_str:0"
        self.home.storage.set_study_system_attr(self.study._study_id, key, text)

    # What Optuna says

    def rows(self) -> list[dict[str, object]]:
        """The trials, as :func:`seen` shows them."""
        said = self.home.storage.get_study_system_attrs(self.study._study_id)
        noted = {key.split(":")[1] for key, text in said.items() if key.startswith("dashboard:") and text}
        trials = self.study.get_trials(deepcopy=False)
        return [shown(to_row(t, noted=str(t._trial_id) in noted)) for t in trials]

    def curves(self) -> dict[int, dict[str, list[tuple[int, str]]]]:
        """The curves of the trials that have run, as :func:`drawn` shows them."""
        found = {}
        for trial in self.study.get_trials(deepcopy=False):
            if trial.state is not optuna.trial.TrialState.WAITING:
                reported = {"value": trial.intermediate_values} if trial.intermediate_values else {}
                lines = reported | dict(sorted(self.logged.get(trial.number, {}).items()))
                found[trial.number] = {m: [(s, f"{v:g}") for s, v in sorted(p.items())] for m, p in lines.items()}
        return {number: lines for number, lines in found.items() if lines}


def shown(row: TrialRow) -> dict[str, object]:
    """A row, to be compared: NaN equal to NaN, names in order, times to the millisecond."""
    facts = asdict(row)
    for name in ("params", "ranges"):
        facts[name] = repr(sorted(getattr(row, name).items()))
    for name in ("values", "last_value"):
        facts[name] = repr(facts[name])
    for name in ("started", "ended"):
        moment = facts[name]
        facts[name] = None if moment is None else math.floor(moment * 1000 + 0.5)
    return facts


def seen(study: StudySnapshot) -> list[dict[str, object]]:
    """All rows of a snapshot."""
    return [shown(row) for row in study.trials]


def drawn(study: StudySnapshot) -> dict[int, dict[str, list[tuple[int, str]]]]:
    """All curves of a snapshot: by trial and metric, steps with values."""
    return {
        number: {
            c.metric: [(s, f"{v:g}") for s, v in zip(c.steps.tolist(), c.values.tolist(), strict=True)]
            for c in curves
        }
        for number, curves in study.curves.items()
    }


def _draw(range_: BaseDistribution, dice: random.Random) -> object:
    match range_:
        case optuna.distributions.CategoricalDistribution(choices=choices):
            return dice.choice(choices)
        case optuna.distributions.IntDistribution(low=low, high=high, step=step):
            return dice.randrange(low, high + 1, step)
        case optuna.distributions.FloatDistribution(low=low, high=high, step=None):
            return dice.uniform(low, high)
        case optuna.distributions.FloatDistribution(low=low, step=float(step)):
            return low + 2 * step
    raise AssertionError(range_)
