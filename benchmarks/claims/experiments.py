"""The claims, each a comparison of real searches: paired by seed on digits, averaged by task on LCBench."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import TypeAlias, TypeVar

from optuna.distributions import FloatDistribution, IntDistribution
from optuna.importance import FanovaImportanceEvaluator, get_param_importances
from optuna.pruners import MedianPruner
from optuna.samplers import BaseSampler, GridSampler, RandomSampler, TPESampler

from benchmarks.claims.judging import Claim, Measured, geometric_mean, measured
from benchmarks.claims.searches import Found, final, grid, search
from benchmarks.claims.tasks import Params, Task, digits


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is run. The defaults take some minutes of one core."""

    seeds: int = 8
    """For digits."""
    recorded_seeds: int = 4
    """For each task of LCBench: its curves have no noise, only the search has."""
    trials: int = 60
    long: int = 100
    """Trials of the searches that random search is the measure of."""
    points: int = 3
    """A parameter, for a grid over four of them; one over two has as many configurations."""


QUICK = Effort(seeds=2, recorded_seeds=1, trials=6, long=10, points=2)
"""To see that it works, not to believe it."""
Unit = TypeVar("Unit")
Experiment: TypeAlias = Callable[[Sequence[Task], Effort], Iterator[Measured]]
PRUNER_WARMUP = 0.1
"""G21's 10 epochs of the guide's 100."""
LINEAR_TRIALS = 20
WIDER = {"lr": FloatDistribution(1e-4, 10.0, log=True)}
"""For digits, whose best rates are a few tenths."""
FRESH = 5
"""Seeds that a winner is judged by, none of which the search had."""


def pruning(tasks: Sequence[Task], effort: Effort) -> Iterator[Measured]:
    """The same search by TPE with and without the median pruner (G21): how many epochs it saves, of how much."""

    def saved(task: Task, seed: int) -> tuple[float, float]:
        pruner = MedianPruner(n_startup_trials=5, n_warmup_steps=round(PRUNER_WARMUP * task.epochs))
        whole = search(task, TPESampler(seed=seed), effort.trials, seed)
        pruned = search(task, TPESampler(seed=seed), effort.trials, seed, pruner=pruner)
        return 100.0 * (1 - pruned.steps / whole.steps), pruned.best - whole.best

    for what, groups, name in _by_source(tasks, effort, saved):
        lost = fmean(best for group in groups for _, best in group)
        shares = [fmean(share for share, _ in group) for group in groups]
        yield measured(what, shares, name, fmean, f"{effort.trials} trials; the best moves by {lost:+.2f} points")


def bayesian(tasks: Sequence[Task], effort: Effort) -> Iterator[Measured]:
    """How many trials random search takes to find what it typically has after ``long`` of them, over how many TPE
    takes. The number of trials is estimated as the trials run over the runs that got there, so that runs that did
    not get there count, for both alike."""

    def runs(task: Task, seed: int, of: Callable[[int], BaseSampler]) -> Found:
        return search(task, of(seed), effort.long, seed)

    def ratio(pairs: Sequence[tuple[Found, Found]], target: float) -> float:
        return _trials([r for r, _ in pairs], target, effort) / _trials([t for _, t in pairs], target, effort)

    ratios = []
    for task in tasks:
        pairs = [
            (runs(task, seed, lambda s: RandomSampler(seed=s)), runs(task, seed, lambda s: TPESampler(seed=s)))
            for seed in range(effort.recorded_seeds if task.test is None else effort.seeds)
        ]
        target = median(random.best for random, _ in pairs)
        note = f"as good as {effort.long} random trials"
        if task.test is not None:
            yield measured(task.name, pairs, "seeds", lambda drawn, aim=target: ratio(drawn, aim), note)  # type: ignore[misc]
        else:
            ratios.append(ratio(pairs, target))
    if ratios:
        yield measured("LCBench", ratios, "tasks", geometric_mean, note)


def _trials(found: Sequence[Found], target: float, effort: Effort) -> float:
    """That one search takes to reach the target; infinite if none did."""
    took = [one.reached(target) for one in found]
    reached = sum(one is not None for one in took)
    return sum(one or effort.long for one in took) / reached if reached else math.inf


def random_or_grid(tasks: Sequence[Task], effort: Effort) -> Iterator[Measured]:
    """A grid, and as many random configurations of the same parameters in the same ranges."""
    for count, points, ends in ((2, effort.points**2, True), (4, effort.points, True), (4, effort.points, False)):

        def gained(task: Task, seed: int, count: int = count, points: int = points, ends: bool = ends) -> float:
            space = {name: task.space[name] for name in [*task.space][:count]}
            sampler = GridSampler(grid(space, points, ends=ends), seed=seed)
            gridded = search(task, sampler, points**count, seed, space=space)
            return search(task, RandomSampler(seed=seed), points**count, seed, space=space).best - gridded.best

        for what, groups, name in _by_source(tasks, effort, gained):
            note = f"{points**count} trials; grid {'from end to end' if ends else 'of the middles'}"
            yield measured(f"{what}, {count} parameters", [*map(fmean, groups)], name, fmean, note)


