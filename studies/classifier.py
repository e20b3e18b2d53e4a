"""One epoch of training, and one evaluation, of a net that classifies pictures."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from hpt_tui import training
from pictures import Data, Epoch

DEVICE = training.device()
EVALUATED_AT_ONCE = 500


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


def evaluate(model: nn.Module, data: Data) -> tuple[float, float]:
    """Accuracy 0..1 and mean cross-entropy on what is held out."""
    model.eval()
    right, loss, count = torch.zeros((), device=DEVICE), torch.zeros((), device=DEVICE), 0
    with torch.inference_mode():
        for x, y in data.held_out(EVALUATED_AT_ONCE):
            with training.mixed_precision(DEVICE):
                logits = model(x).float()
            right += (logits.argmax(dim=1) == y).sum()
            loss += nn.functional.cross_entropy(logits, y, reduction="sum")
            count += len(y)
    return right.item() / count, loss.item() / count


def range_test(model: nn.Module, optimizer: Optimizer, batches: Epoch, criterion: nn.Module) -> training.RangeTest:
    """For `hpt-tui lr-find`: the same step as in training."""

    def loss(batch: tuple[Tensor, Tensor]) -> Tensor:
        with training.mixed_precision(DEVICE):
            found: Tensor = criterion(model(batch[0]), batch[1])
        return found

    return training.RangeTest(model, optimizer, batches, loss)
