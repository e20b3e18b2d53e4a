"""CIFAR-10 and ResNet-18: a real vision model, searched on every GPU of the machine (G30), and the one-at-a-time
table of the guide's first case study, measured anew (G31).

    hpt-tui run studies/cifar10_resnet18.py
    python studies/cifar10_resnet18.py --case-study --seeds 3

The data set is downloaded at the first start, into HPT_TUI_DATA or `data/` beside this file. HPT_TUI_TINY=1 runs
everything, and the same code, on a few generated pictures within seconds. `cifar10_resnet18.md` has the rest.

To start a study of your own from it, read from top to bottom: what is searched (STUDY), one training (train), the
network, what `hpt-tui lr-find` needs, the data, the case study. `pictures.py` makes the batches,
`classifier.py` trains an epoch of them.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import optuna
import torch
from filelock import FileLock
from optuna.distributions import FloatDistribution, IntDistribution
from torch import nn
from torchvision.datasets import CIFAR10
from torchvision.models.resnet import BasicBlock

import hpt_tui
from classifier import ensemble_accuracy, evaluate, range_test, train_epoch
from hpt_tui import training
from hpt_tui.errors import InputError
from pictures import Pictures, Scaled, memory_format

if TYPE_CHECKING:
    from one_at_a_time import Options

TINY = os.environ.get("HPT_TUI_TINY") == "1"
FOLDER = Path(os.environ.get("HPT_TUI_DATA") or Path(__file__).parent / "data")
EPOCHS, WIDTH = (3, 4) if TINY else (30, 64)
FIXED: dict[str, Any] = {"width": WIDTH, "dropout": 0.0}
"""What a search of the learning rate and what goes with it leaves alone: the architecture comes later (G3)."""
DEVICE = training.device()
COMPILE = False
"""torch.compile takes about as long as a few epochs, anew for every batch size and width that a search tries. True
pays where long trainings are searched with one of each."""
SAVE_EVERY = 5
"""A trial that is lost with its worker goes on from the last of these epochs. A checkpoint is 90 MB."""
PADDING = 4
"""Black pixels around a picture, out of which a crop of its own size is taken."""
MEAN, DEVIATION = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
"""Of CIFAR-10's training set, by channel, 0..1."""

STUDY = hpt_tui.StudySpec(
    name="cifar10-resnet18",
    metric="val_acc",
    direction="maximize",
    space={
        **training.search_space(("sgd", "adamw"), task="vision"),
        "batch_size": IntDistribution(32, 512, log=True),
        "label_smoothing": FloatDistribution(0.0, 0.2),
    },
    baseline={
        "lr": 0.05,
        "optimizer": "sgd",
        "schedule": "cosine",
        "warmup_share": 0.05,
        "weight_decay": 5e-4,
        "clip_norm": 10.0,
        "batch_size": 128,
        "label_smoothing": 0.0,
    },
    steps=EPOCHS,
    retries=1,
)


def objective(trial: optuna.Trial) -> float:
    """Train once; the best accuracy on the pictures that were held out of the training set."""
    params = {**FIXED, **STUDY.suggest(trial)}
    return train(trial, params, data_set(FOLDER, TINY), EPOCHS, hpt_tui.trial_seed(trial))


def train(trial: optuna.Trial, params: dict[str, Any], data: Pictures, epochs: int, seed: int) -> float:
    """Train and evaluate for so many epochs; the best accuracy."""
    training.seed_everything(seed)
    generator = torch.Generator(DEVICE).manual_seed(seed)
    model, optimizer = model_and_optimizer(params)
    batches, clip_norm = data.batches(params["batch_size"], generator), params["clip_norm"]
    schedule = training.make_schedule(params["schedule"], optimizer, epochs * len(batches), params["warmup_share"])
    criterion = nn.CrossEntropyLoss(label_smoothing=params["label_smoothing"])
    checkpoint = training.Checkpoint(
        trial, model=model, optimizer=optimizer, schedule=schedule, generator=generator
    )
    start = checkpoint.resume()
    best = float(checkpoint.kept.get("best") or 0.0)
    for epoch in range(start, epochs):
        rate = schedule.get_last_lr()[0]
        loss, norm = train_epoch(model, batches, optimizer, schedule, criterion, clip_norm)
        train_loss = training.check_finite(loss, epoch)
        val = evaluate(model, data)
        if val.accuracy >= best and hpt_tui.trial_seed(trial):
            # A run of `hpt-tui validate`, which asks for the ensemble below.
            val.keep(trial)
        best = max(best, val.accuracy)
        trial.report(val.accuracy, epoch)
        hpt_tui.log(epoch, train_loss=train_loss, val_loss=val.loss, lr=rate, grad_norm=norm)
        if (epoch + 1) % SAVE_EVERY == 0:
            checkpoint.save(epoch, best=best)
        if trial.should_prune():
            checkpoint.remove()
            raise optuna.TrialPruned
    checkpoint.remove()
    return best


