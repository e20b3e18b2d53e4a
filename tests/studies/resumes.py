"""Six epochs with everything that draws random numbers; the first time, its process is killed in the fourth."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import torch
from optuna.distributions import CategoricalDistribution, FloatDistribution
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import hpt_tui
from hpt_tui import training
from hpt_tui.study_file import tried_before

EPOCHS, FATAL = 6, 3
STUDY = hpt_tui.StudySpec(
    name="resumes",
    metric="loss",
    direction="minimize",
    space={"lr": FloatDistribution(1e-3, 1e-2, log=True), "schedule": CategoricalDistribution(training.SCHEDULES)},
    steps=EPOCHS,
)


def objective(trial: optuna.Trial) -> float:
    """Leaves the weights in $CHECKPOINTS as ``TRIAL.end``; with $KILL, kills itself unless it is a retry."""
    params: dict[str, Any] = STUDY.suggest(trial)
    folder = Path(os.environ["CHECKPOINTS"])
    generator = training.seed_everything(1)
    data = TensorDataset(torch.randn(64, 8), torch.randn(64, 1))
    loader = DataLoader(data, batch_size=8, shuffle=True, generator=generator)
    model = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.Dropout(0.5), nn.Linear(16, 1))
    optimizer = training.make_optimizer("adamw", model.parameters(), params["lr"])
    schedule = training.make_schedule(params["schedule"], optimizer, EPOCHS * len(loader), 0.1)
    checkpoint = training.Checkpoint(
        trial, folder, model=model, optimizer=optimizer, schedule=schedule, generator=generator
    )
    start = checkpoint.resume()
    best = float(checkpoint.kept.get("best") or "inf")
    for epoch in range(start, EPOCHS):
        total = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            noise = random.random() + float(np.random.rand())
            loss = (model(x + noise) - y).square().mean()
            loss.backward()
            training.clip_gradients(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item()
            if epoch == FATAL and "KILL" in os.environ and not tried_before(trial):
                # The storage gets what waits every half second.
                time.sleep(float(os.environ["KILL"]))
                os.kill(os.getpid(), signal.SIGKILL)
        best = min(best, training.check_finite(total, epoch))
        trial.report(total, epoch)
        checkpoint.save(epoch, best=best)
    torch.save(model.state_dict(), folder / f"{trial.number}.end")
    return best
