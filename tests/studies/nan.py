"""Diverges: reports NaN, and returns it."""

from __future__ import annotations

import math

import optuna


def objective(trial: optuna.Trial) -> float:
    trial.suggest_float("x", -1.0, 1.0)
    trial.report(math.nan, 0)
    return math.nan