def model_and_optimizer(params: dict[str, Any]) -> tuple[nn.Module, torch.optim.Optimizer]:
    model = resnet18(params["width"], params["dropout"]).to(DEVICE).to(memory_format=memory_format(DEVICE))
    if COMPILE:
        model.compile()
    rate, decay = params["lr"], params["weight_decay"]
    return model, training.make_optimizer(params["optimizer"], model.parameters(), rate, decay)


def resnet18(width: int = 64, dropout: float = 0.0, classes: int = 10) -> nn.Sequential:
    """ResNet-18 of torchvision's own blocks, for pictures of 32 x 32: the stem is a 3 x 3 convolution that keeps
    their size, and no pooling follows it. ``width``: channels of the first stage, 64 in the original. ``dropout``:
    before the last layer."""
    channels, stages = width, list[nn.Module]()
    for stage in range(4):
        out, stride = width * 2**stage, 1 if stage == 0 else 2
        shortcut = None
        if stage:
            shortcut = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))
        stages += [BasicBlock(channels, out, stride, shortcut), BasicBlock(out, out)]
        channels = out
    stem = (
        Scaled(MEAN, DEVIATION),
        nn.Conv2d(3, width, 3, padding=1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(),
    )
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout), nn.Linear(channels, classes))
    model = nn.Sequential(*stem, *stages, *head)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return model


def ensemble(members: Sequence[hpt_tui.Member]) -> float:
    """The accuracy of several runs' averaged predictions, which `hpt-tui validate` asks for."""
    return ensemble_accuracy(members, data_set(FOLDER, TINY))


def lr_find_setup(params: dict[str, Any]) -> training.RangeTest:
    """What `hpt-tui lr-find` trains for a moment."""
    model, optimizer = model_and_optimizer({**FIXED, **params})
    batches = data_set(FOLDER, TINY).batches(params["batch_size"], torch.Generator(DEVICE).manual_seed(0))
    return range_test(model, optimizer, batches, nn.CrossEntropyLoss(label_smoothing=params["label_smoothing"]))


@cache
def data_set(folder: Path, tiny: bool) -> Pictures:
    """A tenth of the training set, the same in every trial, is held out. The test set is no part of the search.

    Raises:
        InputError: the data set is not there and cannot be downloaded.
    """
    from generated import tiny_cifar

    data = tiny_cifar(folder / "tiny") if tiny else cifar10(folder)
    order = torch.randperm(len(data.targets), generator=torch.Generator().manual_seed(0))
    val, rest = order[: len(order) // 10], order[len(order) // 10 :]
    x, y = torch.from_numpy(data.data), torch.tensor(data.targets)
    margin = nn.functional.pad(x[rest], (0, 0, PADDING, PADDING, PADDING, PADDING))
    return Pictures(margin.to(DEVICE), y[rest].to(DEVICE), x[val].to(DEVICE), y[val].to(DEVICE))


def cifar10(folder: Path) -> CIFAR10:
    """By torchvision, which checks every file; downloaded if it is missing, by one process at a time."""
    with suppress(RuntimeError):
        return CIFAR10(folder)
    patience = socket.getdefaulttimeout()
    socket.setdefaulttimeout(30)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "cifar-10.lock"):
            return CIFAR10(folder, download=True)
    except (OSError, RuntimeError) as error:
        raise InputError(
            str(folder),
            f"CIFAR-10 is not there and cannot be downloaded ({error})",
            f"put {CIFAR10.filename} from {CIFAR10.url} there, or name its folder by HPT_TUI_DATA or --data",
        ) from error
    finally:
        socket.setdefaulttimeout(patience)


def case_study(options: Options) -> int:
    """The guide's table for CIFAR-10 and ResNet-18, one change at a time; the exit code."""
    from effects import CaseStudy, Change
    from one_at_a_time import run

    data, width = data_set(options.data, options.tiny), 4 if options.tiny else 64
    case = CaseStudy(
        name=f"{STUDY.name}{'-tiny' if options.tiny else ''}",
        title=f"CIFAR-10{' (tiny)' if options.tiny else ''}, ResNet-18",
        epochs=options.epochs,
        baseline={
            **STUDY.baseline,
            "lr": 0.01,
            "batch_size": 32,
            "weight_decay": 0.0,
            "dropout": 0.0,
            "width": width,
        },
        changes=(
            Change("lr", 0.001, 0.01, claimed=14),
            Change("batch_size", 32, 128, claimed=-2),
            Change("weight_decay", 0.0, 0.0001, claimed=2),
            Change("dropout", 0.0, 0.3, claimed=1),
            Change("width", width, 2 * width, claimed=2),
        ),
    )
    return run(
        case,
        lambda trial, params, seed: train(trial, params, data, options.epochs, seed),
        options.seeds,
        options.file,
    )


if __name__ == "__main__":
    from one_at_a_time import main

    main(case_study, __file__, epochs=30, tiny_epochs=3, tiny=TINY, data=FOLDER)
