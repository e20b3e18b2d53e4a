"""Optuna's own example of pruning with XGBoost: its callback reports and asks, the objective does neither."""

from __future__ import annotations

import optuna
import xgboost as xgb
from optuna_integration import XGBoostPruningCallback
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split


def objective(trial: optuna.Trial) -> float:
    data, target = load_digits(return_X_y=True)
    train_x, valid_x, train_y, valid_y = train_test_split(data, target, test_size=0.25, random_state=0)
    train, valid = xgb.DMatrix(train_x, label=train_y), xgb.DMatrix(valid_x, label=valid_y)
    parameters = {
        "objective": "multi:softmax",
        "num_class": 10,
        "eval_metric": "merror",
        "nthread": 1,
        "eta": trial.suggest_float("eta", 1e-3, 1e-1, log=True),
        "max_depth": trial.suggest_int("max_depth", 1, 4),
        "booster": trial.suggest_categorical("booster", ["gbtree", "dart"]),
    }

    callback = XGBoostPruningCallback(trial, "validation-merror")
    model = xgb.train(
        parameters, train, 60, evals=[(valid, "validation")], callbacks=[callback], verbose_eval=False
    )
    return float(1.0 - accuracy_score(valid_y, model.predict(valid)))
