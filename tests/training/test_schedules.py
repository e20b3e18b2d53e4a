"""G30, C4: each schedule against its formula, step by step."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    PolynomialLR,
)

from hpt_tui.training import SCHEDULES, make_optimizer, make_schedule

PEAK, STEPS = 0.3, 100


def rates(name: str, steps: int = STEPS, warmup: float | None = None) -> list[float]:
    """The learning rate of every step, and the one after the last."""
    optimizer = make_optimizer("sgd", [nn.Parameter(torch.zeros(1))], PEAK)
    schedule = make_schedule(name, optimizer, steps, warmup)
    seen = [optimizer.param_groups[0]["lr"]]
    for _ in range(steps):
        optimizer.step()
        schedule.step()
        seen.append(float(optimizer.param_groups[0]["lr"]))
    return seen


def half_wave(share: float) -> float:
    """1 at 0, 0 at 1."""
    return 0.5 * (1 + math.cos(math.pi * share))


FALLING: dict[str, Callable[[int, int], float]] = {
    "constant": lambda k, n: 1.0,
    "step": lambda k, n: 0.1 ** sum(k >= round(share * n) for share in (0.3, 0.6, 0.9)),
    "exponential": lambda k, n: 0.96 ** (100 * k / n),
    "cosine": lambda k, n: half_wave(k / n),
    "linear": lambda k, n: 1 - k / n,
}
"""The share of the peak at step k of n."""


@pytest.mark.parametrize("steps", [1, 7, STEPS])
@pytest.mark.parametrize("name", FALLING)
def test_g30_without_warmup(name: str, steps: int) -> None:
    wanted = [PEAK * FALLING[name](k, steps) for k in range(steps + 1)]
    if name == "step" and steps == 1:
        wanted = [PEAK, PEAK * 0.1**3]
    assert rates(name, steps) == pytest.approx(wanted, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", FALLING)
def test_g30_warmup_is_a_share_of_the_steps_and_rises_linearly_from_above_0(name: str) -> None:
    rising = [PEAK * (k + 1) / 21 for k in range(20)]
    wanted = rising + [PEAK * FALLING[name](k, 80) for k in range(81)]
    assert rates(name, STEPS, 0.2) == pytest.approx(wanted, rel=1e-9, abs=1e-12)


def test_g37_warmup_then_cosine_warms_up_for_a_tenth_unless_told() -> None:
    assert rates("warmup-cosine") == rates("cosine", warmup=0.1)
    assert rates("warmup-cosine", warmup=0.0) == rates("cosine")


@pytest.mark.parametrize("name", ["cosine", "warmup-cosine", "linear"])
def test_c4_ends_at_0_not_at_a_tenth(name: str) -> None:
    seen = rates(name)
    assert max(seen) == pytest.approx(PEAK)
    assert seen[-1] == pytest.approx(0, abs=1e-12)
    assert 0 < seen[-2] < 0.02 * PEAK


@pytest.mark.parametrize(("warmup", "top"), [(None, 30), (0.0, 1), (0.1, 10), (0.5, 50), (0.999, 98)])
def test_c4_one_cycle_rises_from_a_25th_and_falls_far_below(warmup: float | None, top: int) -> None:
    start, last = PEAK / 25, PEAK / 25 / 1e4
    up = [start + (PEAK - start) * (1 - half_wave(k / top)) for k in range(top)]
    down = [last + (PEAK - last) * half_wave((k - top) / (99 - top)) for k in range(top, STEPS)]
    assert rates("one-cycle", STEPS, warmup)[:STEPS] == pytest.approx(up + down, rel=1e-6)


def torch_rates(make: Callable[[torch.optim.Optimizer], LRScheduler]) -> list[float]:
    """What torch's own schedule gives."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], PEAK)
    schedule = make(optimizer)
    seen = [optimizer.param_groups[0]["lr"]]
    for _ in range(STEPS - 1):
        optimizer.step()
        schedule.step()
        seen.append(float(optimizer.param_groups[0]["lr"]))
    return seen


OF_TORCH: dict[str, Callable[[torch.optim.Optimizer], LRScheduler]] = {
    "constant": lambda o: LambdaLR(o, lambda k: 1.0),
    "step": lambda o: MultiStepLR(o, [30, 60, 90], gamma=0.1),
    "exponential": lambda o: ExponentialLR(o, 0.96),
    "cosine": lambda o: CosineAnnealingLR(o, STEPS, eta_min=0.0),
    "linear": lambda o: PolynomialLR(o, STEPS, power=1.0),
    # Torch counts the rise one step short: the peak is at the share of the steps, less one.
    "one-cycle": lambda o: OneCycleLR(o, PEAK, total_steps=STEPS, pct_start=0.31),
    "warmup-cosine": lambda o: LambdaLR(o, lambda k: (k + 1) / 11 if k < 10 else half_wave((k - 10) / 90)),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_g30_each_shape_is_torchs_own(name: str) -> None:
    assert rates(name)[:STEPS] == pytest.approx(torch_rates(OF_TORCH[name]), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("warmup", [None, *(tenth / 10 for tenth in range(10))])
@pytest.mark.parametrize("steps", [3, 4, 10, 33])
@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_reaches_its_peak_and_never_more(name: str, steps: int, warmup: float | None) -> None:
    seen = rates(name, steps, warmup)
    assert max(seen) == pytest.approx(PEAK, rel=1e-9)
    assert all(rate > 0 for rate in seen[:steps])


def test_each_parameter_group_has_its_own_peak() -> None:
    groups = [{"params": [nn.Parameter(torch.zeros(1))], "lr": rate} for rate in (0.1, 0.01)]
    for name in SCHEDULES:
        optimizer = torch.optim.SGD([dict(group) for group in groups])
        schedule = make_schedule(name, optimizer, 10, 0.3)
        for _ in range(5):
            optimizer.step()
            schedule.step()
        first, second = (group["lr"] for group in optimizer.param_groups)
        assert first == pytest.approx(10 * second), name


def test_one_cycle_leaves_the_momentum_alone() -> None:
    optimizer = make_optimizer("sgd", [nn.Parameter(torch.zeros(1))], momentum=0.83)
    make_schedule("one-cycle", optimizer, 10)
    assert optimizer.param_groups[0]["momentum"] == 0.83


@pytest.mark.parametrize(
    ("name", "steps", "warmup", "line"),
    [
        (
            "cosin",
            10,
            None,
            "schedule: 'cosin' is unknown; take one of constant, step, exponential",
        ),
        ("cosine", 0, None, "schedule: cosine needs at least 1 step, not 0"),
        ("one-cycle", 2, None, "schedule: one-cycle needs at least 3 steps, not 2"),
        ("linear", 10, 1.0, "schedule: the warmup is a share of the steps, 0 or more and below 1, not 1.0"),
        ("linear", 10, math.nan, "schedule: the warmup is a share of the steps"),
    ],
)
def test_what_cannot_be_is_one_line(name: str, steps: int, warmup: float | None, line: str) -> None:
    optimizer = make_optimizer("sgd", [nn.Parameter(torch.zeros(1))], PEAK)
    with pytest.raises(ValueError, match=r"^schedule: ") as raised:
        make_schedule(name, optimizer, steps, warmup)
    assert str(raised.value).startswith(line)
    assert "\n" not in str(raised.value)
    assert optimizer.param_groups[0]["lr"] == PEAK
