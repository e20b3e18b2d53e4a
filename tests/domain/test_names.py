"""G1: parameters and metrics by name, case and separator free."""

from __future__ import annotations

import pytest

from hpt_tui.domain import names


@pytest.mark.parametrize(
    "name",
    [
        "lr",
        "LR",
        "learning_rate",
        "learningRate",
        "Learning-Rate",
        "optimizer__lr",
        "optim.lr",
        "base_lr",
        "maxLR",
        "lr0",
        "lr_head",
        "learning_rate_init",
        "eta",
        "eta0",
    ],
)
def test_learning_rates(name: str) -> None:
    assert names.is_learning_rate(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "lr_decay",
        "lr_scheduler",
        "min_lr",
        "warmup_lr",
        "lr_gamma",
        "clear",
        "color",
        "beta",
        "eta_min",
        "alr",
        "weight_decay",
        "rate",
        "dropout_rate",
        "learning",
        "x0",
        "学习率",
    ],
)
def test_what_is_no_learning_rate(name: str) -> None:
    assert not names.is_learning_rate(name)


@pytest.mark.parametrize(
    "name",
    [
        "loss",
        "Loss",
        "train_loss",
        "training_loss",
        "train/loss",
        "trainLoss",
        "loss_train",
        "batch loss",
        "train_nll",
        "train/cross_entropy",
        "trainloss",
    ],
)
def test_training_losses(name: str) -> None:
    assert names.is_training_loss(name)


@pytest.mark.parametrize(
    "name",
    ["val_loss", "validation/loss", "test_loss", "eval_loss", "train_acc", "kl_loss", "glossary", "grad_norm"],
)
def test_what_is_no_training_loss(name: str) -> None:
    assert not names.is_training_loss(name)


@pytest.mark.parametrize("name", ["val_acc", "Accuracy", "test/accuracy", "valAcc", "f1", "macro F1", "roc_auc"])
def test_accuracies(name: str) -> None:
    assert names.is_accuracy(name)


@pytest.mark.parametrize("name", ["value", "loss", "val_loss", "accelerate", "place"])
def test_what_is_no_accuracy(name: str) -> None:
    assert not names.is_accuracy(name)


@pytest.mark.parametrize("name", ["batch", "batch_size", "batchSize", "bs", "train_batch_size", "BATCHSIZE"])
def test_batch_sizes(name: str) -> None:
    assert names.is_batch_size(name)


def test_the_plainest_name_is_taken() -> None:
    assert names.learning_rate(["lr_head", "lr", "dropout"]) == "lr"
    assert names.learning_rate(["dropout"]) == ""
    assert names.batch_size(["dropout", "batch_size"]) == "batch_size"
