"""The trials: a table that renders only what is visible and repaints only what has changed."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from hpt_tui.domain.frame import EMPTY_FRAME, Frame
from hpt_tui.domain.quantities import VALUE
from hpt_tui.tui.columns import Arrangement, Column
from hpt_tui.tui.listed import Follow, Listed
from hpt_tui.tui.listing import FILTERS, Listing
from hpt_tui.tui.widgets.panel import Panel
from hpt_tui.tui.widgets.trial_strips import Look, TrialStrips
from hpt_tui.tui.widgets.trial_words import empty_table, filter_problem, table_title


class TrialTable(Panel):
    """Lists trials; the cursor is on a trial, not on a row, and keeps it through every frame.

    New rows above the cursor push the view down with it, unless the view is at the top.
    """

    BINDINGS: ClassVar = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "move(-1000000000)", show=False),
        Binding("end", "move(1000000000)", show=False),
        Binding("left", "sideways(-1)", show=False),
        Binding("right", "sideways(1)", show=False),
        Binding("enter", "open", show=False),
        Binding("space", "mark", show=False),
    ]
    DEFAULT_CSS = """
    TrialTable { overflow-x: auto; scrollbar-size-horizontal: 0; }
    """

    class Selected(Message):
        """The cursor is on another trial, or the marks have changed."""

    class Opened(Message):
        """A trial is to be shown in detail."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.follow = Follow.BEST
        self.cursor: int | None = None
        """The number of the selected trial."""
        self.marked: tuple[int, ...] = ()
        """The numbers of the trials to compare, in the order in which they were marked."""
        self._frame = EMPTY_FRAME
        self._drawing = TrialStrips(self.pen, lambda: self.rich_style)
        self._list = Listed()
        self._row = 0
        """The cursor's."""
        self._painted: dict[int, Strip] = {}

    # What the others see

    @property
    def listing(self) -> Listing:
        return self._list.listing

    @property
    def problem(self) -> str:
        """Why the text of the listing is no filter; the one before is then still in force."""
        return self._list.problem

    @property
    def rows(self) -> tuple[int, ...]:
        """The numbers of the listed trials, in their order."""
        return self._list.numbers()

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns, the hidden ones among them, in the order of their own."""
        return tuple(self._drawing.columns.every)

    @property
    def arrangement(self) -> Arrangement:
        return self._drawing.columns.arrangement

    def show(self, frame: Frame) -> None:
        same, self._frame = frame.study is self._frame.study, frame
        if not frame.study.single and self.follow is Follow.BEST:
            self.follow = Follow.TRIAL
        self._drawing.columns.fit(frame.study, frame.now)
        if same and len(self._list) and not self._list.running:
            self._drawing.squeeze(self.room)
            self._repaint()
            return
        self.marked = tuple(n for n in self.marked if n in frame.study.by_number)
        self._relist()

    def relist(self, listing: Listing) -> None:
        """Show other trials, or the same in another order; the cursor stays on its trial. A text that is no
        filter leaves the one before in force."""
        self._list.take(listing, self._frame)
        self._relist()

    def show_columns(self, arrangement: Arrangement) -> None:
        """Show other columns, or the same in another order."""
        self._drawing.columns.arrange(arrangement)
        self._drawing.columns.fit(self._frame.study, self._frame.now)
        self.redraw()

    def next_state(self) -> None:
        """Filter by the next state."""
        at = FILTERS.index(self.listing.state)
        self.relist(replace(self.listing, state=FILTERS[(at + 1) % len(FILTERS)]))

    def next_column(self) -> None:
        """Sort by the column to the right."""
        keys = [c.key for c in self._drawing.columns.shown] or [VALUE]
        at = keys.index(self.listing.column) if self.listing.column in keys else -1
        self.relist(self.listing.by(keys[(at + 1) % len(keys)]))
        self._reveal_column(self.listing.column)

    def go_to_best(self) -> None:
        """Sort by the metric, best first, and follow the best trial; of several objectives, the first one's."""
        self.follow = Follow.BEST if self._frame.study.single else Follow.TRIAL
        self.relist(replace(self.listing, column=VALUE, reverse=False))
        if not self._frame.study.single and len(self._list):
            self._select(0)

    def go_along(self, follow: Follow) -> None:
        """Follow the newest or the best trial from now on, or stay where the cursor is."""
        self.follow = follow
        self._relist()

    def unmark(self) -> None:
        self.mark(())

    def mark_listed(self, most: int) -> None:
        """Mark the trials that are listed, from the top, at most so many."""
        self.mark(self._list.numbers(most))

    def mark(self, numbers: tuple[int, ...]) -> None:
        self.marked = numbers
        self._repaint()
        self._title()
        self.post_message(self.Selected())

    # Rows and cursor

    def _relist(self) -> None:
        before, row = self.cursor, self._row
        self._list.update(self._frame)
        self._drawing.squeeze(self.room)
        self._row, self.cursor = self._list.cursor(self.follow, before, row)
        self._span()
        self._hold(row, moved=self.cursor != before)
        self._repaint()
        self._title()
        if self.cursor != before:
            self.post_message(self.Selected())

    def _span(self) -> None:
        self.virtual_size = Size(self._drawing.width if len(self._list) else 0, len(self._list) + 1)

    def _hold(self, row: int, *, moved: bool) -> None:
        """Keep the cursor, which was in ``row``, at its height; in view if it was, or went to another trial."""
        if self.cursor is None:
            return
        now = self._row
        seen = self.scroll_offset.y <= row < self.scroll_offset.y + self.size.height - 1
        if self.follow is Follow.TRIAL and self.scroll_offset.y and now != row:
            self.scroll_to(y=self.scroll_offset.y + now - row, animate=False)
        if seen or moved:
            self._reveal()

    def _reveal(self) -> None:
        if self.cursor is None or self.size.height < 2:
            return
        row, room, top = self._row, self.size.height - 1, self.scroll_offset.y
        if row < top:
            self.scroll_to(y=row, animate=False)
        elif row >= top + room:
            self.scroll_to(y=row - room + 1, animate=False)

    def _select(self, row: int) -> None:
        self.follow = Follow.TRIAL
        self._row = max(0, min(row, len(self._list) - 1))
        self.cursor = self._list.number(self._row)
        self._reveal()
        self._repaint()
        self._title()
        self.post_message(self.Selected())

    # Gestures

    def action_move(self, rows: int) -> None:
        if self.cursor is not None:
            self._select(self._row + rows)

    def action_page(self, pages: int) -> None:
        self.action_move(pages * max(1, self.size.height - 2))

    def action_sideways(self, columns: int) -> None:
        """Scroll so that the next, or the former, parameter stands beside the numbers."""
        starts = self._drawing.starts
        at = bisect_right(starts, self.scroll_offset.x) - 1 + columns
        self.scroll_to(x=starts[max(0, min(at, len(starts) - 1))], animate=False)

    def action_open(self) -> None:
        if self.cursor is not None:
            self.post_message(self.Opened(self.cursor))

    def action_mark(self) -> None:
        if self.cursor is None:
            return
        others = tuple(n for n in self.marked if n != self.cursor)
        self.mark(others if self.cursor in self.marked else (*others, self.cursor))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y == 0:
            self._sort_at(offset.x)
        elif (row := offset.y - 1 + self.scroll_offset.y) < len(self._list):
            opened = event.chain == 2
            self._select(row)
            if opened:
                self.action_open()

    def _sort_at(self, x: int) -> None:
        if (key := self._drawing.column_at(x, self.scroll_offset.x)) is not None:
            self.relist(self.listing.by(key))

    # Rendering

    @property
    def hidden_columns(self) -> int:
        """How many columns lie beyond the right edge."""
        return self._drawing.hidden(self.scroll_offset.x, self.room) if len(self._list) else 0

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_x(old_value, new_value)
        self._title()

    def _reveal_column(self, key: str) -> None:
        keys = [c.key for c in self._drawing.columns.shown]
        if key not in keys:
            return
        at = keys.index(key)
        start, width = self._drawing.starts[at], self._drawing.columns.shown[at].width + 2
        left, room = self.scroll_offset.x, self.room - self._drawing.sticky
        if at and not left + 1 <= start <= left + room - width + 2:
            self.scroll_to(x=max(0, start - room + width), animate=False)

    def _title(self) -> None:
        table_title(self, self._frame, len(self._list))

    def redraw(self) -> None:
        if self.room:
            self._drawing.fit(self.room)
            self._span()
            self._title()
            self._reveal()
            self._repaint()

    def _repaint(self) -> None:
        for y in range(self.size.height):
            self.repaint_line(y, self._painted.get(y, Strip.blank(0)), self.render_line(y))

    def render_line(self, y: int) -> Strip:
        self._painted[y] = strip = self._line(y)
        return strip

    def _line(self, y: int) -> Strip:
        row = y - 1 + self.scroll_offset.y
        if not len(self._list):
            return empty_table(self, self._frame, y)
        if (said := filter_problem(self, y)) is not None:
            return said
        if y == 0:
            return self._drawing.header(self.listing, self._frame.study, self.scroll_offset.x, self.room)
        if row < len(self._list):
            number = self._list.number(row)
            look = Look(number == self.cursor, number in self.marked, self.scroll_offset.x, self.room)
            return self._drawing.row(number, self._frame, look)
        return Strip.blank(self.room, self.rich_style)
