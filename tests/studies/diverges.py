"""Diverges, and says so as the guard of hpt_tui.training does."""

from __future__ import annotations

import math

import optuna

from hpt_tui.training import DivergedError


def objective(trial: optuna.Trial) -> float:
    trial.suggest_float("x", -1.0, 1.0)
    raise DivergedError(2, math.nan)
