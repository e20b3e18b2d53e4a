"""The trials: a table that renders only what is visible and repaints only what has changed."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from enum import Enum
from typing import ClassVar

import numpy as np
from textual import events
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from hpt_tui.domain.frame import EMPTY_FRAME, Frame
from hpt_tui.domain.quantities import TIME, VALUE
from hpt_tui.domain.trial_filter import Filter, read
from hpt_tui.domain.trials import Places
from hpt_tui.tui.columns import KEPT, Arrangement, Column
from hpt_tui.tui.listing import FILTERS, Listing, Order, listed
from hpt_tui.tui.widgets.panel import Panel
from hpt_tui.tui.widgets.trial_strips import TrialStrips
from hpt_tui.tui.widgets.trial_words import empty_table, filter_problem, table_title


class Follow(Enum):
    """What the cursor goes along with."""

    TRIAL = ""
    NEWEST = "newest"
    BEST = "best"


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
        self.listing = Listing()
        self.follow = Follow.BEST
        self.cursor: int | None = None
        """The number of the selected trial."""
        self.marked: tuple[int, ...] = ()
        """The numbers of the trials to compare, in the order in which they were marked."""
        self._frame = EMPTY_FRAME
        self._drawing = TrialStrips(self.pen, lambda: self.rich_style)
        self.problem = ""
        """Why the text of the listing is no filter; the one before is then still in force."""
        self._wanted = Filter()
        self._order = Order()
        self._listed: Places = np.empty(0, np.intp)
        self._row = 0
        """The cursor's."""
        self._drawn: dict[tuple[int, bool, bool, tuple[int, int]], Strip] = {}
        """The rows of this very frame: a trial's place, chosen, marked, and the window on it."""
        self._painted: dict[int, Strip] = {}

    # What the others see

    @property
    def rows(self) -> tuple[int, ...]:
        """The numbers of the listed trials, in their order."""
        return self._frame.study.trials.select(self._listed).numbers

    @property
    def columns(self) -> list[Column]:
        """All columns in their order, the hidden ones among them."""
        return self.arrangement.sort(self._drawing.columns.every)

    @property
    def arrangement(self) -> Arrangement:
        return self._drawing.columns.arrangement

    def show(self, frame: Frame) -> None:
        same, self._frame = frame.study is self._frame.study, frame
        if not frame.study.single and self.follow is Follow.BEST:
            self.follow = Follow.TRIAL
        self._drawing.columns.fit(frame.study, frame.now)
        self._drawn.clear()
        running = self.listing.column == TIME or self._wanted.running
        if same and len(self._listed) and not running:
            self._squeeze()
            self._repaint()
            return
        self.marked = tuple(n for n in self.marked if n in frame.study.by_number)
        self._relist()

    def relist(self, listing: Listing) -> None:
        """Show other trials, or the same in another order; the cursor stays on its trial. A text that is no
        filter leaves the one before in force."""
        self.listing = listing
        self._read()
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
        if not self._frame.study.single and len(self._listed):
            self._select(0)

    def go_along(self, follow: Follow) -> None:
        """Follow the newest or the best trial from now on, or stay where the cursor is."""
        self.follow = follow
        self._relist()

    def unmark(self) -> None:
        self.marked = ()
        self._repaint()
        self._title()
        self.post_message(self.Selected())

    # Rows and cursor

    def _read(self) -> None:
        found = read(self.listing.text, self._frame.study, self._frame.now)
        self.problem = found.problem
        if not found.problem:
            self._wanted = found

    def _relist(self) -> None:
        before, row = self.cursor, self._row
        study, now = self._frame.study, self._frame.now
        if self.problem:
            self._read()
        self._listed = listed(self._order.of(self.listing, study, now), self.listing, self._wanted, study, now)
        self._squeeze()
        self._row, self.cursor = self._next_cursor(row)
        self._span()
        self._hold(row, moved=self.cursor != before)
        self._repaint()
        self._title()
        if self.cursor != before:
            self.post_message(self.Selected())

    def _squeeze(self) -> None:
        if self._drawing.squeeze(self.room):
            self._drawn.clear()

    def _span(self) -> None:
        self.virtual_size = Size(self._drawing.width if len(self._listed) else 0, len(self._listed) + 1)

    def _number(self, row: int) -> int:
        return int(self._frame.study.trials.columns.numbers[self._listed[row]])

    def _row_of(self, number: int | None) -> int | None:
        """The row in which the trial is listed; None if it is not."""
        place = None if number is None else self._frame.study.trials.place(number)
        if place is None:
            return None
        rows = np.flatnonzero(self._listed == place)
        return int(rows[0]) if len(rows) else None

    def _next_cursor(self, row: int) -> tuple[int, int | None]:
        """The row and the trial that the cursor, which was in ``row``, goes to."""
        if not len(self._listed):
            return 0, None
        study = self._frame.study
        target = self.cursor
        if self.follow is Follow.NEWEST:
            target = int(study.trials.columns.numbers[self._listed.max()])
        elif self.follow is Follow.BEST:
            target = study.best.number if study.best is not None else self._number(0)
        at = self._row_of(target)
        if at is None:
            at = min(row, len(self._listed) - 1)
        return at, self._number(at)

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
        self._row = max(0, min(row, len(self._listed) - 1))
        self.cursor = self._number(self._row)
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
        self.marked = others if self.cursor in self.marked else (*others, self.cursor)
        self._repaint()
        self._title()
        self.post_message(self.Selected())

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y == 0:
            self._sort_at(offset.x)
        elif (row := offset.y - 1 + self.scroll_offset.y) < len(self._listed):
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
        return self._drawing.hidden(self.scroll_offset.x, self.room) if len(self._listed) else 0

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_x(old_value, new_value)
        self._title()

    def _reveal_column(self, key: str) -> None:
        at = [c.key for c in self._drawing.columns.shown].index(key)
        start, width = self._drawing.starts[at], self._drawing.columns.shown[at].width + 2
        left, room = self.scroll_offset.x, self.room - self._drawing.sticky
        if at and not left + 1 <= start <= left + room - width + 2:
            self.scroll_to(x=max(0, start - room + width), animate=False)

    def _title(self) -> None:
        table_title(self, self._frame, len(self._listed))

    def redraw(self) -> None:
        if self.room:
            self._drawing.fit(self.room)
            self._drawn.clear()
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
        if not len(self._listed):
            return empty_table(self, self._frame, y)
        if (said := filter_problem(self, y)) is not None:
            return said
        if y == 0:
            return self._drawing.header(self.listing, self._frame.study, self.scroll_offset.x, self.room)
        if row < len(self._listed):
            return self._drawn_row(row)
        return Strip.blank(self.room, self.rich_style)

    def _drawn_row(self, row: int) -> Strip:
        place, frame = int(self._listed[row]), self._frame
        number = int(frame.study.trials.columns.numbers[place])
        selected, marked = number == self.cursor, number in self.marked
        window = (self.scroll_offset.x, self.room)
        key = (place, selected, marked, window)
        if (drawn := self._drawn.get(key)) is None:
            trial = frame.study.trials[place]
            drawn = self._drawing.row(trial, frame.study, frame.now, window, selected=selected, marked=marked)
            if len(self._drawn) >= KEPT:
                self._drawn.clear()
            self._drawn[key] = drawn
        return drawn
