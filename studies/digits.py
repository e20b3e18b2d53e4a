"""Handwritten digits: a small network, searched with hpt-tui on real data in seconds a trial.

    hpt-tui run studies/digits.py

    hpt-tui validate studies/digits.py    # once it has found something: the best five with three seeds each

This file is also the example to start your own from. It has four parts: what is searched (STUDY), one
training run (objective), what several runs say together (ensemble), and the data. To search your own model:

1. rename the study and list your hyperparameters with their ranges in ``space``;
2. set ``baseline`` to the configuration that you use today: it runs first, as trial 0, to compare with;
3. put your training loop into ``objective``; after each epoch report the metric, log whatever curves you want
   to see, and ask whether to go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import optuna
import torch
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

import hpt_tui
from hpt_tui.training import RangeTest

EPOCHS = 30
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"

STUDY = hpt_tui.StudySpec(
    name="digits",
    metric="val_acc",
    direction="maximize",
    space={
        # Honestly chosen too low: 1e-5 to 1e-3 is where many people start, but in 30 short epochs this network
        # learns best beyond 1e-3. The search runs into that end, hpt-tui says so, and `w` widens it.
        "lr": FloatDistribution(1e-5, 1e-3, log=True),
        "weight_decay": FloatDistribution(1e-6, 1e-2, log=True),
        "dropout": FloatDistribution(0.0, 0.6),
        "batch_size": IntDistribution(16, 256, log=True),
        "width": IntDistribution(16, 512, log=True),
        "optimizer": CategoricalDistribution(("sgd", "adamw")),
    },
    baseline={
        "lr": 3e-4,
        "weight_decay": 1e-4,
        "dropout": 0.2,
        "batch_size": 64,
        "width": 64,
        "optimizer": "adamw",
    },
    steps=EPOCHS,
)


def objective(trial: optuna.Trial) -> float:
    """Train once and return the best validation accuracy; report it after every epoch."""
    params: dict[str, Any] = STUDY.suggest(trial)
    seed = hpt_tui.trial_seed(trial)
    torch.manual_seed(seed)
    x_train, y_train, x_val, y_val = data()
    model = network(params["width"], params["dropout"]).to(DEVICE)
    optimizer = make_optimizer(model, params["optimizer"], params["lr"], params["weight_decay"])
    criterion = nn.CrossEntropyLoss()

    best = 0.0
    for epoch in range(EPOCHS):
        model.train()
        total = 0.0
        for batch in torch.split(torch.randperm(len(x_train), device=DEVICE), params["batch_size"]):
            optimizer.zero_grad()
            loss = criterion(model(x_train[batch]), y_train[batch])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)

        model.eval()
        with torch.no_grad():
            logits = model(x_val)
        val_acc = (logits.argmax(dim=1) == y_val).float().mean().item()
        best = max(best, val_acc)

        # The three lines that make a training loop searchable, watchable and prunable:
        trial.report(val_acc, epoch)
        hpt_tui.log(
            epoch, train_loss=total / len(x_train), val_loss=criterion(logits, y_val).item(), val_acc=val_acc
        )
        if trial.should_prune():
            raise optuna.TrialPruned

        if seed and val_acc == best:
            # A run of `hpt-tui validate`, whose seeds begin at 1: keep what the ensemble below averages.
            torch.save(logits.softmax(dim=1).cpu(), hpt_tui.checkpoint_dir(trial) / "predictions.pt")
    return best


def ensemble(members: Sequence[hpt_tui.Member]) -> float:
    """The validation accuracy of several runs' averaged predictions, which `hpt-tui validate` asks for."""
    predictions = [torch.load(hpt_tui.checkpoint_dir(member) / "predictions.pt") for member in members]
    right = torch.stack(predictions).mean(dim=0).argmax(dim=1) == data()[3].cpu()
    return right.float().mean().item()


def lr_find_setup(params: dict[str, Any]) -> RangeTest:
    """What `hpt-tui lr-find` trains for a moment, to find the learning rates that are worth searching."""
    x_train, y_train, *_ = data()
    model = network(params["width"], params["dropout"]).to(DEVICE)
    optimizer = make_optimizer(model, params["optimizer"], params["lr"], params["weight_decay"])
    batches = DataLoader(TensorDataset(x_train, y_train), params["batch_size"], shuffle=True)
    return RangeTest(
        model, optimizer, batches, lambda batch: nn.functional.cross_entropy(model(batch[0]), batch[1])
    )


def network(width: int, dropout: float) -> nn.Module:
    return nn.Sequential(
        nn.Linear(64, width),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(width, width),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(width, 10),
    )


def make_optimizer(model: nn.Module, name: str, lr: float, weight_decay: float) -> torch.optim.Optimizer:
    if name == "sgd":
        return torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=weight_decay)
    return torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=weight_decay)


@cache
def data() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """1,797 scans of 8 x 8 pixels; a third is kept for validation, in the same split for every trial."""
    digits = load_digits()
    x_train, x_val, y_train, y_val = train_test_split(
        digits.data / 16.0, digits.target, test_size=1 / 3, stratify=digits.target, random_state=0
    )
    return (
        torch.tensor(x_train, dtype=torch.float32, device=DEVICE),
        torch.tensor(y_train, dtype=torch.long, device=DEVICE),
        torch.tensor(x_val, dtype=torch.float32, device=DEVICE),
        torch.tensor(y_val, dtype=torch.long, device=DEVICE),
    )
