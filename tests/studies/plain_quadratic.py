"""An ordinary Optuna objective that has never heard of hpt-tui: ten reports, milliseconds a trial."""

from __future__ import annotations

import optuna


def objective(trial: optuna.Trial) -> float:
    x = trial.suggest_float("x", -1.0, 1.0)
    lr = trial.suggest_float("lr", 1e-4, 1e-2, log=True)
    kind = trial.suggest_categorical("kind", ("a", "b"))
    loss = (x - 0.3) ** 2 + lr + (0.1 if kind == "b" else 0.0)
    for step in range(10):
        trial.report(loss * (10 - step), step)
        if trial.should_prune():
            raise optuna.TrialPruned
    return loss
