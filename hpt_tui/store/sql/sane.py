"""What stands in a row, as what it should be: SQLite keeps anything in any column, whoever wrote it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.trials import CODES, Floats, Ints, Mask

STATES = {
    "WAITING": CODES[TrialState.WAITING],
    "RUNNING": CODES[TrialState.RUNNING],
    "COMPLETE": CODES[TrialState.COMPLETE],
    "PRUNED": CODES[TrialState.PRUNED],
    "FAIL": CODES[TrialState.FAILED],
}
"""What Optuna calls a state -> the code of ours."""

_SPECIAL = {"INF_POS": math.inf, "INF_NEG": -math.inf, "NAN": math.nan}
_MOST = 2**62


def whole(value: object) -> int | None:
    """A whole number that fits an array; None for anything else."""
    return value if type(value) is int and -_MOST < value < _MOST else None


def number(value: object, kind: object = "FINITE") -> float | None:
    """An objective or intermediate value with its type; None for what is none."""
    if kind != "FINITE":
        return _SPECIAL.get(kind) if isinstance(kind, str) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value)


def wholes(values: Sequence[object]) -> Ints:
    """(n,) the whole numbers among ``values``, -1 for anything else; only where none below 0 is meant."""
    found = _array(values)
    if found is not None and found.dtype.kind == "i" and (not len(found) or found.max() < _MOST):
        return found.astype(np.int64)
    return np.array([-1 if (one := whole(value)) is None else one for value in values], dtype=np.int64)


def numbers(values: Sequence[object], kinds: Sequence[object] | None = None) -> tuple[Floats, Mask]:
    """(n,) the numbers among ``values`` with their types, and which of them are any."""
    if kinds is None or set(kinds) <= {"FINITE"}:
        found = _array(values)
        if found is not None and found.dtype.kind == "f":
            return found.astype(np.float64), ~np.isnan(found)
        kinds = ["FINITE"] * len(values)
    each = [number(value, kind) for value, kind in zip(values, kinds, strict=True)]
    there = np.array([one is not None for one in each], dtype=np.bool_)
    return np.array([math.nan if one is None else one for one in each], dtype=np.float64), there


def _array(values: Sequence[object]) -> NDArray[np.generic] | None:
    try:
        return np.array(values)
    except (ValueError, TypeError, OverflowError):
        return None


def document(text: object) -> object:
    """What a JSON text says; None for what is none."""
    try:
        return json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None


def naive_seconds(moments: Sequence[object]) -> Floats:
    """(n,) naive date-times (SQLite's text, a driver's datetime) as seconds since 1970, as if they were UTC;
    NaN for what is none."""
    try:
        exact = np.array(moments, dtype="datetime64[us]")
    except (ValueError, TypeError, OverflowError):
        if len(moments) == 1:
            return np.array([math.nan])
        middle = len(moments) // 2
        return np.concatenate([naive_seconds(moments[:middle]), naive_seconds(moments[middle:])])
    seconds: Floats = exact.astype(np.int64) / 1e6
    seconds[np.isnat(exact)] = math.nan
    return seconds
