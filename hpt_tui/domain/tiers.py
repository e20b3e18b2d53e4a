"""How much a parameter matters before anything is measured: its role by name, its tier (G1), its share (G2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from hpt_tui.domain.names import is_batch_size, is_learning_rate, words

TIERS = (1, 2, 3, 4, 5)
"""Critical first (G1)."""


class Group(StrEnum):
    """What the budget is shared among (G2), the greatest share first."""

    LEARNING_RATE = "learning rate"
    SCHEDULE = "schedule"
    BATCH_AND_OPTIMIZER = "batch size and optimizer"
    REGULARISATION = "regularisation"
    REST = "the rest"


SHARES = {
    Group.LEARNING_RATE: 0.40,
    Group.SCHEDULE: 0.30,
    Group.BATCH_AND_OPTIMIZER: 0.15,
    Group.REGULARISATION: 0.10,
    Group.REST: 0.05,
}
"""The shares of the tuning budget where every group is searched (G2, guide)."""


class Role(StrEnum):
    """What a parameter does, as its name says. The value is what people call it."""

    LEARNING_RATE = "learning rate"
    SCHEDULE = "schedule"
    DECAY_FACTOR = "decay factor"
    """The factor that a schedule multiplies the learning rate by."""
    BATCH_SIZE = "batch size"
    OPTIMIZER = "optimizer"
    WEIGHT_DECAY = "weight decay"
    REGULARISATION = "regularisation strength"
    """L1 or L2 as a term of the loss."""
    MOMENTUM = "momentum"
    """Momentum, or Adam's betas."""
    WARMUP = "warmup"
    WIDTH = "width"
    DEPTH = "depth"
    DROPOUT = "dropout"
    CLIPPING = "gradient clipping"
    ACTIVATION = "activation"
    NORM_EPSILON = "norm epsilon"
    ADAM_EPSILON = "Adam epsilon"
    UNCLASSIFIED = "unclassified"

    @property
    def tier(self) -> int | None:
        """1 (critical) to 5 (hardly any effect); None for what is unclassified (G1)."""
        return _TIER[self]

    @property
    def group(self) -> Group:
        """Whose share of the budget it has part in (G2). Warmup is a part of the schedule; whatever the guide
        names in no group, and what is unclassified, is the rest."""
        return _GROUP.get(self, Group.REST)


_TIER: dict[Role, int | None] = {
    Role.LEARNING_RATE: 1,
    Role.SCHEDULE: 1,
    Role.DECAY_FACTOR: 1,
    Role.BATCH_SIZE: 2,
    Role.OPTIMIZER: 2,
    Role.WEIGHT_DECAY: 3,
    Role.REGULARISATION: 3,
    Role.MOMENTUM: 3,
    Role.WARMUP: 3,
    Role.WIDTH: 4,
    Role.DEPTH: 4,
    Role.DROPOUT: 4,
    Role.CLIPPING: 4,
    Role.ACTIVATION: 5,
    Role.NORM_EPSILON: 5,
    Role.ADAM_EPSILON: 5,
    Role.UNCLASSIFIED: None,
}
_GROUP = {
    Role.LEARNING_RATE: Group.LEARNING_RATE,
    Role.SCHEDULE: Group.SCHEDULE,
    Role.DECAY_FACTOR: Group.SCHEDULE,
    Role.WARMUP: Group.SCHEDULE,
    Role.BATCH_SIZE: Group.BATCH_AND_OPTIMIZER,
    Role.OPTIMIZER: Group.BATCH_AND_OPTIMIZER,
    Role.WEIGHT_DECAY: Group.REGULARISATION,
    Role.REGULARISATION: Group.REGULARISATION,
    Role.DROPOUT: Group.REGULARISATION,
}

