"""G16: how somebody says by which method to search."""

from __future__ import annotations

import pytest

from hpt_tui.domain.method import LARGEST_SEED, Method, Pruning, Sampling, Wish, wish
from hpt_tui.domain.strategy import Strategy

GP = Wish(Sampling.GP)


def test_g21_nobody_said_anything() -> None:
    assert Wish().over(Method()) == Method(Sampling.TPE, Pruning.MEDIAN, None)


def test_a_wish_says_only_what_it_says() -> None:
    before = Method(Sampling.RANDOM, Pruning.GAP, 7)
    assert GP.over(before) == Method(Sampling.GP, Pruning.GAP, 7)
    assert wish("", "none").over(before) == Method(Sampling.RANDOM, Pruning.NONE, 7)
    assert wish(seed=0).over(before).seed == 0, "0 is a seed"


def test_what_is_new_in_a_wish() -> None:
    assert GP.since(GP) == Wish()
    assert GP.since(Wish(Sampling.TPE, Pruning.GAP)) == GP
    assert wish("gp", seed=1).since(wish("gp", seed=2)) == Wish(seed=1)


def test_one_wish_goes_before_another() -> None:
    assert wish("gp").or_else(wish("random", "gap", 3)) == wish("gp", "gap", 3)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (("bayes", "", None), "strategy must be one of auto, grid, random, qmc, tpe, tpe-group, gp, cmaes, nsga2"),
        (("", "hyper", None), "pruner must be one of none, median, percentile, asha, hyperband, patient, gap"),
        (("", "", -1), "seed must be a whole number"),
        (("", "", LARGEST_SEED + 1), "seed must be a whole number"),
        (("", "", True), "seed must be a whole number"),
        (("", "", 1.5), "seed must be a whole number"),
    ],
)
def test_what_is_not_known_is_told_with_what_there_is(given: tuple[str, str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        wish(*given)


@pytest.mark.parametrize("sampling", Sampling)
def test_every_strategy_is_of_a_kind_that_advice_and_lint_know(sampling: Sampling) -> None:
    assert (sampling.kind is None) == (sampling is Sampling.AUTO)
    assert (sampling.kind is Strategy.GRID) == (sampling is Sampling.GRID)


def test_in_words() -> None:
    assert Method().words == "tpe · median"
    assert Method(Sampling.GP, Pruning.NONE, 7).words == "gp · no pruner · seed 7"
