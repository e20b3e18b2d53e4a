"""Whole columns of numbers, rounded as :mod:`hpt_tui.domain.figures` writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hpt_tui.domain import figures

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_EXACT = 290
"""Beyond this power of ten, scaling would overflow."""
_TIE = 1e-6
"""How near to a half a scaled number is left to Python, which rounds what the number really is."""


def metrics(values: Floats) -> Floats:
    """(n,) the number that :func:`figures.metric` shows of each; NaN and infinity stay."""
    sizes, powers = np.abs(values), exponents(values)
    decimals = np.where((sizes >= 1e-3) & (sizes < 1), 4, 3 - powers)
    return _rounded(values, decimals, lambda v: float(figures.metric(v)))


def parameters(values: Floats, *, log: bool) -> Floats:
    """(n,) the number that :func:`figures.parameter` shows of each fraction; NaN and infinity stay."""
    decimals = (1 if log else 3) - exponents(values)
    return _rounded(values, decimals, lambda v: float(figures.parameter(v, log=log)))


def exponents(values: Floats) -> Ints:
    """(n,) the power of ten of each number's first digit; 0 for 0, NaN and infinity."""
    sizes = np.abs(values)
    usual = (sizes > 0) & np.isfinite(sizes)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(usual, np.floor(np.log10(sizes)), 0).astype(np.int64)


def _rounded(values: Floats, decimals: Ints, exactly: Callable[[float], float]) -> Floats:
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        scales = 10.0 ** np.clip(decimals, -_EXACT, _EXACT)
        scaled = values * scales
        found: Floats = np.rint(scaled) / scales
        ties = np.abs(scaled - np.floor(scaled) - 0.5) < _TIE
    hard = np.isfinite(values) & (ties | (np.abs(decimals) > _EXACT) | ~np.isfinite(found))
    if hard.any():
        distinct, at = np.unique(values[hard], return_inverse=True)
        found[hard] = np.array([exactly(float(v)) for v in distinct])[at]
    return np.where(np.isfinite(values), found, values)
