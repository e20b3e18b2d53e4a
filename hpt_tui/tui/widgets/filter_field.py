"""The field of the trial filter: it writes out names, states and keywords."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding
from textual.suggester import Suggester
from textual.widgets import Input

from hpt_tui.domain.filter_completion import complete
from hpt_tui.domain.snapshot import EMPTY_SNAPSHOT, StudySnapshot


class FilterField(Input):
    """Shows how the word goes on as ghost text; the right arrow takes it, Tab takes it at any word."""

    BINDINGS: ClassVar = [Binding("tab", "complete", show=False)]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        self.study: StudySnapshot = EMPTY_SNAPSHOT
        """The study whose names are written out."""
        super().__init__(
            id=id,
            placeholder="lr<1e-3 state:pruned or has:note …  (tab completes, enter keeps, escape clears)",
            suggester=Names(self),
        )

    def action_complete(self) -> None:
        """Write out the word at the cursor."""
        found = complete(self.value, self.cursor_position, self.study)
        if found is not None:
            self.value, self.cursor_position = found.text, found.cursor


class Names(Suggester):
    """How what a field holds goes on at its end."""

    def __init__(self, field: FilterField) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._field = field

    async def get_suggestion(self, value: str) -> str | None:
        found = complete(value, len(value), self._field.study)
        return found.text if found is not None and found.text.startswith(value) else None
