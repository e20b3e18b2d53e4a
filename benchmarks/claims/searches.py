"""Searches by Optuna, in memory, that can be compared: the same task, the same number of trials, their seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.pruners import BasePruner, NopPruner
from optuna.samplers import BaseSampler
from optuna.study import Study
from optuna.trial import Trial, TrialState

from benchmarks.claims.tasks import Params, Task, Train


@dataclass(frozen=True)
class Found:
    """A search that has come to its end."""

    study: Study

    @cached_property
    def values(self) -> list[float]:
        """Of the complete trials, in their order."""
        done = self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        return [trial.value for trial in done if trial.value is not None]

    @property
    def best(self) -> float:
        return max(self.values)

    @property
    def steps(self) -> int:
        """Epochs that were trained."""
        return sum(len(trial.intermediate_values) for trial in self.study.get_trials(deepcopy=False))

    def reached(self, target: float) -> int | None:
        """How many trials it took to get there; None: it never did."""
        return next((n for n, value in enumerate(self.values, 1) if value >= target), None)


def search(
    task: Task,
    sampler: BaseSampler,
    trials: int,
    seed: int,
    *,
    space: Mapping[str, BaseDistribution] | None = None,
    pruner: BasePruner | None = None,
    repeats: int = 1,
) -> Found:
    """``trials`` configurations of ``space`` (None: the task's), the rest as in the task's middle; fewer where the
    sampler ends before. Each is trained with ``repeats`` seeds, and its value is their mean; only one that is
    trained once is reported epoch by epoch."""
    searched = task.space if space is None else space
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner or NopPruner())

    def objective(trial: Trial) -> float:
        params = {**task.middle, **{name: suggest(trial, name, asked) for name, asked in searched.items()}}
        seeds = [1000 * seed + trial.number * repeats + repeat for repeat in range(repeats)]
        if repeats > 1:
            return fmean(final(task.train, params, one) for one in seeds)
        value = 0.0
        for epoch, value in enumerate(task.train(params, seeds[0])):
            trial.report(value, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return value

    study.optimize(objective, n_trials=trials)
    return Found(study)


def suggest(trial: Trial, name: str, asked: BaseDistribution) -> float | int:
    match asked:
        case FloatDistribution():
            return trial.suggest_float(name, asked.low, asked.high, log=asked.log)
        case IntDistribution():
            return trial.suggest_int(name, asked.low, asked.high, log=asked.log)
    raise TypeError(f"{name}: {asked} is not searched here")


def final(train: Train, params: Params, seed: int) -> float:
    """The accuracy at the end of a training."""
    return [*train(params, seed)][-1]


def grid(space: Mapping[str, BaseDistribution], points: int, *, ends: bool) -> dict[str, list[Any]]:
    """So many values a parameter, evenly spaced on its own scale: with both ends of the range, or the middles of
    as many equal parts."""
    return {name: _points(asked, points, ends) for name, asked in space.items()}


def _points(asked: BaseDistribution, points: int, ends: bool) -> Sequence[float | int]:
    if not isinstance(asked, FloatDistribution | IntDistribution):
        raise TypeError(f"{asked} has no scale")
    places = np.linspace(0, 1, points) if ends else (np.arange(points) + 0.5) / points
    if asked.log:
        values = np.exp(np.log(asked.low) + places * np.log(asked.high / asked.low))
    else:
        values = asked.low + places * (asked.high - asked.low)
    # What rounding puts beyond an end is no value of the range.
    inside = [float(min(max(value, asked.low), asked.high)) for value in values]
    return [round(value) for value in inside] if isinstance(asked, IntDistribution) else inside
