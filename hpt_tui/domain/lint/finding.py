"""A finding: something about a declared search that costs its owner trials, with what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from hpt_tui.domain.space import Range

Figure: TypeAlias = float | int | str


class Level(StrEnum):
    """How bad, in the order in which findings are listed."""

    ERROR = "error"
    """The search cannot find what it is for."""
    WARNING = "warning"
    """It wastes trials, or misleads."""
    INFO = "info"
    """Worth knowing; a healthy search has some."""

    @property
    def rank(self) -> int:
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """Its texts carry the measured numbers; parameter names in them have no control characters."""

    id: str
    """The rule's name, spelt with hyphens: ``linear-scale``, ``narrow-lr`` …"""
    level: Level
    rule: str
    """The requirement behind it, e.g. ``G18``."""
    summary: str
    """One sentence: the thing, the number, what it means."""
    why: str
    fix: str
    parameters: tuple[str, ...] = ()
    evidence: tuple[tuple[str, Figure], ...] = ()
    """Labelled numbers, in the order in which they are to be read."""
    corrected: Mapping[str, Range] = field(default_factory=dict)
    """What to write instead, by parameter; one that the space lacks is to be added. Empty: nothing that lint
    could write for you."""
