"""What is usually searched: optimizer, learning rate, schedule, warmup, decay, clipping, label smoothing (G30)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hpt_tui.domain.lint.thresholds import DEFAULT_LIMITS
from hpt_tui.domain.practice import (
    ADAMW,
    CLIP_NORM,
    LABEL_SMOOTHING,
    LEARNING_RATES,
    LEARNING_RATES_BY_TASK,
    WARMUP_SHARE,
    WEIGHT_DECAY_BY_MODEL,
    WIDE_WEIGHT_DECAY,
    Task,
    Usual,
    optimizer_named,
)

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

CONSTANT, STEP, EXPONENTIAL, COSINE = "constant", "step", "exponential", "cosine"
ONE_CYCLE, WARMUP_COSINE, LINEAR = "one-cycle", "warmup-cosine", "linear"
SCHEDULES = (CONSTANT, STEP, EXPONENTIAL, COSINE, ONE_CYCLE, WARMUP_COSINE, LINEAR)
"""The names that :func:`make_schedule` knows."""
SEARCHED = (CONSTANT, STEP, EXPONENTIAL, COSINE, ONE_CYCLE, LINEAR)
"""Those that differ where the warmup is searched, too."""


def search_space(
    optimizers: Sequence[str] = (ADAMW,),
    task: str = "",
    schedules: Sequence[str] = SEARCHED,
    *,
    label_smoothing: bool = False,
) -> dict[str, BaseDistribution]:
    """Distributions for ``StudySpec(space={**search_space("adamw"), ...})``, from practice (G8, G37).

    ``optimizer`` and ``schedule``: where there are several, the names as given. ``lr``, log: the usual region of
    the task, else of all the optimizers together, at least two orders of magnitude around its middle (G18).
    ``warmup_share``, 0 to twice the usual share of the steps, as more goes with a higher rate. ``weight_decay``,
    log: usual for ``task`` (``"vision"``, ``"transformers"``, ``"small nets"`` ...; empty: unknown), else all that
    is usual. ``clip_norm``, log, in the gradients' norm. ``label_smoothing``, if asked for, from 0 to twice the
    usual 0.1: for ``nn.CrossEntropyLoss(label_smoothing=...)`` in training; measure without it, as a smoothed loss
    is another one.

    Raises:
        ValueError: an unknown name, or none.
    """
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    names = (optimizers,) if isinstance(optimizers, str) else tuple(optimizers)
    shapes = (schedules,) if isinstance(schedules, str) else tuple(schedules)
    _check("optimizer", names, [n for n in names if not optimizer_named(n)], LEARNING_RATES)
    _check("schedule", shapes, [n for n in shapes if n not in SCHEDULES], SCHEDULES)
    _check("task", (task,), [task] if task and task not in list(Task) else [], Task)
    rate, decay = _rates(names, task), WEIGHT_DECAY_BY_MODEL.get(task, WIDE_WEIGHT_DECAY)
    space: dict[str, BaseDistribution] = {"lr": FloatDistribution(rate.low, rate.high, log=True)}
    if len(names) > 1:
        space["optimizer"] = CategoricalDistribution(names)
    if len(shapes) > 1:
        space["schedule"] = CategoricalDistribution(shapes)
    space["warmup_share"] = FloatDistribution(0.0, 2 * WARMUP_SHARE.high)
    space["weight_decay"] = FloatDistribution(decay.low, decay.high, log=True)
    space["clip_norm"] = FloatDistribution(CLIP_NORM.low, CLIP_NORM.high, log=True)
    if label_smoothing:
        space["label_smoothing"] = FloatDistribution(LABEL_SMOOTHING.low, LABEL_SMOOTHING.high)
    return space


def _check(subject: str, given: Sequence[str], unknown: Sequence[str], known: Iterable[str]) -> None:
    if unknown or not given:
        said = f"{unknown[0]!r} is unknown" if unknown else "none is named"
        raise ValueError(f"{subject}: {said}; take one of {', '.join(known)}")


def _rates(optimizers: Sequence[str], task: str) -> Usual:
    """The learning rates to search: those that are usual, and as far beyond on both sides as a search needs."""
    usual = [LEARNING_RATES[optimizer_named(name)] for name in optimizers]
    if task in LEARNING_RATES_BY_TASK:
        usual = [LEARNING_RATES_BY_TASK[task]]
    low, high = min(u.low for u in usual), max(u.high for u in usual)
    widening = max(1.0, (10**DEFAULT_LIMITS.lr_orders * low / high) ** 0.5)
    return Usual(low / widening, high * widening)
