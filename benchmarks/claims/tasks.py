"""What is searched over: digits, trained for real, and LCBench's recorded curves where they are there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution

from benchmarks.claims.network import Digits

Params: TypeAlias = Mapping[str, Any]
Train: TypeAlias = Callable[[Params, int], Iterator[float]]
LCBENCH = Path(__file__).resolve().parents[3] / "shared" / "data" / "lcbench"
"""YAHPO Gym's surrogate of LCBench (slds-lmu/yahpo_data): model.onnx and encoding.json. Beside a checkout, if at
all."""
RECORDED = ("3945", "7593", "167168", "168868", "189866", "126026")
RECORDED_EPOCHS = 52


@dataclass(frozen=True, slots=True)
class Task:
    """A training, and the space of its parameters; larger values (accuracies, in per cent) are better."""

    name: str
    epochs: int
    space: dict[str, BaseDistribution]
    """The first four are those that a grid goes over: from what matters most to what is most usual."""
    lr: str
    """The name of the learning rate."""
    architecture: tuple[str, ...]
    middle: Params
    """A plain configuration: what is not searched has these values."""
    train: Train
    """The accuracy after each epoch, by parameters and seed."""
    test: Train | None = None
    """The same on data that no search has seen; None: the training has no noise, and nothing to test."""


_DIGITS: dict[str, BaseDistribution] = {
    "lr": FloatDistribution(1e-4, 1.0, log=True),
    "momentum": FloatDistribution(0.1, 0.99),
    "weight_decay": FloatDistribution(1e-5, 1e-1, log=True),
    "dropout": FloatDistribution(0.0, 0.8),
    "width": IntDistribution(8, 128, log=True),
    "layers": IntDistribution(1, 3),
    "batch_size": IntDistribution(16, 128, log=True),
}
_MIDDLE = {
    "lr": 0.03,
    "momentum": 0.9,
    "weight_decay": 1e-4,
    "dropout": 0.1,
    "width": 32,
    "layers": 1,
    "batch_size": 32,
}


def digits(pictures: int = 250) -> Task:
    training = Digits(pictures)
    return Task(
        f"digits ({pictures})",
        training.epochs,
        _DIGITS,
        "lr",
        ("width", "layers"),
        _MIDDLE,
        training.train,
        lambda params, seed: training.train(params, seed, test=True),
    )


def recorded(folder: Path = LCBENCH) -> tuple[Task, ...]:
    """LCBench's tasks; none where its data or onnxruntime are missing."""
    if not (folder / "model.onnx").is_file():
        return ()
    try:
        import onnxruntime  # noqa: F401
    except ImportError:
        return ()
    return tuple(_recorded(folder, name) for name in RECORDED)


def _recorded(folder: Path, name: str) -> Task:
    def train(params: Params, seed: int) -> Iterator[float]:
        order = (
            "batch_size",
            "learning_rate",
            "momentum",
            "weight_decay",
            "num_layers",
            "max_units",
            "max_dropout",
        )
        fixed = [float(params[parameter]) for parameter in order]
        rows = [[epoch, *fixed] for epoch in range(1, RECORDED_EPOCHS + 1)]
        session, index = _session(folder, name)
        cat = np.full((len(rows), 1), index, np.int32)
        yield from map(float, session.run(None, {"x_cat": cat, "x_cont": np.array(rows, np.float32)})[0][:, 1])

    space: dict[str, BaseDistribution] = {
        "learning_rate": FloatDistribution(1e-4, 1e-1, log=True),
        "momentum": FloatDistribution(0.1, 0.99),
        "weight_decay": FloatDistribution(1e-5, 1e-1),
        "max_dropout": FloatDistribution(0.0, 1.0),
        "max_units": IntDistribution(64, 1024, log=True),
        "num_layers": IntDistribution(1, 5),
        "batch_size": IntDistribution(16, 512, log=True),
    }
    middle = {
        "learning_rate": 3e-3,
        "momentum": 0.9,
        "weight_decay": 1e-4,
        "max_dropout": 0.2,
        "max_units": 256,
        "num_layers": 3,
        "batch_size": 64,
    }
    architecture = ("max_units", "num_layers")
    return Task(f"LCBench {name}", RECORDED_EPOCHS, space, "learning_rate", architecture, middle, train)


@cache
def _session(folder: Path, name: str) -> tuple[Any, int]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    encoding = json.loads((folder / "encoding.json").read_text())
    return onnxruntime.InferenceSession(str(folder / "model.onnx"), options), encoding["OpenML_task_id"][name]
