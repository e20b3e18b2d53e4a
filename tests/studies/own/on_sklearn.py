"""Optuna's own example of pruning with scikit-learn: partial_fit, a report an epoch."""

from __future__ import annotations

import numpy as np
import optuna
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split


def objective(trial: optuna.Trial) -> float:
    data, target = load_digits(return_X_y=True)
    train_x, valid_x, train_y, valid_y = train_test_split(data / 16, target, test_size=0.25, random_state=0)
    alpha = trial.suggest_float("alpha", 1e-5, 1e-2, log=True)
    model = SGDClassifier(alpha=alpha, random_state=0)

    for step in range(300):
        model.partial_fit(train_x, train_y, classes=np.unique(target))
        trial.report(1.0 - model.score(valid_x, valid_y), step)
        if trial.should_prune():
            raise optuna.TrialPruned

    return float(1.0 - model.score(valid_x, valid_y))
