"""The learning rate range test (G9): a short training in which the rate rises from far too low to far too high."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter
from torch.optim import Optimizer

from hpt_tui.domain.lr_range import DivergenceWatch, default_steps, rates_between
from hpt_tui.domain.range_request import Swept
from hpt_tui.errors import InputError
from hpt_tui.training.preserved import preserved

Batch: TypeAlias = Any
"""Whatever the study file's own loss takes."""
Each: TypeAlias = Callable[[int, int, float, float], None]
"""Takes step, number of steps, learning rate and loss."""


@dataclass(frozen=True, slots=True)
class RangeTest:
    """What ``hpt-tui lr-find`` trains for a moment: a study file's ``lr_find_setup(params)`` returns it.

    ::

        def lr_find_setup(params):
            model = network(params["width"])
            optimizer = torch.optim.AdamW(model.parameters(), lr=params["lr"])
            return RangeTest(model, optimizer, train_loader, lambda batch: criterion(model(batch[0]), batch[1]))

    Raises:
        InputError: these can't be trained together; one line says why.
    """

    model: nn.Module
    """In the mode that it is to be trained in, on the device that it is to be trained on."""
    optimizer: Optimizer
    """The highest rate of its groups is the one that is tried; the others keep their ratio to it."""
    batches: Iterable[Batch]
    """A DataLoader or a list; gone through again where the test is longer."""
    loss: Callable[[Batch], Tensor] | None = None
    """Forward pass and loss of one batch: a tensor with one number. The gradients and the step are made here."""
    step: Callable[[Batch], Tensor | float] | None = None
    """In its place, for unusual loops: all of one training step, with the backward pass, clipping, mixed precision
    and ``optimizer.step()``; returns the loss."""

    def __post_init__(self) -> None:
        if not isinstance(self.model, nn.Module):
            raise _wrong(f"model must be a torch.nn.Module, not {_kind(self.model)}")
        if not isinstance(self.optimizer, Optimizer):
            raise _wrong(f"optimizer must be a torch.optim.Optimizer, not {_kind(self.optimizer)}")
        if (self.loss is None) == (self.step is None):
            raise _wrong("needs a loss or a step, one of the two", "loss=lambda batch: ...")
        given: object = self.step if self.loss is None else self.loss
        if not callable(given):
            name = "step" if self.loss is None else "loss"
            raise _wrong(f"{name} must be a function of a batch, not {_kind(given)}")
        if not isinstance(self.batches, Iterable):
            raise _wrong(f"batches must be a DataLoader or a list, not {_kind(self.batches)}")
        self._check_parameters()

    def _check_parameters(self) -> None:
        own = list(self.model.parameters())
        if any(isinstance(tensor, UninitializedParameter) for tensor in own):
            raise _wrong("the model has lazy parameters", "run one batch through it first")
        if not all(isinstance(group.get("lr"), (float, int, Tensor)) for group in self.optimizer.param_groups):
            raise _wrong("the optimizer has a group without a learning rate", "give it one: lr=...")
        trained = {id(p) for g in self.optimizer.param_groups for p in g["params"] if p.requires_grad}
        if not trained:
            raise _wrong("the optimizer has no parameter to train")
        if not trained & {id(p) for p in own}:
            raise _wrong("the optimizer trains no parameter of the model", "give it model.parameters()")

    def one_step(self, batch: Batch) -> float:
        """Train on one batch; the loss before it.

        Raises:
            InputError: the loss is no tensor of one number, or has no gradient.
        """
        if self.step is not None:
            return _number("step", self.step(batch))
        self.optimizer.zero_grad()
        assert self.loss is not None  # noqa: S101  one of the two is there
        loss = self.loss(batch)
        value = _number("loss", loss)
        if not loss.requires_grad:
            raise _wrong("the loss has no gradient", "return a tensor that the model's output went into")
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return value


@dataclass(slots=True)
class _Rates:
    """Sets the optimizer's learning rates, the highest one to what is said."""

    optimizer: Optimizer
    shares: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        rates = [float(group["lr"]) for group in self.optimizer.param_groups]
        highest = max(rates)
        self.shares = [rate / highest for rate in rates] if highest > 0 else [1.0] * len(rates)

    def set(self, rate: float) -> None:
        for group, share in zip(self.optimizer.param_groups, self.shares, strict=True):
            before = group["lr"]
            group["lr"] = torch.full_like(before, rate * share) if isinstance(before, Tensor) else rate * share


def run_range_test(
    test: RangeTest, low: float, high: float, steps: int | None = None, each: Each | None = None
) -> Swept:
    """Train while the learning rate rises exponentially from ``low`` to ``high`` in ``steps`` steps (None: about
    an epoch), until the loss diverges. Model, optimizer and random numbers are exactly as before afterwards.

    ``each`` is called after every step. Judge what comes back with :func:`hpt_tui.domain.lr_range.judged`.

    Raises:
        InputError: there is no batch, or no loss; whatever the study file's own functions raise.
    """
    count = _count(test.batches)
    if count == 0:
        raise _wrong("batches is empty")
    planned = steps if steps is not None else default_steps(count)
    done: list[tuple[float, float]] = []
    watch = DivergenceWatch(planned)
    with preserved(test.model, test.optimizer, test.batches), torch.enable_grad():
        rates, batches = _Rates(test.optimizer), _recycled(test.batches, planned)
        for rate, batch in zip(rates_between(low, high, planned), batches, strict=True):
            rates.set(float(rate))
            loss = test.one_step(batch)
            done.append((float(rate), loss))
            if each is not None:
                each(len(done), planned, float(rate), loss)
            if watch.diverges(loss):
                break
    swept, losses = zip(*done, strict=True)
    return Swept(swept, losses, planned, type(test.optimizer).__name__, count)


def _recycled(batches: Iterable[Batch], count: int) -> Iterator[Batch]:
    """``count`` batches, from the beginning again where they end.

    Raises:
        InputError: there are none, or they cannot be gone through twice.
    """
    given = 0
    while given < count:
        before = given
        for batch in batches:
            yield batch
            given += 1
            if given == count:
                return
        if given == before:
            ended = f"batches ended after {given} of {count} steps and cannot be gone through again"
            raise _wrong(ended if given else "batches is empty", "return a DataLoader or a list" if given else "")


def _count(batches: object) -> int | None:
    try:
        return len(batches)  # type: ignore[arg-type]
    except TypeError:
        return None


def _number(whose: str, loss: object) -> float:
    if isinstance(loss, Tensor):
        if loss.numel() != 1:
            shape = tuple(loss.shape)
            raise _wrong(f"{whose} must return one number, not a tensor of shape {shape}", "end it with .mean()")
        return float(loss.detach())
    if isinstance(loss, float) and whose == "step":
        return loss
    raise _wrong(f"{whose} must return a tensor with one number, not {_kind(loss)}")


def _kind(value: object) -> str:
    return "None" if value is None else type(value).__name__


def _wrong(problem: str, remedy: str = "") -> InputError:
    return InputError("RangeTest", problem, remedy)
