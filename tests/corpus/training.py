"""Training runs to search over: a surrogate of what networks do, the real thing in small, and a recorded one."""

from __future__ import annotations

import math
import random
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np

from hpt_tui.domain.space import ParamValue

LCBENCH = Path(__file__).resolve().parents[3] / "shared" / "data" / "lcbench" / "model.onnx"
Params = Mapping[str, ParamValue]


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch of a run shows; ``loss`` is the validation loss, ``accuracy`` lies in 0..1."""

    train_loss: float
    loss: float
    accuracy: float


class Training(Protocol):
    """Something that can be trained: the same ``params`` and ``seed`` give the same run."""

    def __call__(self, params: Params, seed: int) -> Iterator[Epoch]: ...


@dataclass(frozen=True, slots=True)
class Surrogate:
    """A network as far as its curves go. Losses are in nats of a ten-class problem, which starts at log 10.

    The final loss grows with the square of the distance, in decades, from the best learning rate and weight decay,
    and with that of dropout and width; epochs follow an exponential whose pace is the learning rate's.
    """

    epochs: int = 15
    best_lr: float = 1e-2
    best_decay: float = 1e-4
    floor: float = 0.3
    """The loss of the best configuration."""
    gap: float = 0.12
    """How much of its validation loss is missing from its training loss."""
    seed_noise: float = 0.006
    """Standard deviation of the final loss from seed to seed."""
    jitter: float = 0.005
    """Standard deviation of the losses from epoch to epoch, as a share of them."""
    unstable: float = 2.0
    """Decades above the best learning rate from which losses spike; a decade further they are NaN."""
    reach: float = 1.0
    """How much of what it could learn is learnt: 0 is none of it."""
    turns: float = math.inf
    """The share of the epochs after which the validation loss rises again."""

    def __call__(self, params: Params, seed: int) -> Iterator[Epoch]:
        rng = random.Random(f"{sorted(params.items())} {seed}")
        above = math.log10(_number(params, "lr", self.best_lr) / self.best_lr)
        start = math.log(10.0)
        final = self.floor + self._distance(params, above) + rng.gauss(0.0, self.seed_noise)
        final = start - (start - min(final, 2.2)) * self.reach
        tau = self.epochs * 0.15 * (1.0 + max(0.0, -above))
        for epoch in range(self.epochs):
            if above > self.unstable + 1.0:
                yield Epoch(math.nan, math.nan, 0.1)
                continue
            jump = rng.uniform(1.5, 4.0) if above > self.unstable and epoch and rng.random() < 0.4 else 1.0
            learnt = final + (start - final) * math.exp(-(epoch + 1) / tau)
            late = max(0.0, (epoch + 1) / self.epochs - self.turns)
            val = (learnt + 1.5 * late) * rng.gauss(1.0, self.jitter) * min(jump, 2.0)
            train = max(0.01, learnt * (1.0 - self.gap - 2.0 * late) * rng.gauss(1.0, self.jitter)) * jump
            yield Epoch(train, val, min(1.0, 0.1 + 0.9 * math.exp(-val)))

    def _distance(self, params: Params, above: float) -> float:
        decay = math.log10(_number(params, "weight_decay", self.best_decay) / self.best_decay)
        dropout, width = _number(params, "dropout", 0.25) - 0.25, math.log2(_number(params, "width", 128) / 128)
        plain = 0.1 if params.get("optimizer") == "sgd" else 0.0
        return 0.25 * above**2 + 0.05 * decay**2 + 2.0 * dropout**2 + 0.05 * width**2 + plain


def digits(params: Params, seed: int) -> Iterator[Epoch]:
    """A real network on scikit-learn's digits: 900 pictures to learn from, 897 to be judged on, 8 epochs."""
    from sklearn.metrics import log_loss
    from sklearn.neural_network import MLPClassifier

    inputs, labels = _digits()
    network = MLPClassifier(
        (int(_number(params, "width", 32)),),
        learning_rate_init=_number(params, "lr", 1e-2),
        alpha=_number(params, "weight_decay", 1e-4),
        batch_size=64,
        random_state=seed,
    )
    for _ in range(8):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            network.partial_fit(inputs[:900], labels[:900], classes=range(10))
            guessed = network.predict_proba(inputs[900:])
        hit = float(np.mean(guessed.argmax(axis=1) == labels[900:]))
        yield Epoch(float(network.loss_), float(log_loss(labels[900:], guessed, labels=range(10))), hit)


@cache
def _digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits

    inputs, labels = load_digits(return_X_y=True)
    return inputs / 16.0, labels


@dataclass(frozen=True, slots=True)
class Recorded:
    """A task of LCBench by its surrogate (YAHPO Gym): smooth, without noise, and without a training loss."""

    task: str

    def __call__(self, params: Params, seed: int) -> Iterator[Epoch]:
        names = ("batch_size", "learning_rate", "momentum", "weight_decay", "num_layers", "max_units")
        fixed = [_number(params, name, 0.0) for name in (*names, "max_dropout")]
        epochs = range(1, 51, 5)
        session, index = _lcbench(self.task)
        found = session.run(
            None,
            {
                "x_cat": np.full((len(epochs), 1), index, np.int32),
                "x_cont": np.array([[epoch, *fixed] for epoch in epochs], np.float32),
            },
        )[0]
        for row in found:
            yield Epoch(math.nan, float(row[2]), float(row[1]) / 100.0)


@cache
def _lcbench(task: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - onnxruntime has no types
    import json

    import onnxruntime

    encoding = json.loads((LCBENCH.parent / "encoding.json").read_text())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(LCBENCH), options), encoding["OpenML_task_id"][task]


def _number(params: Params, name: str, default: float) -> float:
    value = params.get(name, default)
    return float(value) if isinstance(value, (int, float)) else default
