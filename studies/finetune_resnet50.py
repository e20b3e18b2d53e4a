"""Fine-tuning torchvision's pre-trained ResNet-50 on a folder of your own pictures, and the guide's second case
study, measured anew (G32).

    HPT_TUI_DATA=~/flowers hpt-tui run studies/finetune_resnet50.py
    python studies/finetune_resnet50.py --case-study --data ~/flowers --seeds 3

The folder has one folder a class, or `train` and `val` with the same classes in both. HPT_TUI_TINY=1 runs the same
code on a few generated pictures and a small net, within seconds. `finetune_resnet50.md` has the rest.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any

import optuna
import torch
from filelock import FileLock
from optuna.distributions import FloatDistribution, IntDistribution
from torch import Tensor, nn
from torch.hub import load_state_dict_from_url
from torchvision.models import ResNet, ResNet50_Weights, resnet50

import hpt_tui
from classifier import ensemble_accuracy, evaluate, range_test, train_epoch
from hpt_tui import training
from hpt_tui.errors import InputError
from image_folder import read_folder
from pictures import Data, Scaled, memory_format

if TYPE_CHECKING:
    from one_at_a_time import Options

TINY = os.environ.get("HPT_TUI_TINY") == "1"
FOLDER = Path(os.environ.get("HPT_TUI_DATA") or Path(__file__).parent / "data" / "pictures")
EPOCHS = 2 if TINY else 10
DEVICE = training.device()
SAVE_EVERY = 2
"""A trial that is lost with its worker goes on from the last of these epochs. A checkpoint is 190 MB."""
STAGES = 5
"""What can be frozen, from the picture on: the stem, and four stages of blocks. The last layer never is."""

STUDY = hpt_tui.StudySpec(
    name="finetune-resnet50",
    metric="val_acc",
    direction="maximize",
    space={
        "lr": FloatDistribution(1e-4, 1e-1, log=True),
        "head_lr_factor": FloatDistribution(1.0, 30.0, log=True),
        "warmup_share": FloatDistribution(0.0, 0.2),
        "weight_decay": FloatDistribution(1e-5, 1e-2, log=True),
        "frozen_stages": IntDistribution(0, STAGES),
        "label_smoothing": FloatDistribution(0.0, 0.2),
    },
    baseline={
        "lr": 1e-3,
        "head_lr_factor": 10.0,
        "warmup_share": 0.1,
        "weight_decay": 1e-4,
        "frozen_stages": 0,
        "label_smoothing": 0.0,
    },
    steps=EPOCHS,
    # The median waits for 10 epochs, which is all that there are.
    pruner="gap",
    retries=1,
)
FIXED: dict[str, Any] = {"optimizer": "sgd", "schedule": "linear", "batch_size": 16 if TINY else 64}
"""Usual for fine-tuning, and not searched."""


def objective(trial: optuna.Trial) -> float:
    """Train once; the best accuracy on the pictures that are held out."""
    params = {**FIXED, **STUDY.suggest(trial)}
    return train(trial, params, material(FOLDER, TINY), EPOCHS, hpt_tui.trial_seed(trial))


def train(trial: optuna.Trial, params: dict[str, Any], given: Material, epochs: int, seed: int) -> float:
    """Train and evaluate for so many epochs; the best accuracy."""
    training.seed_everything(seed)
    generator = torch.Generator(DEVICE).manual_seed(seed)
    model, optimizer = model_and_optimizer(params, given)
    batches = given.data.batches(params["batch_size"], generator)
    schedule = training.make_schedule(params["schedule"], optimizer, epochs * len(batches), params["warmup_share"])
    criterion = nn.CrossEntropyLoss(label_smoothing=params["label_smoothing"])
    checkpoint = training.Checkpoint(
        trial, model=model, optimizer=optimizer, schedule=schedule, generator=generator
    )
    start = checkpoint.resume()
    best = float(checkpoint.kept.get("best") or 0.0)
    for epoch in range(start, epochs):
        rate = schedule.get_last_lr()[0]
        loss, norm = train_epoch(model, batches, optimizer, schedule, criterion)
        train_loss = training.check_finite(loss, epoch)
        val = evaluate(model, given.data)
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


def model_and_optimizer(params: dict[str, Any], given: Material) -> tuple[nn.Module, torch.optim.Optimizer]:
    """The pre-trained net with a new last layer, which learns ``head_lr_factor`` times as fast as the rest."""
    model = fine_tuned(given.pretrained(), given.classes, params["frozen_stages"])
    model = model.to(DEVICE).to(memory_format=memory_format(DEVICE))
    head = list(model[-1].parameters())
    body = [p for p in model[:-1].parameters() if p.requires_grad]
    groups = [{"params": head, "lr": params["lr"] * params["head_lr_factor"]}]
    if body:
        groups.insert(0, {"params": body, "lr": params["lr"]})
    return model, training.make_optimizer(params["optimizer"], groups, params["lr"], params["weight_decay"])


class Frozen(nn.Sequential):
    """Layers that stay what they are: without gradients, and with BatchNorm's statistics those of ImageNet."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__(*layers)
        self.requires_grad_(False).eval()

    def train(self, mode: bool = True) -> Frozen:
        """They never are in training mode."""
        return super().train(False)


