"""How the configurations of a search are chosen."""

from __future__ import annotations

from enum import StrEnum


class Strategy(StrEnum):
    GRID = "grid"
    RANDOM = "random"
    BAYES = "bayes"
    """Any sampler that learns from the trials before: TPE, a Gaussian process."""
