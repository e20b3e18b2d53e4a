"""Searches with one planted fault each."""

from __future__ import annotations

import itertools
import random
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.pruners import BasePruner, PercentilePruner
from optuna.samplers import BaseSampler, PartialFixedSampler, RandomSampler, TPESampler

from hpt_tui.domain.flags.surroundings import Surroundings
from hpt_tui.domain.worker import WorkerState, WorkerView
from hpt_tui.store import keys
from tests.corpus.case import Case, Made
from tests.corpus.healthy import space, task
from tests.corpus.search import Search, more, photograph, run
from tests.corpus.training import Surrogate, digits

NOON = 1_790_000_000.0


def cases(seed: int) -> Iterator[Case]:
    """In each group every other one is maximised, and the sizes differ."""
    rng = random.Random(f"faulty {seed}")
    number = itertools.count(seed * 1000)
    for group in (_edges, _flat, _pruned, _unstable, _useless, _repeated, _noisy, _worse, _lost, _fitted, _broken):
        yield from group(rng, number)


Numbers = Iterator[int]


def _case(name: str, expected: str, search: Search, seed: int, *tolerated: str) -> Case:
    return Case(name, frozenset({expected}), lambda: (photograph(run(search, seed)), None), frozenset(tolerated))


def _edges(rng: random.Random, numbers: Numbers) -> Iterator[Case]:
    """The best learning rate, or another parameter that matters, lies beyond a bound."""
    for n, (size, decades) in enumerate(((15, 1.0), (30, -1.2), (60, 0.7), (120, -1.0), (800, 0.8))):
        training = task(rng)
        centre = training.best_lr / 10**decades
        # The one bound stands short of the best rate; the other not so far up that everything diverges.
        low, high = (centre / 1e3, centre) if decades > 0 else (centre, centre * 30)
        spaces = {**space(training.best_lr, training.best_decay), "lr": FloatDistribution(low, high, log=True)}
        search = Search(training, spaces, size, maximize=bool(n % 2), sampler=_tpe if size <= 200 else _random)
        yield _case(f"edge of lr {decades:+} {size}", "edge", search, next(numbers))
    training = task(rng)
    # On a linear scale all that matters lies in the lowest hundredth.
    spaces = {**space(training.best_lr, training.best_decay), "lr": FloatDistribution(1e-6, 30 * training.best_lr)}
    yield _case("linear lr 60", "lint linear-scale", Search(training, spaces, 60), next(numbers), "edge")
    spaces = {"lr": FloatDistribution(3e-5, 2e-3, log=True), "width": IntDistribution(16, 64, log=True)}
    yield _case("edge of lr on digits 20", "edge", Search(digits, spaces, 20, maximize=True), next(numbers))


def _flat(rng: random.Random, numbers: Numbers) -> Iterator[Case]:
    """The space is so narrow that all trials are alike; or the objective returns the same whatever it is given."""
    for size in (12, 40, 150):
        training = replace(task(rng), seed_noise=0.0005, jitter=0.0002)
        lr, decay = training.best_lr, training.best_decay
        narrow = {
            "lr": FloatDistribution(lr * 0.95, lr * 1.05),
            "weight_decay": FloatDistribution(decay, decay * 1.2),
        }
        search = Search(training, narrow, size, maximize=True, baseline={})
        yield _case(f"narrow {size}", "all-alike", search, next(numbers), "edge", "seed-noise", "dead-parameter")
    for size in (10, 50):
        training = task(rng)
        search = Search(
            training, space(training.best_lr, 1e-4), size, maximize=size > 20, value=lambda _: 0.5, logs=size > 20
        )
        # Which trial counts as the best, and how well that one fits, is chance.
        chance = ("overfit", "underfit")
        yield _case(f"constant {size}", "constant", search, next(numbers), "all-alike", "dead-parameter", *chance)


def _pruned(rng: random.Random, numbers: Numbers) -> Iterator[Case]:
    """A pruner that lets through next to nothing: only who is better than all before, of n some log n."""
    for n, size in enumerate((100, 150, 250)):
        training = task(rng)
        pruner: BasePruner = PercentilePruner(1.0, n_startup_trials=1, n_warmup_steps=0)
        spaces = space(training.best_lr, training.best_decay)
        search = Search(training, spaces, size, maximize=bool(n % 2), sampler=_random, pruner=pruner)
        yield _case(f"over-pruned {size}", "over-pruned", search, next(numbers), "early-death", "edge")


