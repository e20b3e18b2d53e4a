"""Descent on a bowl with noisy slopes: it swings where lr is above 2, and hardly moves where it is below 0.02."""

from __future__ import annotations

import math
import random

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution

import hpt_tui

STUDY = hpt_tui.StudySpec(
    name="by-hand",
    metric="val_loss",
    direction="minimize",
    space={"lr": FloatDistribution(1e-5, 1e2, log=True), "kind": CategoricalDistribution(("a", "b"))},
    baseline={"lr": 5.0, "kind": "b"},
    steps=20,
)


def objective(trial: optuna.Trial) -> float:
    params = STUDY.suggest(trial)
    lr = params["lr"]
    assert isinstance(lr, float)
    dice, x, loss = random.Random(0), 6.0, 0.0
    for epoch in range(20):
        for _ in range(3):
            x -= lr * (x / math.sqrt(1 + x * x) + dice.gauss(0, 0.1))
        loss = math.sqrt(1 + x * x) - 1
        trial.report(loss, epoch)
        if trial.should_prune():
            raise optuna.TrialPruned
    return loss
