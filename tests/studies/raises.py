"""Fails every trial."""

from __future__ import annotations

import optuna


def objective(trial: optuna.Trial) -> float:
    raise ValueError(f"no luck with {trial.suggest_float('x', -1.0, 1.0):.1f}")
