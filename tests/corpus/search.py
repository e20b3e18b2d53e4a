"""Running a search with Optuna, and the study as hpt-tui's reader sees it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.pruners import BasePruner, NopPruner
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import Trial

from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import ParamValue
from hpt_tui.domain.trial import Direction
from hpt_tui.store import keys
from hpt_tui.store.frozen_trials import FrozenTrials
from hpt_tui.store.record import StudyRecord, encode_record
from hpt_tui.store.study_facts import StudyFacts
from hpt_tui.store.wanted import wanted
from tests.corpus.training import Epoch, Training

Space = Mapping[str, BaseDistribution]


@dataclass(frozen=True, slots=True)
class Search:
    """One search: what is trained, over which space, by whom. The objective is the last epoch's."""

    training: Training
    space: Space
    trials: int
    maximize: bool = False
    """The accuracy is maximised, else the loss minimised."""
    sampler: Callable[[int], BaseSampler] = lambda seed: TPESampler(seed=seed)
    pruner: BasePruner = field(default_factory=NopPruner)
    baseline: Mapping[str, ParamValue] = field(default_factory=dict)
    fails: Callable[[int], bool] = lambda number: False
    """Whether the code of that trial raises."""
    value: Callable[[float], float] = lambda value: value
    """What the objective makes of its value."""
    own_seed: bool = True
    """Whether each trial has another seed."""
    logs: bool = True
    """Whether the losses of every epoch are logged beside the reported metric."""


class CodeError(Exception):
    """The user's code is broken."""


def run(search: Search, seed: int) -> optuna.Study:
    """Search, in memory."""
    study = optuna.create_study(
        direction="maximize" if search.maximize else "minimize",
        sampler=search.sampler(seed),
        pruner=search.pruner,
    )
    if search.baseline:
        study.enqueue_trial(dict(search.baseline), user_attrs={keys.TRIAL_BASELINE: True})
    more(study, search, search.trials, seed)
    return study


def more(study: optuna.Study, search: Search, trials: int, seed: int) -> None:
    """Go on with a search."""
    study.optimize(lambda trial: _objective(trial, search, seed), n_trials=trials, catch=(CodeError, ValueError))


def train(search: Search, params: Mapping[str, ParamValue], seed: int) -> Iterator[Epoch]:
    yield from search.training(params, seed)


def suggest(trial: Trial, space: Space) -> dict[str, ParamValue]:
    return {name: _suggest(trial, name, distribution) for name, distribution in space.items()}


def _suggest(trial: Trial, name: str, distribution: BaseDistribution) -> ParamValue:
    match distribution:
        case FloatDistribution(low=low, high=high, log=log, step=step):
            return trial.suggest_float(name, low, high, log=log, step=step)
        case IntDistribution(low=low, high=high, log=log, step=step):
            return trial.suggest_int(name, low, high, log=log, step=step)
        case CategoricalDistribution(choices=choices):
            return trial.suggest_categorical(name, choices)
    raise TypeError(distribution)


def _objective(trial: Trial, search: Search, seed: int) -> float:
    params = suggest(trial, search.space)
    if search.fails(trial.number):
        raise CodeError("no such file: train.npz")
    throw = params.get("seed", trial.number if search.own_seed else 0)
    rows: list[list[object]] = []
    value = math.nan
    try:
        for step, epoch in enumerate(search.training(params, seed * 1000 + int(throw or 0))):
            value = search.value(epoch.accuracy if search.maximize else epoch.loss)
            if not math.isfinite(epoch.loss):
                value = math.nan
            rows.append([step, _logged(epoch)])
            trial.report(value, step)
            if trial.should_prune():
                raise optuna.TrialPruned
    finally:
        if search.logs:
            trial.set_user_attr(f"{keys.TRIAL_LOG}0000", rows)
    return value


def _logged(epoch: Epoch) -> dict[str, float]:
    losses = {"train_loss": epoch.train_loss, "val_loss": epoch.loss, "val_acc": epoch.accuracy}
    return {name: value for name, value in losses.items() if math.isfinite(value) or name == "train_loss"}


def photograph(study: optuna.Study, *, steps: int | None = None) -> StudySnapshot:
    """The study as the reader of storages without SQL hands it up, with the curves that a snapshot has."""
    trials = FrozenTrials(1)
    trials.read(study._storage, study._study_id, one_by_one=False)
    direction = Direction(study.direction.name.lower())
    metric = "val_acc" if direction is Direction.MAXIMIZE else "val_loss"
    photo = trials.photo()
    curves = trials.curves(wanted(photo, frozenset(), direction), metric)
    record = StudyRecord("/tmp/train.py", "box", metric, direction.value, steps=steps)
    attributes = {**study.user_attrs, keys.SPEC: encode_record(record)}
    facts = StudyFacts("corpus", "corpus.db", (direction,), attributes, {})
    return facts.snapshot(photo, curves, facts.seen_space(trials.newest()))
