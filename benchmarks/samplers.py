"""How each sampler takes a moved bound, beside the same sampler of plain Optuna: what it draws from the new range,
and how near it comes to the optimum. In memory, without a worker.

    python benchmarks/samplers.py [--seeds 5] [--only gp,cmaes]
"""

from __future__ import annotations

import statistics
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import click
import optuna
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

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from hpt_tui.domain.method import Method, Sampling
from hpt_tui.domain.space import Bound
from hpt_tui.search.samplers import Search, make_sampler
from hpt_tui.search.steered import SteeredSampler

WIDE, NARROW, OFFSET = 100.0, 10.0, 500.0
Bounds = Mapping[str, Bound]


@dataclass(frozen=True, slots=True)
class Case:
    """Trials in ``old`` bounds of x and y, as many in ``new`` ones, and what they are to find there."""

    old: float
    new: float
    optimum: tuple[float, float]
    decoy: tuple[float, float] | None = None
    """A better place, by OFFSET, outside of the new bounds."""

    def loss(self, x: float, y: float) -> float:
        found = _squared((x, y), self.optimum)
        return found if self.decoy is None else min(found + OFFSET, _squared((x, y), self.decoy))


WIDEN = Case(NARROW, WIDE, (30.0, 30.0))
"""-10 .. 10 becomes -100 .. 100; the optimum lies beyond the old bounds."""
NARROWED = Case(WIDE, NARROW, (4.0, 4.0))
"""-100 .. 100 becomes -10 .. 10, round the optimum."""
AWAY = Case(WIDE, NARROW, (-5.0, 4.0), decoy=(40.0, 4.0))
"""-100 .. 100 becomes -10 .. 10; the best trials lie outside now, beyond the other end."""
CASES = {"widen": WIDEN, "narrow": NARROWED, "narrow away from the best": AWAY}


@dataclass(frozen=True, slots=True)
class Probe:
    """What a sampler did after the bounds were moved."""

    beyond: float
    """Share of the trials that lie beyond an old bound."""
    inside: bool
    """Whether all lie within the new ones."""
    distance: float
    """From the optimum, of the last half of the trials: their median."""
    first_beyond: bool
    """Whether the very first trial was drawn from the new range, as far as a model drew it."""


@dataclass(frozen=True, slots=True)
class Subject:
    plain: Callable[[int], BaseSampler]
    steered: Callable[[int, Callable[[], Bounds]], BaseSampler]
    trials: int = 40
    """Before the change, and after it."""
    learns: bool = True


def _named(name: Sampling) -> Callable[[int, Callable[[], Bounds]], BaseSampler]:
    return lambda seed, bounds: make_sampler(Method(name, seed=seed), Search("samplers"), bounds)


def _univariate(seed: int, bounds: Callable[[], Bounds]) -> BaseSampler:
    return SteeredSampler(lambda past: TPESampler(multivariate=False), bounds, seed, redeclare=False)


def _multivariate(seed: int, bounds: Callable[[], Bounds]) -> BaseSampler:
    return SteeredSampler(lambda past: TPESampler(multivariate=True), bounds, seed)


SUBJECTS: Mapping[str, Subject] = {
    "random": Subject(lambda seed: RandomSampler(seed=seed), _named(Sampling.RANDOM), learns=False),
    "qmc": Subject(
        lambda seed: QMCSampler(seed=seed, scramble=True, warn_independent_sampling=False),
        _named(Sampling.QMC),
        learns=False,
    ),
    "tpe": Subject(lambda seed: TPESampler(seed=seed), _named(Sampling.TPE)),
    "tpe, univariate": Subject(lambda seed: TPESampler(seed=seed, multivariate=False), _univariate),
    "tpe, multivariate": Subject(lambda seed: TPESampler(seed=seed, multivariate=True), _multivariate),
    "tpe-group": Subject(
        lambda seed: TPESampler(seed=seed, multivariate=True, group=True), _named(Sampling.TPE_GROUP)
    ),
    "gp": Subject(
        lambda seed: GPSampler(seed=seed, warn_independent_sampling=False), _named(Sampling.GP), trials=20
    ),
    "cmaes": Subject(
        lambda seed: CmaEsSampler(seed=seed, warn_independent_sampling=False), _named(Sampling.CMAES)
    ),
    # Its generations have 50 trials.
    "nsga2": Subject(lambda seed: NSGAIISampler(seed=seed), _named(Sampling.NSGA2), trials=150),
}


def plainly(name: str, case: Case, seed: int) -> Probe:
    """Optuna's sampler as it is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        return _probe(SUBJECTS[name].plain(seed), case, SUBJECTS[name].trials, lambda bound: None)


def steered(name: str, case: Case, seed: int) -> Probe:
    """The same one, steered."""
    now: dict[str, Bound] = {}

    def move(bound: Bound) -> None:
        now.update(x=bound, y=bound)

    return _probe(SUBJECTS[name].steered(seed, lambda: now), case, SUBJECTS[name].trials, move)


def _probe(sampler: BaseSampler, case: Case, trials: int, move: Callable[[Bound], None]) -> Probe:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=sampler)
    ends = case.old
    spaces: list[Mapping[str, optuna.distributions.BaseDistribution]] = []

    def objective(trial: optuna.Trial) -> float:
        x, y = (trial.suggest_float(name, -ends, ends) for name in ("x", "y"))
        spaces.append(trial.relative_search_space or {})
        return case.loss(x, y)

    study.optimize(objective, n_trials=trials)
    ends = case.new
    move(Bound(-ends, ends))
    study.optimize(objective, n_trials=trials)
    drawn = [(t.params["x"], t.params["y"]) for t in study.trials[trials:]]
    late = drawn[len(drawn) // 2 :]
    return Probe(
        beyond=sum(max(map(abs, point)) > case.old for point in drawn) / trials,
        inside=all(max(map(abs, point)) <= case.new for point in drawn),
        distance=statistics.median(_squared(point, case.optimum) ** 0.5 for point in late),
        first_beyond=all(
            isinstance(d, optuna.distributions.FloatDistribution) and d.high == case.new
            for d in spaces[trials].values()
        ),
    )


def _squared(point: tuple[float, float], other: tuple[float, float]) -> float:
    return (point[0] - other[0]) ** 2 + (point[1] - other[1]) ** 2


@click.command()
@click.option("--seeds", default=5, show_default=True, help="Runs, of which the medians are shown.")
@click.option("--only", default="", help=f"Some of: {', '.join(SUBJECTS)}.")
def main(seeds: int, only: str) -> None:
    """One line a sampler and case: share beyond the old bound and distance, plain and steered."""
    for case, what in CASES.items():
        click.echo(f"{case}: beyond the old bound, distance from the optimum (plain, steered)")
        for name in only.split(",") if only else SUBJECTS:
            told = [medians(name, what, how, seeds) for how in (plainly, steered)]
            click.echo(f"  {name:20}" + "".join(f"{share:8.0%}{distance:9.2f}" for share, distance in told))


def medians(name: str, case: Case, how: Callable[[str, Case, int], Probe], seeds: int) -> tuple[float, float]:
    """Share beyond the old bound, and distance, over several runs."""
    probes = [how(name, case, seed) for seed in range(seeds)]
    return statistics.median(p.beyond for p in probes), statistics.median(p.distance for p in probes)


if __name__ == "__main__":
    main()
