"""Two objectives, of which Optuna takes no reports: for a minute and a half at most."""

from __future__ import annotations

import time

import optuna


def objective(trial: optuna.Trial) -> tuple[float, float]:
    x = trial.suggest_float("x", 0.0, 1.0)
    for _ in range(2000):
        time.sleep(0.05)
    return x, x
