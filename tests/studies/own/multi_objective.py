"""Two objectives, accuracy against the size of the model: Optuna has no reports and no pruning for them."""

from __future__ import annotations

import numpy as np
import optuna
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split


def objective(trial: optuna.Trial) -> tuple[float, int]:
    data, target = load_digits(return_X_y=True)
    train_x, valid_x, train_y, valid_y = train_test_split(data / 16, target, test_size=0.25, random_state=0)
    features = trial.suggest_int("features", 4, 64, step=4)
    model = SGDClassifier(alpha=trial.suggest_float("alpha", 1e-5, 1e-2, log=True), random_state=0)
    for _ in range(trial.suggest_int("epochs", 10, 2000)):
        model.partial_fit(train_x[:, :features], train_y, classes=np.unique(target))
    return float(1.0 - model.score(valid_x[:, :features], valid_y)), features
