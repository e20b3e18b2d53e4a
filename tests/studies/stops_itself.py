"""Stops its study from inside, in the third trial."""

from __future__ import annotations

import optuna


def objective(trial: optuna.Trial) -> float:
    if trial.number == 2:
        trial.study.stop()
    return trial.suggest_float("x", -1.0, 1.0)