def _unstable(rng: random.Random, numbers: Numbers) -> Iterator[Case]:
    """Learning rates so large that the losses of most trials jump, or are NaN from the start."""
    for n, size in enumerate((15, 40, 100)):
        training = replace(task(rng), unstable=0.2)
        lr = training.best_lr
        spaces = {**space(lr, training.best_decay), "lr": FloatDistribution(lr / 3, lr * 15, log=True)}
        search = Search(training, spaces, size, maximize=bool(n % 2), sampler=_random)
        yield _case(f"spikes {size}", "spiky-loss", search, next(numbers), "edge", "early-death")
    for n, size in enumerate((12, 40, 150)):
        training = replace(task(rng), unstable=0.3)
        lr = training.best_lr
        spaces = {**space(lr, training.best_decay), "lr": FloatDistribution(lr / 10, lr * 1e4, log=True)}
        search = Search(training, spaces, size, maximize=bool(n % 2), sampler=_random)
        yield _case(f"divergence {size}", "early-death", search, next(numbers), "spiky-loss", "failing", "edge")


def _useless(rng: random.Random, numbers: Numbers) -> Iterator[Case]:
    """A parameter that is suggested, and always has the same value; or one that the code makes no use of."""
    for n, size in enumerate((15, 40)):
        training = task(rng)
        spaces = {**space(training.best_lr, training.best_decay), "momentum": FloatDistribution(0.8, 0.99)}
        search = Search(training, spaces, size, maximize=bool(n % 2), sampler=_held)
        yield _case(f"dead parameter {size}", "dead-parameter", search, next(numbers))
    training = task(rng)
    spaces = {**space(training.best_lr, training.best_decay), "unused": FloatDistribution(0.0, 1.0)}
    yield _case(
        "unused parameter 300", "dead-parameter", Search(training, spaces, 300, sampler=_random), next(numbers)
    )


