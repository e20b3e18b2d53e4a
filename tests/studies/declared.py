"""A declared study that prints at import and logs two curves."""

from __future__ import annotations

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution

import hpt_tui

print("a noisy import")  # noqa: T201

STUDY = hpt_tui.StudySpec(
    name="declared",
    metric="loss",
    direction="minimize",
    space={"lr": FloatDistribution(1e-4, 1e-2, log=True), "kind": CategoricalDistribution(("a", "b"))},
    baseline={"lr": 1e-3, "kind": "a"},
    steps=3,
    logs="runs/{number}",
)


def objective(trial: optuna.Trial) -> float:
    params = STUDY.suggest(trial)
    loss = float(str(params["lr"]))
    for step in range(3):
        trial.report(loss, step)
        hpt_tui.log(step, train_loss=loss / (step + 1), norm=float("inf"))
    return loss
