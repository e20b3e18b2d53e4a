"""What the main screen is before and after the study has been read: a grid of panels, and the keys below it."""

from __future__ import annotations

from typing import ClassVar

from textual.geometry import Size
from textual.screen import Screen

from hpt_tui.tui.keys import KEYS
from hpt_tui.tui.widgets.keybar import Hint
from hpt_tui.tui.widgets.panel import PENS

COMPACT_BELOW = (100, 30)
"""Columns and rows below which one panel at a time is shown."""
WIDE_FROM = 160
"""Columns from which the panels share the width evenly."""
HINTS = (
    *(Hint(k.shown, k.label, k.id, k.rank) for k in KEYS if k.rank < 9 and k.id != "help"),
    Hint("?", "help", "help", 0),
)
PANEL_HINT = Hint("1-4", "panels", "next_panel", 0)


class Desk(Screen[None]):
    """The head, four panels in a grid, and the keys: the same places whether or not there is anything to show."""

    COMPONENT_CLASSES: ClassVar[set[str]] = PENS

    def fit_to(self, size: Size) -> None:
        """Lay the panels out for a terminal of this size."""
        self.set_class(size.width < COMPACT_BELOW[0] or size.height < COMPACT_BELOW[1], "-compact")
        self.set_class(size.width >= WIDE_FROM, "-wide")

    def hints(self, *, idle: bool) -> tuple[Hint, ...]:
        """The keys at the foot; ``idle``, without workers, the key that starts one goes before all others. In a
        small terminal the panels' keys too."""
        hints = [Hint(h.shown, h.label, h.action) if idle and h.action == "add_worker" else h for h in HINTS]
        if self.has_class("-compact"):
            hints.insert(-1, PANEL_HINT)
        return tuple(hints)
