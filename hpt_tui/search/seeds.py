"""Random numbers that depend on a seed and a trial's number, and on nothing else.

Worker processes that share a seed draw the same points again and again, and one that is restarted draws its first
ones once more. A trial's number is its own in the whole study: drawn afresh from the seed and that number, trials
differ whoever runs them, and one worker repeats a search exactly, wherever it was interrupted.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from optuna.samplers import BaseSampler
from optuna.samplers._lazy_random_state import LazyRandomState


def reseed(sampler: BaseSampler, seed: int, trial: int) -> None:
    """Let ``sampler``, and those within it, draw the numbers that belong to the trial of that number."""
    for place, state in enumerate(_states(sampler)):
        state.rng.seed(derived(seed, trial, place))


def derived(*entropy: int) -> int:
    """A seed of 32 bits made of these numbers."""
    return int(np.random.SeedSequence(entropy).generate_state(1)[0])


def _states(sampler: BaseSampler) -> Iterator[LazyRandomState]:
    for value in vars(sampler).values():
        if isinstance(value, LazyRandomState):
            yield value
        elif isinstance(value, BaseSampler):
            yield from _states(value)
