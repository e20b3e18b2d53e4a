"""G17: what is fixed does not keep the sampler from trying the choices of what is not."""

from __future__ import annotations

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.samplers import TPESampler
from optuna.study import create_study
from optuna.trial import create_trial

from hpt_tui.search.steered import SteeredSampler

LR = FloatDistribution(1e-5, 1.0, log=True)
MOMENTUM = FloatDistribution(0.0, 0.99)
OPTIMIZER = CategoricalDistribution(("sgd", "adamw"))


@pytest.mark.parametrize("seed", range(3))
def test_tpe_tries_another_choice_though_the_past_has_but_one(seed: int) -> None:
    """The second tier of a staged search: so far all trials had the baseline's momentum and optimizer."""
    fixed = {"lr": 0.03, "momentum": 0.9}
    sampler = SteeredSampler(lambda _: TPESampler(seed=seed), dict, fixed=lambda: fixed)
    study = create_study(sampler=sampler)
    distributions = {"lr": LR, "momentum": MOMENTUM, "optimizer": OPTIMIZER}
    for at in range(12):
        params = {"lr": 10.0 ** (-at / 3), "momentum": 0.9, "optimizer": "sgd"}
        study.add_trial(create_trial(params=params, distributions=distributions, value=abs(at - 4) / 10))
    tried = set()
    for _ in range(5):
        study.enqueue_trial(fixed)
        trial = study.ask()
        trial.suggest_float("lr", 1e-5, 1.0, log=True)
        trial.suggest_float("momentum", 0.0, 0.99)
        tried.add(trial.suggest_categorical("optimizer", ("sgd", "adamw")))
        study.tell(trial, 0.5)
    assert "adamw" in tried