def fine_tuned(net: ResNet, classes: int, frozen_stages: int) -> nn.Sequential:
    """``net`` as layers in a row, the first stages frozen and the last layer a new one."""
    weights = ResNet50_Weights.DEFAULT.transforms()
    stem = nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool)
    stages = [stem, net.layer1, net.layer2, net.layer3, net.layer4]
    return nn.Sequential(
        Scaled(weights.mean, weights.std),
        Frozen(*stages[:frozen_stages]),
        *stages[frozen_stages:],
        net.avgpool,
        nn.Flatten(),
        nn.Linear(net.fc.in_features, classes),
    )


def ensemble(members: Sequence[hpt_tui.Member]) -> float:
    """The accuracy of several runs' averaged predictions, which `hpt-tui validate` asks for."""
    return ensemble_accuracy(members, material(FOLDER, TINY).data)


def lr_find_setup(params: dict[str, Any]) -> training.RangeTest:
    """What `hpt-tui lr-find` trains for a moment."""
    params, given = {**FIXED, **params}, material(FOLDER, TINY)
    model, optimizer = model_and_optimizer(params, given)
    batches = given.data.batches(params["batch_size"], torch.Generator(DEVICE).manual_seed(0))
    return range_test(model, optimizer, batches, nn.CrossEntropyLoss(label_smoothing=params["label_smoothing"]))


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What every trial begins with."""

    data: Data
    classes: int
    weights: dict[str, Tensor]
    net: Callable[[], ResNet]
    """Makes a net of the weights' kind."""

    def pretrained(self) -> ResNet:
        """
        Raises:
            InputError: the weights are of another net.
        """
        net = self.net()
        try:
            net.load_state_dict(self.weights)
        except RuntimeError as error:
            said = str(error).splitlines()[0]
            problem = f"the weights are not this net's ({said})"
            raise InputError("ResNet-50", problem, "delete their file") from error
        return net


@cache
def material(folder: Path, tiny: bool) -> Material:
    """The pictures of ``folder``, decoded, and the weights that torchvision recommends.

    Raises:
        InputError: the pictures cannot be read, or the weights cannot be had.
    """
    if tiny:
        from generated import tiny_folder, tiny_resnet, tiny_weights

        read = read_folder(tiny_folder(folder / "tiny"), 72, 64, DEVICE)
        return Material(*read, weights(tiny_weights(folder / "tiny"), folder / "tiny"), tiny_resnet)
    loaded = weights(ResNet50_Weights.DEFAULT.url, Path(torch.hub.get_dir()) / "checkpoints")
    return Material(*read_folder(folder, 256, 224, DEVICE), loaded, resnet50)


def weights(url: str, folder: Path) -> dict[str, Tensor]:
    """What lies at ``url``, downloaded once by torch.hub, whose cache ``folder`` is, and by one process at a time.

    Raises:
        InputError: they are not there and cannot be downloaded, or the file is broken.
    """
    file, patience = folder / url.rpartition("/")[2], socket.getdefaulttimeout()
    socket.setdefaulttimeout(30)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{file}.lock"):
            state: dict[str, Tensor] = load_state_dict_from_url(
                url, str(folder), "cpu", check_hash=True, weights_only=True
            )
    except OSError as error:
        problem = f"the weights are not there and cannot be downloaded ({error})"
        raise InputError(str(file), problem, f"put {url} there") from error
    except (RuntimeError, EOFError, UnpicklingError) as error:
        said = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(str(file), f"the weights cannot be read ({said})", "delete the file") from error
    finally:
        socket.setdefaulttimeout(patience)
    return state


def case_study(options: Options) -> int:
    """The guide's table for fine-tuning a ResNet-50, one change at a time; the exit code."""
    from effects import CaseStudy, Change
    from one_at_a_time import run

    given = material(options.data, options.tiny)
    case = CaseStudy(
        name=f"{STUDY.name}{'-tiny' if options.tiny else ''}",
        title=f"Fine-tuning ResNet-50{' (tiny)' if options.tiny else ''}",
        epochs=options.epochs,
        baseline={
            **FIXED,
            **STUDY.baseline,
            "lr": 0.001,
            "warmup_share": 0.0,
            "weight_decay": 0.0,
            "frozen_stages": 0,
        },
        changes=(
            Change("lr", 0.01, 0.001, claimed=3),
            # The guide's is 1,000 steps, whatever share of the training that was.
            Change("warmup_share", 0.0, 0.1, claimed=0.5),
            Change("weight_decay", 0.0, 0.001, claimed=0.5),
            Change("frozen_stages", 0, 3, claimed=1),
        ),
    )
    return run(
        case,
        lambda trial, params, seed: train(trial, params, given, options.epochs, seed),
        options.seeds,
        options.file,
    )


if __name__ == "__main__":
    from one_at_a_time import main

    main(case_study, __file__, epochs=10, tiny_epochs=2, tiny=TINY, data=FOLDER)
