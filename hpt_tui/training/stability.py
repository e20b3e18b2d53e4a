"""Against training that blows up: clipped gradients, and an end as soon as a loss is no number."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import SupportsFloat

from torch import Tensor, nn

from hpt_tui.errors import DivergedError


def clip_gradients(parameters: Iterable[nn.Parameter], max_norm: float | None) -> Tensor:
    """Scale the gradients down to a norm of ``max_norm`` over all of them, where it is larger; None: leave them.

    Returns the norm before (L2, of no dimension, on the parameters' device): a curve worth logging. Call it
    between ``backward()`` and ``optimizer.step()``.

    Raises:
        ValueError: ``max_norm`` is not above 0.
    """
    if max_norm is None:
        return nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
    if not max_norm > 0:
        raise ValueError(f"max_norm: must be above 0, not {max_norm}; None clips nothing")
    return nn.utils.clip_grad_norm_(parameters, max_norm)


def check_finite(loss: SupportsFloat, step: int) -> float:
    """``loss`` as a number; where it is NaN or infinite, the trial ends here.

    A worker notes such a trial as failed, with the step and the loss, and doesn't try it again: with the same
    parameters it would diverge again. Reading a loss waits for the GPU: once an epoch, on its mean, is enough, as
    a NaN stays in a sum.

    Raises:
        DivergedError: the loss is not finite.
    """
    value = float(loss.detach() if isinstance(loss, Tensor) else loss)
    if not math.isfinite(value):
        raise DivergedError(step, value)
    return value
