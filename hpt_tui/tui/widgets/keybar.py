"""The keys at the foot: as many as there is room for, each of them to be clicked as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.message import Message

from hpt_tui.tui.text import line
from hpt_tui.tui.widgets.panel import Placard


@dataclass(frozen=True, slots=True)
class Hint:
    """A key in the bar; of the ones that don't fit, those with the highest ``rank`` go."""

    shown: str
    label: str
    action: str
    rank: int = 0

    @property
    def width(self) -> int:
        return cell_len(self.shown) + 1 + cell_len(self.label) + 2


class KeyBar(Placard, can_focus=False):
    """One line of keys, the last of them at the right end."""

    DEFAULT_CSS = """
    KeyBar { height: 1; padding: 0 1; overflow: hidden hidden; background: $panel; }
    """

    class Pressed(Message):
        """A key was clicked."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, hints: Sequence[Hint], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._hints = tuple(hints)
        self._shown: list[tuple[int, Hint]] = []

    def change(self, hints: Sequence[Hint]) -> None:
        """Show other keys."""
        if tuple(hints) != self._hints:
            self._hints = tuple(hints)
            self.redraw()

    def lines(self) -> Sequence[Text]:
        kept = list(self._hints)
        while len(kept) > 1 and sum(h.width for h in kept) - 2 > self.room:
            kept.remove(max(reversed(kept), key=lambda h: h.rank))
        text, self._shown = line(), []
        for hint in kept:
            if hint is kept[-1] and len(kept) > 2:
                text.pad_right(self.room - text.cell_len - hint.width + 2)
            self._shown.append((text.cell_len, hint))
            text.append_text(line((hint.shown, self.pen("key")), " ", hint.label, "  "))
        text.rstrip()
        return (text,)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        for start, hint in self._shown:
            if start <= offset.x < start + hint.width - 2:
                self.post_message(self.Pressed(hint.action))
