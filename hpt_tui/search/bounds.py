"""Bounds put over the distribution that the code asks for."""

from __future__ import annotations

from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution

from hpt_tui.domain.space import Bound, bound_problem
from hpt_tui.store.translate import to_range


def under_bound(distribution: BaseDistribution, bound: Bound | None) -> BaseDistribution:
    """``distribution`` with ``bound`` in force; unchanged where the bound doesn't fit it."""
    if bound is None or bound_problem(to_range(distribution), bound.low, bound.high):
        return distribution
    if isinstance(distribution, IntDistribution):
        return IntDistribution(round(bound.low), round(bound.high), distribution.log, distribution.step)
    if isinstance(distribution, FloatDistribution):
        return FloatDistribution(bound.low, bound.high, distribution.log, distribution.step)
    return distribution
