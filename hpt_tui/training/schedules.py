"""Learning rate schedules by name (G30), each one of ``torch.optim.lr_scheduler``'s."""

from __future__ import annotations

from torch.optim import Optimizer
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    SequentialLR,
)

from hpt_tui.domain.practice import WARMUP_SHARE
from hpt_tui.training import ranges
from hpt_tui.training.ranges import ONE_CYCLE, SCHEDULES, WARMUP_COSINE

MILESTONES, STEP_FACTOR = (0.3, 0.6, 0.9), 0.1
"""``step`` divides by 10 after 30, 60 and 90 % of the steps that follow the warmup (guide: 30, 60, 90 of 100)."""
DECAY_PER_CENT = 0.96
"""``exponential`` multiplies by this with every hundredth of the steps (guide: with each of 100 epochs), and so
ends at 1.7 % of where it began."""
ONE_CYCLE_RISE = 0.3
"""The share of the steps in which ``one-cycle`` rises, where none is given: torch's default."""
ONE_CYCLE_START, ONE_CYCLE_END = 25.0, 1e4
"""``one-cycle`` begins at the peak / 25 and ends at its beginning / 10,000 (C4; torch's defaults)."""


def make_schedule(name: str, optimizer: Optimizer, steps: int, warmup: float | None = None) -> LRScheduler:
    """The schedule called ``name``, one of ``SCHEDULES``, over ``steps`` calls of its ``step()``.

    Call ``step()`` once after each ``optimizer.step()``, or once an epoch: ``steps`` counts the same. The
    optimizer's own learning rates, one a parameter group, are the peak. ``warmup`` is a share of ``steps``,
    0 <= warmup < 1, in which the rate rises linearly to the peak, its first step above 0; the schedule has the
    rest. None: 10 % with ``warmup-cosine`` (G37), none with the others. ``cosine``, ``warmup-cosine`` and
    ``linear`` reach 0 after the last step (C4). ``one-cycle`` has a rise of its own, from a 25th of the peak, of
    the length of the warmup or, where that is None, of 30 %; the momentum stays what it is.

    Raises:
        ValueError: an unknown name, fewer steps than 1 (``one-cycle``: 3), a warmup out of range.
    """
    if name not in SCHEDULES:
        raise ValueError(f"schedule: {name!r} is unknown; take one of {', '.join(SCHEDULES)}")
    fewest = 3 if name == ONE_CYCLE else 1
    if steps < fewest:
        raise ValueError(f"schedule: {name} needs at least {fewest} step{'s'[: fewest > 1]}, not {steps}")
    if warmup is not None and not 0 <= warmup < 1:
        raise ValueError(f"schedule: the warmup is a share of the steps, 0 or more and below 1, not {warmup}")
    if name == ONE_CYCLE:
        return _one_cycle(optimizer, steps, ONE_CYCLE_RISE if warmup is None else warmup)
    share = warmup if warmup is not None else WARMUP_SHARE.high if name == WARMUP_COSINE else 0.0
    rise = min(round(share * steps), steps - 1)
    if not rise:
        return _falling(name, optimizer, steps)
    up = LinearLR(optimizer, start_factor=1 / (rise + 1), total_iters=rise)
    return SequentialLR(optimizer, [up, _falling(name, optimizer, steps - rise)], [rise])


def _falling(name: str, optimizer: Optimizer, steps: int) -> LRScheduler:
    match name:
        case ranges.CONSTANT:
            return ConstantLR(optimizer, factor=1.0, total_iters=0)
        case ranges.STEP:
            return MultiStepLR(optimizer, [max(1, round(m * steps)) for m in MILESTONES], STEP_FACTOR)
        case ranges.EXPONENTIAL:
            return ExponentialLR(optimizer, DECAY_PER_CENT ** (100 / steps))
        case ranges.LINEAR:
            return LinearLR(optimizer, start_factor=1.0, end_factor=0.0, total_iters=steps)
    return CosineAnnealingLR(optimizer, T_max=steps)


def _one_cycle(optimizer: Optimizer, steps: int, share: float) -> LRScheduler:
    """The peak falls on a step of its own, neither the first nor the last: torch divides by 0 where it is the
    first."""
    peak = min(max(round(share * steps), 1), steps - 2)
    return OneCycleLR(
        optimizer,
        max_lr=[group["lr"] for group in optimizer.param_groups],
        total_steps=steps,
        pct_start=(peak + 1) / steps,
        cycle_momentum=False,
        div_factor=ONE_CYCLE_START,
        final_div_factor=ONE_CYCLE_END,
    )
