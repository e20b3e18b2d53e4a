"""One epoch of training, and one evaluation, of a net that classifies pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import optuna
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

import hpt_tui
from hpt_tui import training
from pictures import Data, Epoch

DEVICE = training.device()
EVALUATED_AT_ONCE = 256
PREDICTIONS = "predictions.pt"


def train_epoch(
    model: nn.Module,
    batches: Epoch,
    optimizer: Optimizer,
    schedule: LRScheduler,
    criterion: nn.Module,
    clip_norm: float | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean loss and the mean norm of the gradients; both stay on the device, as to read a number there is to
    wait for it."""
    model.train()
    losses, norms = torch.zeros((), device=DEVICE), torch.zeros((), device=DEVICE)
    for x, y in batches:
        optimizer.zero_grad()
        with training.mixed_precision(DEVICE):
            loss = criterion(model(x), y)
        loss.backward()
        norms += training.clip_gradients(model.parameters(), clip_norm)
        optimizer.step()
        schedule.step()
        losses += loss.detach()
    return losses / len(batches), norms / len(batches)


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What a net makes of what is held out."""

    accuracy: float
    """0..1."""
    loss: float
    """The mean cross-entropy."""
    probabilities: Tensor
    """[pictures, classes], on the device."""

    def keep(self, trial: optuna.Trial) -> None:
        """Write the probabilities down for :func:`ensemble_accuracy`."""
        torch.save(self.probabilities.cpu(), hpt_tui.checkpoint_dir(trial) / PREDICTIONS)


def evaluate(model: nn.Module, data: Data) -> Evaluation:
    model.eval()
    outputs, labels = [], []
    with torch.inference_mode():
        for x, y in data.held_out(EVALUATED_AT_ONCE):
            with training.mixed_precision(DEVICE):
                outputs.append(model(x).float())
            labels.append(y)
        logits, classes = torch.cat(outputs), torch.cat(labels)
        accuracy = (logits.argmax(dim=1) == classes).float().mean()
        loss = nn.functional.cross_entropy(logits, classes)
        return Evaluation(accuracy.item(), loss.item(), logits.softmax(dim=1))


def ensemble_accuracy(members: Sequence[hpt_tui.Member], data: Data) -> float:
    """Of the averaged probabilities that several runs kept."""
    kept = [torch.load(hpt_tui.checkpoint_dir(member) / PREDICTIONS) for member in members]
    classes = torch.cat([y.cpu() for _, y in data.held_out(EVALUATED_AT_ONCE)])
    return (torch.stack(kept).mean(dim=0).argmax(dim=1) == classes).float().mean().item()


def range_test(model: nn.Module, optimizer: Optimizer, batches: Epoch, criterion: nn.Module) -> training.RangeTest:
    """For `hpt-tui lr-find`: the same step as in training."""

    def loss(batch: tuple[Tensor, Tensor]) -> Tensor:
        with training.mixed_precision(DEVICE):
            found: Tensor = criterion(model(batch[0]), batch[1])
        return found

    return training.RangeTest(model, optimizer, batches, loss)
