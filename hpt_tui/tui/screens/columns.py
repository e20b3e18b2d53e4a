"""The dialog that chooses the columns of the trials table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from hpt_tui.domain.quantities import NUMBER
from hpt_tui.tui.columns import Arrangement, Column
from hpt_tui.tui.screens.page import BACK, Dialog, Sentences
from hpt_tui.tui.text import fit, line
from hpt_tui.tui.widgets.keybar import Hint, KeyBar
from hpt_tui.tui.widgets.panel import Panel
from hpt_tui.tui.words import CHOSEN

NAMES = 40
"""Cells that a title has at most."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The columns that were chosen, and the one to sort by."""

    arrangement: Arrangement
    sorted_by: str


class ColumnList(Panel):
    """One column a line, in the order of the table."""

    DEFAULT_CSS = """
    ColumnList { height: auto; max-height: 100%; scrollbar-size-horizontal: 0; }
    """

    def __init__(self, columns: Sequence[Column], choice: Choice) -> None:
        super().__init__()
        self._natural = tuple(columns)
        self._order = choice.arrangement.sort(columns)
        self._hidden = set(choice.arrangement.hidden)
        self._sorted_by = choice.sorted_by
        self._at = 0

    @property
    def choice(self) -> Choice:
        order = tuple(column.key for column in self._order)
        as_ever = order == tuple(column.key for column in self._natural)
        return Choice(Arrangement(() if as_ever else order, frozenset(self._hidden)), self._sorted_by)

    def lines(self) -> Sequence[Text]:
        width = min(NAMES, max(cell_len(column.title) for column in self._order))
        return [self._line(at, column, width) for at, column in enumerate(self._order)]

    def _line(self, at: int, column: Column, width: int) -> Text:
        said = "always shown" if column.key == NUMBER else "hidden" if column.key in self._hidden else "shown"
        said += ", sorted by" if column.key == self._sorted_by else ""
        pen = "cursor" if at == self._at else "dim" if column.key in self._hidden else "text"
        text = f"{CHOSEN if at == self._at else ' '} {fit(column.title, width)}  {said}"
        return line((fit(text, self.room) if at == self._at else text, self.pen(pen)))

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self._order)

    def go(self, at: int) -> None:
        """Put the cursor on line ``at``, or the nearest there is."""
        self._at = max(0, min(at, len(self._order) - 1))
        top, room = self.scroll_offset.y, self.size.height
        if not top <= self._at < top + room:
            self.scroll_to(y=self._at if self._at < top else self._at - room + 1, animate=False)
        self.redraw()

    def move(self, by: int) -> None:
        self.go(self._at + by)

    def toggle(self) -> None:
        """Show or hide the chosen column."""
        key = self._order[self._at].key
        if key != NUMBER:
            self._hidden ^= {key}
        self.redraw()

    def shift(self, by: int) -> None:
        """Move the chosen column up or down. The number stays in front."""
        to = self._at + by
        if self._at and 1 <= to < len(self._order):
            self._order[self._at], self._order[to] = self._order[to], self._order[self._at]
            self.go(to)

    def sort(self) -> None:
        self._sorted_by = self._order[self._at].key
        self.redraw()

    def reset(self) -> None:
        """As it is without any choice."""
        key = self._order[self._at].key
        self._order, self._hidden = list(self._natural), set(Arrangement().hidden)
        self.go(next(at for at, column in enumerate(self._order) if column.key == key))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or (at := offset.y + self.scroll_offset.y) >= len(self._order):
            return
        again = at == self._at
        self.go(at)
        if again:
            self.toggle()


class ColumnChooser(Dialog[Choice | None]):
    """Gives back what was chosen, None if everything is to stay."""

    DEFAULT_CSS = """
    ColumnChooser {
        .box { width: 72; padding: 1 2 0 2; }
        Sentences { dock: top; margin-bottom: 1; }
        ColumnList { margin-bottom: 1; }
    }
    """
    BINDINGS: ClassVar = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "move(-10)", show=False),
        Binding("pagedown", "move(10)", show=False),
        Binding("home", "move(-1000)", show=False),
        Binding("end", "move(1000)", show=False),
        Binding("space", "show_or_hide", show=False),
        Binding("shift+up,left_square_bracket", "shift(-1)", show=False),
        Binding("shift+down,right_square_bracket", "shift(1)", show=False),
        Binding("o", "sort", show=False),
        Binding("r", "reset", show=False),
        Binding("enter", "take", show=False),
    ]
    hints: ClassVar[tuple[Hint, ...]] = (
        Hint("space", "show", "show_or_hide"),
        Hint("[", "up", "shift(-1)"),
        Hint("]", "down", "shift(1)"),
        Hint("o", "sort", "sort"),
        Hint("r", "reset", "reset"),
        Hint("enter", "take", "take"),
        BACK,
    )

    def __init__(self, columns: Sequence[Column], choice: Choice) -> None:
        """``columns``: all there are, in the order of their own."""
        super().__init__()
        self._columns, self._choice = columns, choice

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content("Columns")
            yield Sentences(("Hidden columns can still be filtered and sorted by.",))
            yield ColumnList(self._columns, self._choice)
            yield KeyBar(self.hints)

    def on_mount(self) -> None:
        self._list.focus()

    @property
    def _list(self) -> ColumnList:
        return self.query_one(ColumnList)

    def action_move(self, by: int) -> None:
        self._list.move(by)

    def action_show_or_hide(self) -> None:
        self._list.toggle()

    def action_shift(self, by: int) -> None:
        self._list.shift(by)

    def action_sort(self) -> None:
        self._list.sort()

    def action_reset(self) -> None:
        self._list.reset()

    def action_take(self) -> None:
        self.dismiss(self._list.choice)
