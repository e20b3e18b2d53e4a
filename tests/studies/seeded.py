"""A study without torch whose runs depend on their seed, and whose ensemble averages what they wrote."""

from __future__ import annotations

import random
from collections.abc import Sequence

import optuna
from optuna.distributions import FloatDistribution

import hpt_tui

STUDY = hpt_tui.StudySpec(
    name="seeded",
    metric="loss",
    direction="minimize",
    space={"x": FloatDistribution(0.0, 1.0)},
    baseline={"x": 0.9},
)


def objective(trial: optuna.Trial) -> float:
    x = float(str(STUDY.suggest(trial)["x"]))
    seed = hpt_tui.trial_seed(trial)
    loss = x + random.Random(seed).gauss(0.0, 0.01)
    for step in range(3):
        trial.report(loss + 2 - step, step)
        if seed and trial.should_prune():
            raise optuna.TrialPruned
    if seed:
        (hpt_tui.checkpoint_dir(trial) / "prediction").write_text(str(loss))
    return loss


def ensemble(members: Sequence[hpt_tui.Member]) -> float:
    predictions = [float((hpt_tui.checkpoint_dir(m) / "prediction").read_text()) for m in members]
    return sum(predictions) / len(predictions)
