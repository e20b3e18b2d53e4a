"""How much a parameter matters before anything is measured: its tier (G1), and its share of the budget (G2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from hpt_tui.domain.roles import Role, role_of

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


TIER: Mapping[Role, int | None] = {
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
"""1 (critical) to 5 (hardly any effect); None for what is unclassified (G1)."""
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


def tier_of(name: str) -> int | None:
    """The tier of a parameter by its name, 1 to 5; None if it is unclassified (G1)."""
    return TIER[role_of(name)]


def group_of(name: str) -> Group:
    """Whose share of the budget a parameter has part in (G2). Warmup is a part of the schedule; whatever the guide
    names in no group, and what is unclassified, is the rest."""
    return _GROUP.get(role_of(name), Group.REST)


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
        grouped.setdefault(group_of(name), []).append(name)
    whole = sum(SHARES[group] for group in grouped)
    return tuple(Share(g, SHARES[g] / whole, tuple(grouped[g])) for g in SHARES if g in grouped)
