"""A small network on scikit-learn's digits, trained for real in some 20 ms: numpy alone, since torch's calls cost
more than these matrices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Labels: TypeAlias = NDArray[np.int64]
JUDGED = 600
"""Pictures that a search judges by; as many again are left for the test."""


@dataclass(frozen=True, slots=True)
class Digits:
    """SGD with momentum on some of the digits. The same parameters and seed give the same training."""

    pictures: int = 250
    """To learn from: few, so that configurations and seeds differ."""
    epochs: int = 15

    def train(self, params: Mapping[str, Any], seed: int, *, test: bool = False) -> Iterator[float]:
        """Accuracy after each epoch, in per cent, on what a search judges by, or on what is left for the test."""
        dice = np.random.default_rng(seed)
        inputs, labels = _digits()
        x, y = inputs[: self.pictures], labels[: self.pictures]
        held = slice(-JUDGED, None) if test else slice(-2 * JUDGED, -JUDGED)
        net = Network(params, dice)
        # A rate that is too high overflows, and then guesses.
        with np.errstate(all="ignore"):
            for _ in range(self.epochs):
                order = dice.permutation(len(x))
                for at in range(0, len(x), params["batch_size"]):
                    batch = order[at : at + params["batch_size"]]
                    net.learn(x[batch], y[batch])
                yield 100.0 * float(np.mean(net.guess(inputs[held]) == labels[held]))


class Network:
    """Layers of rectified units with dropout behind each, a softmax over ten digits, and its own SGD."""

    def __init__(self, params: Mapping[str, Any], dice: np.random.Generator) -> None:
        self._params, self._dice = params, dice
        sizes = [64, *[params["width"]] * params["layers"], 10]
        pairs = [*pairwise(sizes)]
        self._weights = [dice.normal(0, (2 / into) ** 0.5, (into, out)) for into, out in pairs]
        self._biases = [np.zeros(out) for _, out in pairs]
        self._speeds = [np.zeros_like(part) for part in (*self._weights, *self._biases)]

    def learn(self, x: Array, y: Labels) -> None:
        """One step."""
        kept, last = 1.0 - self._params["dropout"], len(self._weights) - 1
        seen, masks = [x], []
        for at, (weight, bias) in enumerate(zip(self._weights, self._biases, strict=True)):
            out = seen[-1] @ weight + bias
            if at < last:
                mask = (out > 0) * (self._dice.random(out.shape) < kept) / kept
                masks.append(mask)
                out = out * mask
            seen.append(out)
        gradient = np.exp(seen[-1] - seen[-1].max(axis=1, keepdims=True))
        gradient /= gradient.sum(axis=1, keepdims=True)
        gradient[np.arange(len(y)), y] -= 1.0
        gradient /= len(y)
        weights, biases = [], []
        for at in range(last, -1, -1):
            weights.append(seen[at].T @ gradient + self._params["weight_decay"] * self._weights[at])
            biases.append(gradient.sum(axis=0))
            if at:
                gradient = (gradient @ self._weights[at].T) * masks[at - 1]
        self._step([*reversed(weights), *reversed(biases)])

    def _step(self, gradients: list[Array]) -> None:
        parts = [*self._weights, *self._biases]
        for part, speed, gradient in zip(parts, self._speeds, gradients, strict=True):
            speed *= self._params["momentum"]
            speed += gradient
            part -= self._params["lr"] * speed

    def guess(self, x: Array) -> Labels:
        for weight, bias in zip(self._weights[:-1], self._biases[:-1], strict=True):
            x = np.maximum(x @ weight + bias, 0.0)
        found: Labels = (x @ self._weights[-1] + self._biases[-1]).argmax(axis=1)
        return found


@cache
def _digits() -> tuple[Array, Labels]:
    """In random order, the same always."""
    from sklearn.datasets import load_digits

    inputs, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    return inputs[order] / 16.0, labels[order]
