"""What a parameter or metric is, by its name, case and separator free (G1); an unknown one is never guessed at."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_ABOUT_LR = frozenset(
    {
        "decay",
        "schedule",
        "scheduler",
        "sched",
        "warmup",
        "gamma",
        "factor",
        "min",
        "end",
        "final",
        "patience",
        "step",
        "steps",
        "type",
        "mode",
        "policy",
        "ratio",
        "mult",
        "multiplier",
        "scale",
        "drop",
        "power",
        "cycle",
        "cycles",
        "epochs",
        "milestones",
    }
)
"""Words that turn the name of a learning rate into one of something that acts on it."""
_HELD_OUT = frozenset({"val", "valid", "validation", "test", "eval", "evaluation", "dev", "holdout", "heldout"})
_TRAINING = frozenset({"train", "training", "trn", "trainloss", "trainingloss"})
_LOSS = frozenset({"loss", "trainloss", "trainingloss", "nll", "mse", "ce", "crossentropy", "xent", "logloss"})
_RUNNING = frozenset({"loss", "running", "batch", "minibatch", "epoch", "step", "avg", "mean"})
_ACCURACY = frozenset(
    {
        "accuracy",
        "acc",
        "auc",
        "auroc",
        "f1",
        "precision",
        "recall",
        "iou",
        "miou",
        "dice",
        "ap",
        "map",
        "top1",
        "top5",
    }
)
_GLUED_ACCURACY = ("acc", "accuracy", "auc")


@lru_cache(maxsize=1024)
def words(name: str) -> tuple[str, ...]:
    """``optimizer__learningRate`` as ``("optimizer", "learning", "rate")``; a digit stays with its word."""
    found: list[str] = []
    for match in _WORD.finditer(name):
        glued = match.start() > 0 and name[match.start() - 1].isalpha()
        if match.group().isdigit() and found and glued:
            found[-1] += match.group()
        else:
            found.append(match.group().lower())
    return tuple(found)


def is_learning_rate(name: str) -> bool:
    """``lr``, ``learning_rate``, ``optimizer__lr``, ``baseLR``, ``lr0`` …; not ``lr_decay`` or ``min_lr``."""
    parts = words(name)
    if _ABOUT_LR.intersection(parts):
        return False
    if any(p in ("lr", "lr0", "lrate", "learningrate", "baselr", "maxlr", "initlr") for p in parts):
        return True
    return parts in (("eta",), ("eta0",)) or ("learning", "rate") in pairwise(parts)


def is_batch_size(name: str) -> bool:
    """``batch``, ``batch_size``, ``train_batch_size``, ``bs`` …"""
    parts = words(name)
    return "batchsize" in parts or parts in (("bs",), ("batch",)) or ("batch", "size") in pairwise(parts)


def is_loss(name: str) -> bool:
    """Whether the name says that it is a loss of whatever data: ``loss``, ``val_loss``, ``test/nll`` …"""
    parts = words(name)
    return bool(_LOSS.intersection(parts)) or ("cross", "entropy") in pairwise(parts)


def is_training_loss(name: str) -> bool:
    """``loss``, ``train_loss``, ``train/loss``, ``batchLoss`` …; nothing that is measured on held-out data."""
    parts = frozenset(words(name))
    if not is_loss(name) or parts & _HELD_OUT:
        return False
    return bool(parts & _TRAINING) or parts <= _RUNNING


def is_accuracy(name: str) -> bool:
    """Whether the name says that it is a share of something right: ``val_acc``, ``Accuracy``, ``f1`` …"""
    parts = words(name)
    return any(p in _ACCURACY or p.endswith(_GLUED_ACCURACY) for p in parts)


def learning_rate(names: Iterable[str]) -> str:
    """The learning rate among ``names``, the plainest first; empty if there is none."""
    return min((n for n in names if is_learning_rate(n)), key=lambda n: (len(words(n)), n), default="")


def batch_size(names: Iterable[str]) -> str:
    """The batch size among ``names``; empty if there is none."""
    return min((n for n in names if is_batch_size(n)), key=lambda n: (len(words(n)), n), default="")


def is_held_out(name: str) -> bool:
    """Whether the name says that it was measured on data that is not trained on: ``val_loss``, ``test/acc`` …"""
    return bool(_HELD_OUT.intersection(words(name)))


def is_training_accuracy(name: str) -> bool:
    """``train_acc``, ``training/accuracy`` …; an accuracy that doesn't say of what is none."""
    return is_accuracy(name) and bool(_TRAINING.intersection(words(name))) and not is_held_out(name)


def is_seed(name: str) -> bool:
    """``seed``, ``random_seed``, ``model__random_state`` …; not ``num_seeds``."""
    parts = words(name)
    return "seed" in parts or ("random", "state") in pairwise(parts)
