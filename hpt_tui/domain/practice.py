"""What is usual in training, as numbers: the tables of G8 and G37 behind lint and advice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from hpt_tui.domain.names import words
from hpt_tui.domain.space import ParamValue

SGD, ADAM, ADAMW, RMSPROP = "SGD", "Adam", "AdamW", "RMSprop"


@dataclass(frozen=True, slots=True)
class Usual:
    """The usual region of a value, both ends included, and where to start if anywhere."""

    low: float
    high: float
    start: float | None = None


LEARNING_RATES: Mapping[str, Usual] = {
    SGD: Usual(1e-2, 1e-1, 1e-2),
    ADAM: Usual(1e-4, 1e-3, 1e-3),
    ADAMW: Usual(1e-4, 1e-3, 5e-4),
    RMSPROP: Usual(1e-4, 1e-2, 5e-4),
}
"""Learning rates by optimizer (G8); SGD with momentum."""


class Task(StrEnum):
    """What is trained, as far as a table of practice has a row for it."""

    VISION = "vision"
    TRANSFORMERS = "transformers"
    FINE_TUNING = "fine-tuning"
    RECURRENT = "recurrent nets"
    SMALL = "small nets"


LEARNING_RATES_BY_TASK: Mapping[str, Usual] = {
    Task.TRANSFORMERS: Usual(5e-5, 5e-4),
    Task.FINE_TUNING: Usual(1e-4, 1e-3),
}
"""Where the task says more than the optimizer (G8)."""
WIDE_LEARNING_RATE = Usual(1e-5, 1e-1)
"""What an exploration starts from where nothing is known of the optimizer (guide, search space ranges)."""

OPTIMIZERS_BY_TASK: Mapping[str, tuple[str, ...]] = {
    Task.VISION: (SGD,),
    "final results": (SGD,),
    Task.TRANSFORMERS: (ADAMW, ADAM),
    "language": (ADAMW, ADAM),
    "quick work": (ADAM, ADAMW),
    Task.RECURRENT: (RMSPROP,),
    "anything else": (ADAMW,),
}
"""G37: the first is the one to take; SGD is meant with momentum, AdamW is the modern default."""

SCHEDULES_BY_TASK: Mapping[str, tuple[str, ...]] = {
    Task.VISION: ("step", "cosine"),
    Task.TRANSFORMERS: ("warmup, then cosine",),
    Task.FINE_TUNING: ("linear decay",),
    "quick runs": ("constant",),
    "best results": ("warmup, then cosine",),
}
"""G37. Cosine after warmup ends at 0 (C4)."""

WEIGHT_DECAY_BY_MODEL: Mapping[str, Usual] = {
    Task.VISION: Usual(1e-4, 1e-3),
    Task.TRANSFORMERS: Usual(1e-2, 1e-1),
    Task.SMALL: Usual(1e-5, 1e-4),
}
"""G37; very large models use none, or next to none."""
WIDE_WEIGHT_DECAY = Usual(1e-5, 1e-1)
"""From the weakest to the strongest usual one: what a search may cover (guide, weight decay range)."""

WARMUP_SHARE = Usual(0.05, 0.10)
"""Of all steps (G37); more with a higher learning rate, none needed for small nets, essential for transformers."""
MOMENTUM = Usual(0.8, 0.95, 0.9)
"""G37."""
CLIP_NORM = Usual(0.1, 10.0, 1.0)
"""The norm over all gradients that they are clipped to. The guide has no figure: 1.0 is what transformers are
trained with (Brown et al. 2020, appendix B), and a search goes a decade to each side."""
LABEL_SMOOTHING = Usual(0.0, 0.2, 0.1)
"""The share of the target that goes to all classes alike, 0: none. The guide has no figure: 0.1 is what image
classifiers and transformers are trained with (Szegedy et al. 2016, section 7; Vaswani et al. 2017, 5.4)."""

_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]")


def optimizer_named(option: ParamValue) -> str:
    """The optimizer that a value names, in whatever spelling (``torch.optim.AdamW``, ``adamw_torch``, ``"sgd"``);
    empty if it is none of G8's."""
    if not isinstance(option, str):
        return ""
    glued, parts = _NOT_IN_A_NAME.sub("", option.lower()), words(option)
    if "adamw" in glued:
        return ADAMW
    if "rmsprop" in glued:
        return RMSPROP
    return ADAM if "adam" in parts else SGD if "sgd" in parts else ""


def optimizers_named(options: Iterable[ParamValue]) -> tuple[str, ...]:
    """The optimizers among ``options``, each once, in the order in which they come."""
    return tuple(dict.fromkeys(found for option in options if (found := optimizer_named(option))))