_LR = frozenset({"lr", "lrate", "learningrate"})
_SCHEDULE = frozenset({"schedule", "scheduler", "sched", "lrscheduler", "lrschedule"})
_OF_SCHEDULE = frozenset(
    [
        "decay",
        "gamma",
        "factor",
        "min",
        "end",
        "final",
        "patience",
        "step",
        "steps",
        "type",
        "mode",
        "policy",
        "drop",
        "power",
        "cycle",
        "cycles",
        "epochs",
        "milestones",
    ]
)
"""Words that make of a learning rate's name that of a part of its schedule."""
_FACTOR = frozenset({"decay", "gamma", "factor"})
_TIMES = frozenset({"step", "steps", "epoch", "epochs", "patience", "every", "interval", "milestones"})
_SWITCH = frozenset({"type", "mode", "policy", "name", "kind", "use"})
_OTHERS = frozenset({"momentum", "dropout", "weight", "wd", "beta", "noise", "ema", "teacher", "batch", "kl"})
"""Things other than the learning rate that have schedules of their own."""
_NORM = frozenset(["norm", "layernorm", "batchnorm", "groupnorm", "rmsnorm", "ln", "bn", "gn"])
_ADAM = frozenset({"adam", "adamw", "optimizer", "optimiser", "optim"})
_NEUTRAL = frozenset(
    [
        "name",
        "type",
        "kind",
        "class",
        "choice",
        "algo",
        "algorithm",
        "fn",
        "function",
        "train",
        "training",
        "model",
        "hidden",
    ]
)
_STRENGTH = frozenset(
    [
        "reg",
        "lambda",
        "strength",
        "weight",
        "coef",
        "coeff",
        "penalty",
        "alpha",
        "regularization",
        "regularisation",
    ]
)
_L = frozenset({"l1", "l2", "l1reg", "l2reg"})
_WIDTH = frozenset(["units", "neurons", "channels", "filters"])
_DIMENSIONS = frozenset(["hidden", "embed", "embedding", "emb", "ffn", "ff", "mlp", "model"])
_FROZEN = frozenset({"frozen", "freeze", "unfreeze", "unfrozen"})


def _is_warmup(w: tuple[str, ...]) -> bool:
    return any(x.startswith("warmup") for x in w) or ("warm", "up") in pairwise(w)


def _about_lr(w: tuple[str, ...]) -> bool:
    return bool(_LR.intersection(w)) or ("learning", "rate") in pairwise(w)


def _is_schedule(w: tuple[str, ...]) -> bool:
    if ("eta", "min") in pairwise(w) or w == ("t", "max"):
        return True
    if _OTHERS.intersection(w):
        return False
    return bool(_SCHEDULE.intersection(w)) or (_about_lr(w) and bool(_OF_SCHEDULE.intersection(w)))


def _is_decay_factor(w: tuple[str, ...]) -> bool:
    return _is_schedule(w) and bool(_FACTOR.intersection(w)) and not (_TIMES | _SWITCH).intersection(w)


def _is_norm_epsilon(w: tuple[str, ...]) -> bool:
    return bool({"eps", "epsilon"}.intersection(w)) and any(x in _NORM or x.endswith("norm") for x in w)


def _is_adam_epsilon(w: tuple[str, ...]) -> bool:
    return bool({"eps", "epsilon"}.intersection(w)) and bool(_ADAM.intersection(w))


def _is_optimizer(w: tuple[str, ...]) -> bool:
    named = {"optimizer", "optimiser", "optim"}.intersection(w)
    return bool(named) and named | _NEUTRAL >= set(w)


def _is_weight_decay(w: tuple[str, ...]) -> bool:
    if _SCHEDULE.intersection(w):
        return False
    return "wd" in w or "weightdecay" in w or ("weight", "decay") in pairwise(w)


def _is_regularisation(w: tuple[str, ...]) -> bool:
    if "ratio" in w:
        return False
    if _L.intersection(w):
        return True
    strong = {"regularization", "regularisation", "regularizer", "regulariser"}.intersection(w)
    return bool(strong) or ("reg" in w and bool(_STRENGTH.intersection(w) - {"reg"}))


def _is_momentum(w: tuple[str, ...]) -> bool:
    if {"ema", "schedule", "scheduler"}.intersection(w) or any(x in _NORM or x.endswith("norm") for x in w):
        return False
    betas = (
        {"beta1", "beta2", "betas"}.intersection(w) or ("beta", "1") in pairwise(w) or ("beta", "2") in pairwise(w)
    )
    return bool(betas) or "momentum" in w or "nesterov" in w


def _is_dropout(w: tuple[str, ...]) -> bool:
    if "schedule" in w or "scheduler" in w:
        return False
    pairs = set(pairwise(w))
    named = any(x.startswith("dropout") or x.endswith("dropout") or x == "droprate" for x in w)
    return named or bool({("drop", "out"), ("drop", "rate"), ("drop", "prob"), ("p", "drop")} & pairs)


