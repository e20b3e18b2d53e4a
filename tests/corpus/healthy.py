"""Searches with nothing wrong: the best values lie inside, the curves fall, the trials differ and end well."""

from __future__ import annotations

import random
from collections.abc import Iterator

from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.pruners import MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler

from hpt_tui.domain.space import ParamValue
from tests.corpus.case import Case
from tests.corpus.search import Search, Space, photograph, run
from tests.corpus.training import LCBENCH, Recorded, Surrogate, digits

SIZES = (
    5,
    8,
    10,
    10,
    12,
    15,
    16,
    20,
    20,
    25,
    30,
    30,
    40,
    40,
    50,
    60,
    60,
    80,
    100,
    100,
    150,
    200,
    300,
    500,
    1000,
    2000,
)
"""Trials of the searches over the surrogate."""
TASKS = ("3945", "7593", "167168", "168868")


def space(lr: float, decay: float, *, wide: bool = True) -> Space:
    """A space round the best values: two decades of learning rate to the one side, one and a half to the other."""
    found: dict[str, FloatDistribution | IntDistribution | CategoricalDistribution] = {
        "lr": FloatDistribution(lr / 100, lr * 30, log=True),
        "weight_decay": FloatDistribution(decay / 100, decay * 100, log=True),
    }
    if wide:
        found |= {
            "dropout": FloatDistribution(0.0, 0.5),
            "width": IntDistribution(32, 512, log=True),
            "optimizer": CategoricalDistribution(("sgd", "adamw")),
        }
    return found


def task(rng: random.Random) -> Surrogate:
    return Surrogate(
        epochs=rng.choice((10, 15, 20)),
        best_lr=10 ** rng.uniform(-3.5, -1.0),
        best_decay=10 ** rng.uniform(-5.0, -3.0),
        floor=rng.uniform(0.15, 0.6),
        gap=rng.uniform(0.05, 0.2),
    )


def cases(seed: int) -> Iterator[Case]:
    rng = random.Random(f"healthy {seed}")
    for place, size in enumerate(SIZES):
        yield _surrogate(place, size, task(rng), seed)
    for place, size in enumerate((12, 20, 30, 40)):
        real = Search(digits, _digits_space(), size, maximize=place % 2 == 0, sampler=_tpe)
        yield Case(f"healthy digits {size}", frozenset(), _photo(real, seed * 10 + place))
    for name in TASKS if LCBENCH.exists() else ():
        recorded = Search(Recorded(name), _lcbench_space(), 60, maximize=True, sampler=_tpe, own_seed=False)
        # Where the recorded networks are best at a corner, saying so is no mistake.
        yield Case(f"healthy lcbench {name}", frozenset(), _photo(recorded, seed), tolerated=frozenset({"edge"}))


def _surrogate(place: int, size: int, training: Surrogate, seed: int) -> Case:
    pruner = (NopPruner(), MedianPruner(5, 4), NopPruner(), SuccessiveHalvingPruner())[place % 4]
    baseline: dict[str, ParamValue] = {
        "lr": training.best_lr / 30,
        "weight_decay": training.best_decay,
        "dropout": 0.0,
    }
    baseline |= {"width": 64, "optimizer": "adamw"}
    wide = place % 3 != 1
    search = Search(
        training,
        space(training.best_lr, training.best_decay, wide=wide),
        size,
        maximize=place % 2 == 1,
        # Its cost grows with the square of the trials.
        sampler=_tpe if size <= 200 and place % 5 != 4 else _random,
        pruner=pruner if size <= 300 else NopPruner(),
        baseline={k: v for k, v in baseline.items() if wide or k in ("lr", "weight_decay")} if place % 3 else {},
    )
    # Successive halving prunes nine in ten by design.
    tolerated = frozenset({"over-pruned"}) if isinstance(search.pruner, SuccessiveHalvingPruner) else frozenset()
    return Case(f"healthy surrogate {size} ({place})", frozenset(), _photo(search, seed * 100 + place), tolerated)


def _photo(search: Search, seed: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
    return lambda: (photograph(run(search, seed)), None)


def _tpe(seed: int) -> BaseSampler:
    return TPESampler(seed=seed)


def _random(seed: int) -> BaseSampler:
    return RandomSampler(seed=seed)


def _digits_space() -> Space:
    return {
        "lr": FloatDistribution(3e-4, 3e-1, log=True),
        "weight_decay": FloatDistribution(1e-6, 1e-1, log=True),
    }


def _lcbench_space() -> Space:
    return {
        "batch_size": IntDistribution(16, 512, log=True),
        "learning_rate": FloatDistribution(1e-4, 1e-1, log=True),
        "momentum": FloatDistribution(0.1, 0.99),
        "weight_decay": FloatDistribution(1e-5, 1e-1),
        "num_layers": IntDistribution(1, 5),
        "max_units": IntDistribution(64, 1024, log=True),
        "max_dropout": FloatDistribution(0.0, 1.0),
    }
