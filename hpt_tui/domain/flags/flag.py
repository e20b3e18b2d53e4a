"""A red flag: something about the search that a person should know, with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from hpt_tui.domain.orders.order import Order

Figure: TypeAlias = float | int | str


class Severity(StrEnum):
    """How bad, in the order in which flags are listed."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Flag:
    """One finding. Its texts carry the measured numbers; parameter names in them are hostile text."""

    id: str
    """``edge``, ``over-pruned`` …: one of ``rules.FLAG_IDS``."""
    severity: Severity
    summary: str
    """One sentence: the thing, the measured number, what it means."""
    cause: str
    fix: str
    evidence: tuple[tuple[str, Figure], ...] = ()
    """Labelled numbers, in the order in which they are to be read."""
    parameters: tuple[str, ...] = ()
    trials: tuple[int, ...] = ()
    """The numbers of the trials that show it, the clearest first."""
    order: Order | None = None
    """What would put it right, where an order can."""
    rule: str = ""
    """The requirement behind it, e.g. ``G24.3``."""
    why_no_order: str = ""
    """Where nothing can be ordered: why, as a sentence."""

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """What makes it the same flag from one frame to the next."""
        return self.id, self.parameters