def _is_clipping(w: tuple[str, ...]) -> bool:
    if {"clipnorm", "clipvalue", "gradclip", "gradnormclip"}.intersection(w) or ("clip", "norm") in pairwise(w):
        return True
    about_gradient = bool({"grad", "grads", "gradient", "gradients"}.intersection(w))
    return about_gradient and bool({"clip", "clipping", "norm"}.intersection(w))


def _is_depth(w: tuple[str, ...]) -> bool:
    if (_FROZEN | {"max", "size", "sizes", "dim", "image", "img", "color"}).intersection(w):
        return False
    return bool({"depth", "layers", "nlayers", "numlayers", "blocks", "nblocks"}.intersection(w))


def _is_width(w: tuple[str, ...]) -> bool:
    if (_FROZEN | {"image", "img", "window", "layers"}).intersection(w) and "size" not in w and "sizes" not in w:
        return False
    sized = {"size", "sizes", "dim", "dims"}.intersection(w)
    of_layer = bool((_DIMENSIONS | {"layer"}).intersection(w))
    return (
        bool(({"width", "dmodel", "hidden"} & {w[-1]}) or _WIDTH.intersection(w))
        or ("d", "model") in pairwise(w)
        or (bool(sized) and of_layer)
    )


def _is_activation(w: tuple[str, ...]) -> bool:
    if "nonlinearity" in w or ("act", "fn") in pairwise(w):
        return True
    return "activation" in w and _NEUTRAL | {"activation", "layer", "output"} >= set(w)


_TESTS: tuple[tuple[Role, Callable[[tuple[str, ...]], bool]], ...] = (
    (Role.WARMUP, _is_warmup),
    (Role.DECAY_FACTOR, _is_decay_factor),
    (Role.SCHEDULE, _is_schedule),
    (Role.NORM_EPSILON, _is_norm_epsilon),
    (Role.ADAM_EPSILON, _is_adam_epsilon),
    (Role.OPTIMIZER, _is_optimizer),
    (Role.WEIGHT_DECAY, _is_weight_decay),
    (Role.REGULARISATION, _is_regularisation),
    (Role.MOMENTUM, _is_momentum),
    (Role.DROPOUT, _is_dropout),
    (Role.CLIPPING, _is_clipping),
    (Role.DEPTH, _is_depth),
    (Role.WIDTH, _is_width),
    (Role.ACTIVATION, _is_activation),
)
"""The first that holds decides."""


@lru_cache(maxsize=1024)
def role_of(name: str) -> Role:
    """The role that ``name`` tells of, case and separator free; UNCLASSIFIED rather than a guess (G1).

    Names that mean several things stay unclassified: ``gamma``, ``alpha``, ``beta``, ``decay``, ``eps``, ``C``.
    """
    if is_learning_rate(name):
        return Role.LEARNING_RATE
    if is_batch_size(name):
        return Role.BATCH_SIZE
    parts = words(name)
    if not parts:
        return Role.UNCLASSIFIED
    return next((role for role, holds in _TESTS if holds(parts)), Role.UNCLASSIFIED)


def tier_of(name: str) -> int | None:
    """The tier of a parameter by its name, 1 to 5; None if it is unclassified (G1)."""
    return role_of(name).tier


def with_role(names: Iterable[str], *roles: Role) -> tuple[str, ...]:
    """Those of ``names`` that have one of the roles, in their order."""
    return tuple(name for name in names if role_of(name) in roles)


@dataclass(frozen=True, slots=True)
class Share:
    """The part of the tuning budget that belongs to one group of the searched parameters (G2)."""

    group: Group
    share: float
    """0..1; all shares of a space add up to 1."""
    parameters: tuple[str, ...]


def budget_shares(names: Iterable[str]) -> tuple[Share, ...]:
    """How the budget is divided over what is searched: G2's shares, re-normalised over the groups that are
    present, the greatest first; empty for an empty space."""
    grouped: dict[Group, list[str]] = {}
    for name in names:
        grouped.setdefault(role_of(name).group, []).append(name)
    whole = sum(SHARES[group] for group in grouped)
    return tuple(Share(g, SHARES[g] / whole, tuple(grouped[g])) for g in SHARES if g in grouped)
