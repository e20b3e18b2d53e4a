"""A tiny regression with the hook of ``lr-find``, and hooks that can't be used, by environment."""

from __future__ import annotations

import os
import time

import optuna
import torch
from optuna.distributions import FloatDistribution, IntDistribution
from torch import Tensor, nn

import hpt_tui
from hpt_tui.training import RangeTest

WHICH = os.environ.get("HOOK", "")

STUDY = hpt_tui.StudySpec(
    name="regression",
    metric="loss",
    direction="minimize",
    space={"lr": FloatDistribution(1e-3, 1e-2, log=True), "batch_size": IntDistribution(4, 64, log=True)},
    baseline={"lr": 1e-3, "batch_size": 16},
    lr_find="absent" if WHICH == "absent" else "lr_find_setup",
)


def objective(trial: optuna.Trial) -> float:
    return float(str(STUDY.suggest(trial)["lr"]))


def lr_find_setup(params: dict[str, float]) -> RangeTest | None:
    if WHICH == "none":
        return None
    x = torch.randn(256, 8)
    y = x @ torch.arange(8.0).unsqueeze(1) + 0.1 * torch.randn(256, 1)
    model = nn.Linear(8, 1)
    optimizer = torch.optim.SGD([] if WHICH == "empty" else model.parameters(), lr=params["lr"])
    batches = list(zip(*(torch.split(whole, int(params["batch_size"])) for whole in (x, y)), strict=True))

    def loss(batch: tuple[Tensor, Tensor]) -> Tensor:
        if WHICH == "slow":
            time.sleep(60)
        if WHICH == "raises":
            raise ValueError("the loss\nraises")
        if WHICH == "missing":
            return torch.tensor(params["width"])
        found: Tensor = (model(batch[0]) - batch[1]) ** 2
        return found if WHICH == "vector" else found.mean()

    return RangeTest(model, optimizer, batches, loss)


if WHICH == "arguments":

    def lr_find_setup() -> None:  # type: ignore[misc]
        return None
