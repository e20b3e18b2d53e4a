"""Range tests without a model: what the study file declares, and a loss made up over the rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar, Self

import pytest

from hpt_tui.domain.description import Description
from hpt_tui.domain.lr_range import DivergenceWatch, rates_between
from hpt_tui.domain.range_request import RangeRequest, Swept

LR = '{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.001, "log": true}}'


BATCH = '{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 256}}'


CHOICE = '{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adamw"]}}'


SPACE = {"lr": LR, "batch_size": BATCH, "optimizer": CHOICE}


BASELINE = {"lr": 1e-4, "batch_size": 64, "optimizer": "adamw"}


Shell = Callable[..., tuple[int, str, str]]


def curve(x: float) -> float:
    """Of a loss over the power of ten of the rate: falls around 1e-3, diverges beyond 0.3."""
    return 2.3 - 1.8 / (1 + math.exp(-4 * (x + 3))) + math.expm1(max(0.0, 6 * (x + 0.5)))


def measured(request: RangeRequest, loss: Callable[[float], float] = curve) -> Swept:
    steps = request.steps or 100
    rates, losses = rates_between(request.low, request.high, steps).tolist(), []
    watch = DivergenceWatch(steps)
    for rate in rates:
        losses.append(loss(math.log10(rate)))
        if watch.diverges(losses[-1]):
            break
    return Swept(tuple(rates[: len(losses)]), tuple(losses), steps, "AdamW", 40)


class Process:
    """In place of the process that imports the study file: says what that declares, and measures what is made."""

    declared = Description("train", "train.py", "objective")
    sweep_of: Callable[[RangeRequest], Swept] = staticmethod(measured)
    requests: ClassVar[list[RangeRequest]] = []
    """Those that came as far as a process."""
    environments: ClassVar[list[Mapping[str, str]]] = []

    def __init__(self, target: str, environment: Mapping[str, str]) -> None:
        self.environments.append(environment)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def described(self) -> Description:
        return self.declared

    def sweep(self, request: RangeRequest) -> tuple[Swept, float]:
        self.requests.append(request)
        return type(self).sweep_of(request), 3.2


def declare(monkeypatch: pytest.MonkeyPatch, path: Path, **fields: object) -> Description:
    """Let the study file declare this."""
    known: dict[str, object] = {"space": SPACE, "baseline": BASELINE, "declared": bool(fields.get("space", SPACE))}
    description = Description("train", str(path), "objective", "loss", "minimize", **{**known, **fields})  # type: ignore[arg-type]
    monkeypatch.setattr(Process, "declared", description)
    return description
