"""Never reports: sleeps in short steps, and shrugs off every Exception, for a minute at most."""

from __future__ import annotations

import contextlib
import time

import optuna


def objective(trial: optuna.Trial) -> float:
    x = trial.suggest_float("x", -1.0, 1.0)
    for _ in range(3000):
        with contextlib.suppress(Exception):
            time.sleep(0.02)
    return x
