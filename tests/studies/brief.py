"""Reports every 20 ms for half a second, and imports nothing that takes long."""

from __future__ import annotations

import time

import optuna


def objective(trial: optuna.Trial) -> float:
    x = trial.suggest_float("x", -1.0, 1.0)
    for step in range(25):
        time.sleep(0.02)
        trial.report(x, step)
    return x
