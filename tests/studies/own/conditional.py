"""Optuna's own example of conditional parameters: which there are depends on the classifier."""

from __future__ import annotations

import optuna
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import KFold
from sklearn.svm import SVC


def objective(trial: optuna.Trial) -> float:
    data, target = load_iris(return_X_y=True)
    if trial.suggest_categorical("classifier", ["SVC", "RandomForest"]) == "SVC":
        model = SVC(C=trial.suggest_float("svc_c", 1e-3, 1e2, log=True))
    else:
        model = RandomForestClassifier(
            max_depth=trial.suggest_int("rf_max_depth", 2, 8),
            n_estimators=trial.suggest_int("rf_trees", 5, 20),
        )
    scores: list[float] = []
    for repeat in range(40):
        folds = KFold(3, shuffle=True, random_state=repeat)
        scores += [clone(model).fit(data[a], target[a]).score(data[b], target[b]) for a, b in folds.split(data)]
        trial.report(sum(scores) / len(scores), repeat)
        if trial.should_prune():
            raise optuna.TrialPruned
    return sum(scores) / len(scores)