def _held(seed: int) -> BaseSampler:
    """As somebody leaves it behind who tried one value."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return PartialFixedSampler({"momentum": 0.9}, TPESampler(seed=seed))


class Stuck(RandomSampler):
    """A sampler that has got stuck: after the first ten trials it goes on drawing the same point."""

    def sample_independent(self, study, trial, name, distribution):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        if trial.number >= 10:
            return study.trials[9].params[name]
        return super().sample_independent(study, trial, name, distribution)


def _repeated(rng: random.Random, numbers: Numbers) -> Iterator[Case]:
    """The same configurations again and again."""
    for n, size in enumerate((20, 60, 250)):
        training = task(rng)
        spaces = {
            "lr": CategoricalDistribution((training.best_lr / 10, training.best_lr)),
            "optimizer": CategoricalDistribution(("sgd", "adamw")),
            "width": CategoricalDistribution((64, 128)),
        }
        search = Search(training, spaces, size, maximize=bool(n % 2), sampler=_random, own_seed=False)
        yield _case(f"duplicates {size}", "duplicates", search, next(numbers), "all-alike")
    training = task(rng)
    search = Search(training, space(training.best_lr, 1e-4), 40, sampler=lambda seed: Stuck(seed), own_seed=False)
    yield _case("stuck sampler 40", "duplicates", search, next(numbers), "all-alike", "constant", "edge")


def _noisy(rng: random.Random, numbers: Numbers) -> Iterator[Case]:
    """The best candidates lie closer together than the same one from seed to seed."""
    for n, size in enumerate((20, 60, 120)):
        training = replace(task(rng), seed_noise=0.08)
        spaces = {**space(training.best_lr, training.best_decay), "seed": IntDistribution(0, 1000)}
        search = Search(training, spaces, size, maximize=bool(n % 2))
        yield Case(f"noisy {size}", frozenset({"seed-noise"}), _with_seeds(search, next(numbers)))


def _with_seeds(search: Search, seed: int) -> Callable[[], Made]:
    """The search, and then its best five with three seeds each."""

    def made() -> Made:
        study = run(search, seed)
        best = sorted(
            (t for t in study.trials if t.value is not None),
            key=lambda t: -(t.value or 0.0) if search.maximize else (t.value or 0.0),
        )[:5]
        for trial, throw in itertools.product(best, (1001, 1002, 1003)):
            study.enqueue_trial({**trial.params, "seed": throw % 1000})
        more(study, search, 15, seed)
        return photograph(study), None

    return made


def _worse(rng: random.Random, numbers: Numbers) -> Iterator[Case]:
    """The default configuration is better than all that was found."""
    for n, size in enumerate((12, 40, 100)):
        training = task(rng)
        lr, decay = training.best_lr, training.best_decay
        spaces = {**space(lr, decay, wide=False), "dropout": FloatDistribution(0.0, 0.5)}
        baseline = {"lr": lr, "weight_decay": decay, "dropout": 0.25}
        search = Search(
            # The tuned ones are trained on a part of the data only: a bug.
            _Handicapped(training, lr),
            spaces,
            size,
            maximize=bool(n % 2),
            sampler=_random,
            baseline=baseline,
        )
        yield _case(f"baseline wins {size}", "baseline-wins", search, next(numbers))


class _Handicapped:
    """Learns less wherever the learning rate is not the default one."""

    def __init__(self, training: Surrogate, default: float) -> None:
        self._whole, self._part, self._default = training, replace(training, reach=0.8), default

    def __call__(self, params, seed):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204
        return (self._whole if params["lr"] == self._default else self._part)(params, seed)


def _lost(rng: random.Random, numbers: Numbers) -> Iterator[Case]:
    """RUNNING trials whose worker is gone; and one whose worker lives but which has stood still for an hour."""
    for n, size in enumerate((10, 60)):
        training = task(rng)
        search = Search(training, space(training.best_lr, training.best_decay), size, maximize=bool(n % 2))
        yield Case(f"zombie {size}", frozenset({"zombie"}), _running(search, next(numbers), WorkerState.LOST))
        yield Case(
            f"stalled {size}", frozenset({"stalled"}), _running(search, next(numbers), WorkerState.TRAINING)
        )


def _running(search: Search, seed: int, state: WorkerState) -> Callable[[], Made]:
    def made() -> Made:
        study = run(search, seed)
        trial = study.ask(dict(search.space))
        trial.set_user_attr(keys.TRIAL_WORKER, "w1")
        for step in range(3):
            trial.report(1.0 / (step + 1), step)
        photo = photograph(study)
        began = photo.by_number[trial.number].started or NOON
        alive = state is WorkerState.TRAINING
        worker = WorkerView(
            "w1", 0, "box", 7, "gpu0", state, trial=trial.number, step=2, pace=1.0, silent=1.0 if alive else 3700.0
        )
        return photo, Surroundings(began + 3700.0, (worker,), began, {trial.number: began + 3.0})

    return made


def _fitted(rng: random.Random, numbers: Numbers) -> Iterator[Case]:
    """The best trial learns its training data by heart; or learns next to nothing."""
    for n, size in enumerate((15, 50, 200)):
        training = replace(task(rng), turns=0.4, gap=0.55)
        spaces = space(training.best_lr, training.best_decay)
        yield _case(
            f"overfit {size}", "overfit", Search(training, spaces, size, maximize=bool(n % 2)), next(numbers)
        )
    for n, size in enumerate((15, 50, 200)):
        training = replace(task(rng), reach=0.12, gap=0.02, seed_noise=0.002)
        spaces = space(training.best_lr, training.best_decay)
        search = Search(training, spaces, size, maximize=bool(n % 2))
        yield _case(f"underfit {size}", "underfit", search, next(numbers), "all-alike")


def _broken(rng: random.Random, numbers: Numbers) -> Iterator[Case]:
    """Code that raises in a third of the trials; and, as good news, two searches that found the same."""
    for n, size in enumerate((15, 60, 200)):
        training = task(rng)
        search = Search(
            training,
            space(training.best_lr, training.best_decay),
            size,
            maximize=bool(n % 2),
            fails=lambda number: number % 3 == 1,
        )
        yield _case(f"failing {size}", "failing", search, next(numbers), "early-death")
    training = task(rng)
    search = Search(training, space(training.best_lr, training.best_decay, wide=False), 80)
    one, other = next(numbers), next(numbers)

    def made() -> Made:
        found = photograph(run(search, one))
        return found, Surroundings(NOON, others=(photograph(run(search, other)),))

    yield Case("confirmed best 80", frozenset({"confirmed-best"}), made)


def _tpe(seed: int) -> BaseSampler:
    return TPESampler(seed=seed)


def _random(seed: int) -> BaseSampler:
    return RandomSampler(seed=seed)


def quiet() -> None:
    """Let Optuna say nothing of each trial."""
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
