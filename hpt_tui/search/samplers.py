"""Samplers by name (G16)."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import (
    BaseSampler,
    CmaEsSampler,
    GPSampler,
    NSGAIISampler,
    QMCSampler,
    RandomSampler,
    TPESampler,
)
from optuna.search_space import intersection_search_space
from optuna.study import Study
from optuna.trial import FrozenTrial, create_trial

from hpt_tui.domain.grid_points import Points, grid_points
from hpt_tui.domain.method import Method, Sampling
from hpt_tui.domain.space import ParamValue
from hpt_tui.errors import InputError
from hpt_tui.search.grid import GridSampler
from hpt_tui.search.packages import check_packages
from hpt_tui.search.steered import Bounds, Past, SteeredSampler
from hpt_tui.store.distribution_json import range_from_json
from hpt_tui.store.record import StudyRecord

LEAST_SOURCES = 10
"""Complete trials from which a new CMA-ES is warmed up: it starts from the best tenth of them."""


@dataclass(frozen=True, slots=True)
class Search:
    """What a sampler is made for."""

    study: str
    """The study's name."""
    points: Points = field(default_factory=dict)
    """For a grid."""
    baseline: Mapping[str, ParamValue] = field(default_factory=dict)

    @classmethod
    def of(cls, record: StudyRecord, study: str) -> Search:
        """What the study's record asks for.

        Raises:
            InputError: a grid without an end.
        """
        if record.method.strategy is not Sampling.GRID:
            return cls(study)
        space = {name: range_ for name, text in record.space.items() if (range_ := range_from_json(text))}
        try:
            return cls(study, grid_points(space, record.points), record.baseline)
        except ValueError as error:
            raise InputError("strategy grid", str(error)) from None


def make_sampler(
    method: Method, search: Search, bounds: Callable[[], Bounds], fixed: Callable[[], Collection[str]] = tuple
) -> BaseSampler:
    """The sampler of ``method``, which follows ``bounds`` and ``fixed`` (see :class:`SteeredSampler`).

    Raises:
        InputError: a package is missing.
    """
    check_packages(method)
    if method.strategy is Sampling.GRID:
        return GridSampler(search.points, search.baseline, method.seed)
    # Optuna's default TPE finds its way out of the old range by itself, and faster (benchmarks/README.md).
    redeclare = method.strategy is not Sampling.TPE
    return SteeredSampler(_maker(method, search), bounds, method.seed, redeclare=redeclare, fixed=fixed)


def _maker(method: Method, search: Search) -> Callable[[Past], BaseSampler]:
    shared = zlib.crc32(search.study.encode()) if method.seed is None else method.seed

    def make(past: Past) -> BaseSampler:
        match method.strategy:
            case Sampling.RANDOM:
                return RandomSampler()
            case Sampling.QMC:
                return EvenSampler(shared)
            case Sampling.TPE_GROUP:
                return TPESampler(multivariate=True, group=True)
            case Sampling.GP:
                return GPSampler(warn_independent_sampling=False)
            case Sampling.CMAES:
                return CmaEsSampler(warn_independent_sampling=False, source_trials=_sources(past))
            case Sampling.NSGA2:
                return GeneticSampler()
        return TPESampler()

    def quietly(past: Past) -> BaseSampler:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            return make(past)

    return quietly


def _sources(past: Past) -> list[FrozenTrial] | None:
    """What a new CMA-ES is warmed up with: the past, without what it cannot model."""
    space = {
        name: distribution
        for name, distribution in intersection_search_space(list(past)).items()
        if not isinstance(distribution, optuna.distributions.CategoricalDistribution) and not distribution.single()
    }
    if not space or len(past) < LEAST_SOURCES:
        return None
    return [
        create_trial(value=t.values[0], params={name: t.params[name] for name in space}, distributions=space)
        for t in past
        # One that was enqueued may lie out of bounds.
        if t.values and all(d._contains(d.to_internal_repr(t.params[name])) for name, d in space.items())
    ]


class EvenSampler(QMCSampler):
    """A scrambled Sobol sequence whose n-th point the n-th trial takes. Optuna's counts the points in the study
    itself, where two workers may read the same count and draw the same point."""

    def __init__(self, seed: int) -> None:
        super().__init__(scramble=True, seed=seed, warn_independent_sampling=False)
        # With the seed of all workers alike, what is drawn beside the sequence would be, too.
        self._independent_sampler = RandomSampler()
        self._number = 0

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        self._number = trial.number
        return super().sample_relative(study, trial, search_space)

    def _find_sample_id(self, study: Study, search_space: dict[str, BaseDistribution]) -> int:
        return self._number


class GeneticSampler(NSGAIISampler):
    """NSGA-II that draws at random where a narrower range has left fewer than two of a generation's parents."""

    def get_parent_population(self, study: Study, generation: int) -> list[FrozenTrial]:
        parents = super().get_parent_population(study, generation)
        return parents if len(parents) > 1 else []
