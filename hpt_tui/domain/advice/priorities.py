"""G1-G4, G8: which parameters to search first, with what share of the budget, and the learning rate's range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hpt_tui.domain.advice.choice import Choice, at_once
from hpt_tui.domain.advice.disagreement import disagreements
from hpt_tui.domain.advice.need import Need
from hpt_tui.domain.advice.situation import Situation
from hpt_tui.domain.advice.thresholds import AdviceThresholds
from hpt_tui.domain.lint.learning_rate import wide_enough
from hpt_tui.domain.practice import Usual
from hpt_tui.domain.roles import Role, role_of
from hpt_tui.domain.space import FloatRange, Range
from hpt_tui.domain.tiers import TIER, TIERS, Share, budget_shares


@dataclass(frozen=True, slots=True)
class Parameter:
    """One that is to be searched. Its name comes from a study, and is hostile."""

    name: str
    role: Role
    tier: int | None
    """1 to 5 (G1); None for what is unclassified."""
    importance: float | None
    """As measured, 0..1; None where it was not."""
    now: bool
    """Whether it is among the first; else it stays at its baseline until they have settled (G3)."""


@dataclass(frozen=True, slots=True)
class Rates:
    """The learning rate to explore (G8)."""

    name: str
    """Empty where the space has none."""
    explore: FloatRange
    """A decade round the usual ones."""
    usual: Mapping[str, Usual]
    """By optimizer or task; empty where neither is known."""
    given: Range | None
    """The range that the space has now."""


@dataclass(frozen=True, slots=True)
class Priorities:
    parameters: tuple[Parameter, ...]
    """The first ones first. Where only their number is known, those of that number that matter most."""
    measured: bool
    """Whether the order and the shares are measured ones rather than G1's and G2's."""
    shares: tuple[Share, ...]
    """Of the budget, over what is searched now (G2)."""
    rates: Rates
    disagreements: tuple[str, ...]
    """Where tier and measurement contradict each other (G4)."""

    @property
    def now(self) -> tuple[str, ...]:
        return tuple(p.name for p in self.parameters if p.now)


_BY_TIER = tuple(role for tier in TIERS for role in Role if TIER[role] == tier and role is not Role.DECAY_FACTOR)
"""What there is to search, the most important first; a decay factor is a part of the schedule."""


def priorities(situation: Situation, choice: Choice, need: Need, limits: AdviceThresholds) -> Priorities:
    """The order is that of the measured importances, then the learning rate, what the symptoms ask for, and the
    tiers."""
    measured = situation.measured.importances if situation.measured is not None else {}
    ordered = sorted(_named(situation, limits), key=lambda n: _place(n, measured, need))
    most = at_once(situation, choice, limits)
    first = set(ordered[:most])
    if choice.alone:
        first = {n for n in ordered if role_of(n) is Role.LEARNING_RATE} or first
    parameters = tuple(Parameter(n, role_of(n), TIER[role_of(n)], measured.get(n), n in first) for n in ordered)
    now = [p.name for p in parameters if p.now]
    by_measure = bool(measured) and sum(measured.get(n, 0.0) for n in now) > 0
    return Priorities(
        parameters,
        by_measure,
        _measured_shares(now, measured) if by_measure else budget_shares(now),
        _rates(situation),
        tuple(disagreements(measured, limits)),
    )


def _named(situation: Situation, limits: AdviceThresholds) -> tuple[str, ...]:
    if situation.names:
        return situation.names
    count = limits.lint.parameters if situation.parameters is None else situation.parameters
    return tuple(role.value for role in _BY_TIER)[:count]


def _place(name: str, measured: Mapping[str, float], need: Need) -> tuple[float, ...]:
    if name in measured:
        return (0.0, -measured[name])
    role = role_of(name)
    asked = need.focus.index(role) if role in need.focus else len(need.focus)
    return (1.0, float(role is not Role.LEARNING_RATE), asked, TIER[role] or len(TIERS) + 1)


def _measured_shares(now: list[str], measured: Mapping[str, float]) -> tuple[Share, ...]:
    whole = sum(measured.get(n, 0.0) for n in now)
    groups = [
        Share(s.group, sum(measured.get(n, 0.0) for n in s.parameters) / whole, s.parameters)
        for s in budget_shares(now)
    ]
    return tuple(sorted(groups, key=lambda s: -s.share))


def _rates(situation: Situation) -> Rates:
    declared = situation.declared
    name = next(iter(declared.learning_rates), "")
    return Rates(name, wide_enough(declared, name), declared.usual_rates(name), declared.space.get(name))