def log_scale(tasks: Sequence[Task], effort: Effort) -> Iterator[Measured]:
    """The whole space, the learning rate drawn on a log scale or evenly from the same range. How much it matters
    depends on where in the range the best rates lie: digits is searched over a range with a decade more, too."""
    wider = [replace(t, name=f"{t.name}, lr to 10", space=t.space | WIDER) for t in tasks if t.test is not None]
    samplers: tuple[tuple[str, Callable[[int], BaseSampler]], ...] = (
        ("random", lambda seed: RandomSampler(seed=seed)),
        ("TPE", lambda seed: TPESampler(seed=seed)),
    )
    for name, sampler in samplers:

        def gained(task: Task, seed: int, of: Callable[[int], BaseSampler] = sampler) -> float:
            rate = task.space[task.lr]
            assert isinstance(rate, FloatDistribution)
            linear = {**task.space, task.lr: FloatDistribution(rate.low, rate.high)}
            trials = min(LINEAR_TRIALS, effort.trials)
            evenly = search(task, of(seed), trials, seed, space=linear)
            return search(task, of(seed), trials, seed).best - evenly.best

        for what, groups, thrown in _by_source([*tasks, *wider], effort, gained):
            note = f"{name}, {min(LINEAR_TRIALS, effort.trials)} trials"
            yield measured(what, [*map(fmean, groups)], thrown, fmean, note)


def seeds(tasks: Sequence[Task], effort: Effort) -> Iterator[Measured]:
    """As many trainings for many configurations once as for a fifth of them five times; each winner is judged on
    the test data with seeds of its own."""

    def winner(found: Found, task: Task, seed: int) -> float:
        assert task.test is not None
        params = {**task.middle, **found.study.best_params}
        return fmean(final(task.test, params, 10**6 + FRESH * seed + fresh) for fresh in range(FRESH))

    for task in (task for task in (*tasks, digits(100)) if task.test is not None):
        gains = []
        for seed in range(effort.seeds):
            once = search(task, RandomSampler(seed=seed), effort.long, seed)
            often = search(task, RandomSampler(seed=seed), effort.long // 5, seed, repeats=5)
            gains.append(winner(once, task, seed) - winner(often, task, seed))
        yield measured(task.name, gains, "seeds", fmean, f"{effort.long} x 1 against {effort.long // 5} x 5")


def importance(tasks: Sequence[Task], effort: Effort) -> Iterator[Measured]:
    """The learning rate against width or layers, whichever counts more: by the variance that each explains in the
    whole space (fANOVA), and by changing one thing at a time, as the guide's case study does."""

    def explained(task: Task, seed: int) -> float:
        found = search(task, RandomSampler(seed=seed), effort.long, seed)
        shares = get_param_importances(found.study, evaluator=FanovaImportanceEvaluator(seed=seed))
        return shares[task.lr] / max(max(shares[name] for name in task.architecture), 1e-3)

    def one_by_one(task: Task, seed: int) -> float:
        found = search(task, RandomSampler(seed=seed), effort.trials // 2, seed)
        effects = {name: fmean(_effects(task, found, name)) for name in (task.lr, *task.architecture)}
        return effects[task.lr] / max(effects[name] for name in task.architecture)

    for ratio, note in (
        (explained, f"variance explained, {effort.long} random trials"),
        (one_by_one, "lr x 10 against width x 2 or a layer, or back"),
    ):
        for what, groups, name in _by_source(tasks, effort, ratio):
            yield measured(what, [*map(geometric_mean, groups)], name, geometric_mean, note)


def _effects(task: Task, found: Found, name: str) -> Iterator[float]:
    """How far the accuracy moves, in points, when this parameter alone is changed, towards the range's middle."""
    for trial in found.study.trials:
        assert trial.value is not None
        changed = {**task.middle, **trial.params, name: _changed(task, name, trial.params)}
        yield abs(final(task.train, changed, trial.number) - trial.value)


def _changed(task: Task, name: str, params: Params) -> float | int:
    """A decade of learning rate, twice or half the units, one layer."""
    asked, value = task.space[name], params[name]
    assert isinstance(asked, FloatDistribution | IntDistribution)
    if not asked.log:
        return int(value + (1 if value < (asked.low + asked.high) / 2 else -1))
    factor = 10.0 if isinstance(asked, FloatDistribution) else 2.0
    moved = value * factor if value < math.sqrt(asked.low * asked.high) else value / factor
    return moved if isinstance(asked, FloatDistribution) else round(moved)


def _by_source(
    tasks: Sequence[Task], effort: Effort, measure: Callable[[Task, int], Unit]
) -> Iterator[tuple[str, list[list[Unit]], str]]:
    """What to call it, the measured units in groups, and what a group is: a seed on digits, a task of LCBench."""
    for task in tasks:
        if task.test is not None:
            yield task.name, [[measure(task, seed)] for seed in range(effort.seeds)], "seeds"
    recorded = [task for task in tasks if task.test is None]
    if recorded:
        yield "LCBench", [[measure(task, s) for s in range(effort.recorded_seeds)] for task in recorded], "tasks"


CLAIMS: Mapping[str, tuple[Claim, Experiment]] = {
    "pruning": (Claim("pruning saves compute", " %", 50, 70), pruning),
    "bayesian": (Claim("random needs more trials than Bayesian", " x", 2, 10, neutral=1), bayesian),
    "grid": (Claim("random beats grid in 4+ dimensions", " points", 0), random_or_grid),
    "log": (Claim("a log scale beats a linear one", " points", 3, 5), log_scale),
    "seeds": (Claim("many configurations x 1 seed beat few x 5", " points", 0), seeds),
    "importance": (Claim("LR matters more than architecture", " x", 7, 20, neutral=1), importance),
}
"""By a short name. The guide's example of the fifth has 85 % against 83 %."""
