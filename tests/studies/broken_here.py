"""Reports every 20 ms for a minute; fails at once in a process whose environment says so."""

from __future__ import annotations

import os
import time

import optuna


def objective(trial: optuna.Trial) -> float:
    x = trial.suggest_float("x", -1.0, 1.0)
    if os.environ.get("BROKEN"):
        raise RuntimeError("CUDA error: device-side assert triggered")
    for step in range(3000):
        time.sleep(0.02)
        trial.report(x, step)
    return x
