"""Reports every 20 ms and asks whether to go on, for a minute at most."""

from __future__ import annotations

import time

import optuna


def objective(trial: optuna.Trial) -> float:
    x = trial.suggest_float("x", -1.0, 1.0)
    for step in range(3000):
        time.sleep(0.02)
        trial.report(x, step)
        if trial.should_prune():
            raise optuna.TrialPruned
    return x
