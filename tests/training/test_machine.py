"""G30: seeds, device, precision, clipping, and losses that are no numbers."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from hpt_tui.training import (
    DivergedError,
    check_finite,
    clip_gradients,
    device,
    mixed_precision,
    seed_everything,
)


def drawn(seed: int) -> tuple[float, float, float, list[int]]:
    generator = seed_everything(seed)
    loader = DataLoader(TensorDataset(torch.arange(20)), shuffle=True, generator=generator)
    order = [int(x) for (x,) in loader]
    return random.random(), float(np.random.rand()), float(torch.rand(1)), order


def test_a_seed_fixes_python_numpy_torch_and_the_order_of_the_data() -> None:
    first, again, other = drawn(7), drawn(7), drawn(8)
    assert first == again
    assert all(a != b for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_numpy_refuses_is_one_line(seed: int) -> None:
    with pytest.raises(ValueError, match=rf"^seed: must be 0 to 4294967295, not {seed}$"):
        seed_everything(seed)


def test_the_device_is_the_gpu_where_there_is_one() -> None:
    assert device().type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert torch.zeros(1, device=device()).device.type == device().type


def test_mixed_precision_is_bfloat16_on_a_gpu_that_has_it_and_off_elsewhere() -> None:
    model, x = nn.Linear(4, 4).to(device()), torch.ones(2, 4, device=device())
    able = torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
    with mixed_precision():
        assert model(x).dtype == (torch.bfloat16 if able else torch.float32)
    with mixed_precision(on=False):
        assert model(x).dtype == torch.float32
    with mixed_precision(torch.device("cpu")):
        assert nn.Linear(4, 4)(torch.ones(2, 4)).dtype == torch.float32


def with_gradient(*values: float) -> list[nn.Parameter]:
    """A parameter for each value, and one without a gradient."""
    parameters = [nn.Parameter(torch.zeros(1)) for _ in values]
    for parameter, value in zip(parameters, values, strict=True):
        parameter.grad = torch.tensor([value])
    return [*parameters, nn.Parameter(torch.zeros(1))]


@pytest.mark.parametrize(("limit", "kept"), [(1.0, 0.2), (5.0, 1.0), (10.0, 1.0), (None, 1.0)])
def test_gradients_are_scaled_down_to_the_norm_and_never_up(limit: float | None, kept: float) -> None:
    parameters = with_gradient(3.0, 4.0)
    assert float(clip_gradients(iter(parameters), limit)) == pytest.approx(5.0)
    assert [float(p.grad) for p in parameters if p.grad is not None] == pytest.approx([3 * kept, 4 * kept])


@pytest.mark.parametrize("limit", [0.0, -1.0, math.nan])
def test_a_limit_that_would_stop_all_learning_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match=r"^max_norm: must be above 0, not .*; None clips nothing$"):
        clip_gradients(with_gradient(1.0), limit)


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_ends_the_trial_with_step_and_loss(loss: float) -> None:
    with pytest.raises(DivergedError) as raised:
        check_finite(torch.tensor(loss), 12)
    assert str(raised.value) == (
        f"training: the loss is {loss} at step 12; lower the learning rate or clip the gradients"
    )


def test_a_finite_loss_is_handed_back() -> None:
    assert check_finite(torch.tensor(0.5, requires_grad=True), 0) == 0.5
