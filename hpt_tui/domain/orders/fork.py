"""Going on in a successor of the study, for what Optuna forbids within one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hpt_tui.domain.orders.order import Order

if TYPE_CHECKING:
    from hpt_tui.domain.event import Event
    from hpt_tui.domain.redeclare import Redeclaration


@dataclass(frozen=True, slots=True)
class ForkStudy(Order):
    """Make the successor ``name`` with these changes; the workers go on there. It takes as long as its trials take
    to copy, and is carried out beside the tick."""

    name: str
    changes: Sequence[Redeclaration]

    def said(self, event: Event) -> str:
        return f"{event.sentence}: copying the trials, then the workers move over"
