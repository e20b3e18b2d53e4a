"""Trying something out on a model and its optimizer, and leaving no trace of it."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from hpt_tui.training.random_numbers import random_state, set_random_state

CUDNN = ("enabled", "benchmark", "deterministic")
"""The switches of ``torch.backends.cudnn`` that are put back."""


@contextmanager
def preserved(model: nn.Module, optimizer: Optimizer, batches: object = None) -> Iterator[None]:
    """Whatever is trained inside, afterwards all is exactly as before, also after an error or Ctrl-C.

    That is, bit for bit: parameters and buffers, those that are not saved included; gradients, ``requires_grad``
    and the mode of each module; the optimizer's state and groups; the random numbers of Python, NumPy, torch and
    every GPU; the generators of a ``DataLoader`` (``batches``); cuDNN's switches. Inside, the optimizer works on
    a copy of its state. Parameters and buffers are copied into the CPU's memory.

    Not known of, and so not put back: tensors that a module keeps as plain attributes, a gradient scaler, and how
    far an iterator has been gone through.
    """
    # Whatever is trained is in this list: a loss may have parameters of its own.
    parameters = [*_distinct([*model.parameters(), *(p for g in optimizer.param_groups for p in g["params"])])]
    modules = [_Module.of(module) for module in model.modules()]
    tensors = _distinct([*parameters, *(t for module in modules for t in module.tensors)])
    values = [(tensor, tensor.detach().to("cpu", copy=True)) for tensor in tensors]
    marks = [(parameter, parameter.grad, parameter.requires_grad) for parameter in parameters]
    random, generators = random_state(), [(g, g.get_state()) for g in _generators(batches)]
    cudnn = {name: getattr(torch.backends.cudnn, name) for name in CUDNN}
    try:
        for parameter in parameters:
            # A copy of a gradient would be zeroed or added to in its place.
            parameter.grad = None
        with _on_a_copy(optimizer):
            yield
    finally:
        for module in modules:
            module.put_back()
        with torch.no_grad():
            for tensor, value in values:
                tensor.copy_(value)
        for parameter, grad, trained in marks:
            parameter.requires_grad_(trained)
            parameter.grad = grad
        for name, value in cudnn.items():
            setattr(torch.backends.cudnn, name, value)
        for generator, where in generators:
            generator.set_state(where)
        set_random_state(random)


@contextmanager
def _on_a_copy(optimizer: Optimizer) -> Iterator[None]:
    """Inside, the optimizer works on a copy of its state and groups."""
    state, groups = dict(optimizer.state), [dict(group) for group in optimizer.param_groups]
    try:
        for parameter, of_it in state.items():
            optimizer.state[parameter] = copy.deepcopy(of_it)
        for group in optimizer.param_groups:
            group.update({name: copy.deepcopy(value) for name, value in group.items() if name != "params"})
        yield
    finally:
        optimizer.state.clear()
        optimizer.state.update(state)
        for group, before in zip(optimizer.param_groups, groups, strict=False):
            group.clear()
            group.update(before)
        del optimizer.param_groups[len(groups) :]


@dataclass(frozen=True, slots=True)
class _Module:
    """What a module holds itself, its children aside."""

    module: nn.Module
    training: bool
    parameters: dict[str, nn.Parameter | None]
    buffers: dict[str, Tensor | None]
    extra: Any
    """A copy of what it adds to its ``state_dict``; None where it adds nothing."""

    @classmethod
    def of(cls, module: nn.Module) -> _Module:
        adds = type(module).get_extra_state is not nn.Module.get_extra_state
        extra = copy.deepcopy(module.get_extra_state()) if adds else None
        return cls(module, module.training, dict(module._parameters), dict(module._buffers), extra)

    @property
    def tensors(self) -> list[Tensor]:
        return [t for t in (*self.parameters.values(), *self.buffers.values()) if t is not None]

    def put_back(self) -> None:
        """The very tensors, whatever is in them."""
        self.module.training = self.training
        self.module._parameters.clear()
        self.module._parameters.update(self.parameters)
        self.module._buffers.clear()
        self.module._buffers.update(self.buffers)
        if self.extra is not None:
            self.module.set_extra_state(self.extra)


def _distinct(tensors: Iterable[Tensor]) -> list[Tensor]:
    return list({id(tensor): tensor for tensor in tensors}.values())


def _generators(batches: object) -> list[torch.Generator]:
    owners = (batches, getattr(batches, "sampler", None))
    found = (getattr(owner, "generator", None) for owner in owners)
    return list({id(g): g for g in found if isinstance(g, torch.Generator)}.values())
