"""What chance alone puts at an end of a range."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from hpt_tui.domain.flags.searched import likely


def exactly(hits: int, tries: int, chance: Fraction) -> float:
    terms = (math.comb(tries, k) * chance**k * (1 - chance) ** (tries - k) for k in range(hits, tries + 1))
    return float(sum(terms, Fraction(0)))


@pytest.mark.parametrize(("hits", "tries"), [(0, 5), (3, 5), (5, 5), (10, 20), (1, 40), (300, 1500)])
@pytest.mark.parametrize("chance", [Fraction(1, 20), Fraction(1, 2)])
def test_it_is_the_binomial_tail(hits: int, tries: int, chance: Fraction) -> None:
    expected = exactly(hits, tries, chance)
    assert likely(hits, tries, float(chance)) == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_the_top_of_a_hundred_thousand_trials_can_be_judged() -> None:
    """Their binomials are beyond any float."""
    assert likely(5000, 10_000, 0.05) == 0
    assert likely(5000, 10_000, 0.5) == pytest.approx(0.504, abs=1e-3)
