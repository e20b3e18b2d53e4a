"""Optimizers by name (G30), with the usual values of ``domain.practice``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import torch
from torch import nn
from torch.optim import Optimizer

from hpt_tui.domain.practice import ADAM, ADAMW, LEARNING_RATES, MOMENTUM, RMSPROP, SGD, Usual, optimizer_named

Parameters: TypeAlias = Iterable[nn.Parameter] | Iterable[dict[str, Any]]
"""Parameters, or groups of them as every torch optimizer takes them."""


def make_optimizer(
    name: str,
    parameters: Parameters,
    lr: float | None = None,
    weight_decay: float = 0.0,
    momentum: float | None = None,
) -> Optimizer:
    """The optimizer called ``name``: SGD with momentum, Adam, AdamW or RMSprop, in any usual spelling.

    ``lr`` above 0, None: where that optimizer usually starts (G8). ``momentum``, 0..1, is SGD's alone; None: the
    usual 0.9 (G37). The rest are torch's defaults. AdamW's weight decay is decoupled from the gradient, that of
    the others is added to it: one and the same number does not mean the same.

    Raises:
        ValueError: an unknown name, or a value that torch refuses.
    """
    known = optimizer_named(name)
    if not known:
        raise ValueError(f"optimizer: {name!r} is unknown; take one of {', '.join(LEARNING_RATES)}")
    rate = _or_start(lr, LEARNING_RATES[known])
    if known == SGD:
        kept = _or_start(momentum, MOMENTUM)
        return torch.optim.SGD(parameters, lr=rate, momentum=kept, weight_decay=weight_decay)
    kind: type[torch.optim.Adam | torch.optim.AdamW | torch.optim.RMSprop] = {
        ADAM: torch.optim.Adam,
        ADAMW: torch.optim.AdamW,
        RMSPROP: torch.optim.RMSprop,
    }[known]
    return kind(parameters, lr=rate, weight_decay=weight_decay)


def _or_start(given: float | None, usual: Usual) -> float:
    """``given``, or where one usually starts: the tables have that for every optimizer."""
    if given is not None:
        return given
    return usual.low if usual.start is None else usual.start
