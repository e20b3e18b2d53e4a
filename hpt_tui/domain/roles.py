"""What a parameter does, as far as its name says so; an unknown or ambiguous name is never guessed at (G1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from hpt_tui.domain.names import is_batch_size, is_learning_rate, words


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


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LR = _words("lr lrate learningrate")
_SCHEDULE = _words("schedule scheduler sched lrscheduler lrschedule")
_OF_SCHEDULE = _words(
    "decay gamma factor min end final patience step steps type mode policy drop power"
    " cycle cycles epochs milestones"
)
"""Words that make of a learning rate's name that of a part of its schedule."""
_FACTOR = _words("decay gamma factor")
_TIMES = _words("step steps epoch epochs patience every interval milestones")
_SWITCH = _words("type mode policy name kind use")
_OTHERS = _words("momentum dropout weight wd beta noise ema teacher batch kl")
"""Things other than the learning rate that have schedules of their own."""
_NORM = _words("norm layernorm batchnorm groupnorm rmsnorm ln bn gn")
_ADAM = _words("adam adamw optimizer optimiser optim")
_NEUTRAL = _words("name type kind class choice algo algorithm fn function train training model hidden")
_STRENGTH = _words("reg lambda strength weight coef coeff penalty alpha regularization regularisation")
_L = _words("l1 l2 l1reg l2reg")
_WIDTH = _words("units neurons channels filters")
_DIMENSIONS = _words("hidden embed embedding emb ffn ff mlp model")
_FROZEN = _words("frozen freeze unfreeze unfrozen")


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
    other = _SWITCH if "per" in w else _TIMES | _SWITCH
    return _is_schedule(w) and bool(_FACTOR.intersection(w)) and not other.intersection(w)


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


def with_role(names: Iterable[str], *roles: Role) -> tuple[str, ...]:
    """Those of ``names`` that have one of the roles, in their order."""
    return tuple(name for name in names if role_of(name) in roles)
