"""The trials: a table that renders only what is visible and repaints only what has changed."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from enum import Enum
from itertools import accumulate
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from hpt_tui.domain.frame import EMPTY_FRAME, Frame
from hpt_tui.domain.trial import TrialRow
from hpt_tui.tui.columns import Columns
from hpt_tui.tui.listing import FILTERS, VALUE, Listing
from hpt_tui.tui.widgets.panel import Panel
from hpt_tui.tui.widgets.trial_words import empty_table, table_title
from hpt_tui.tui.words import BASELINE, BEST, MARKED, STATE_PENS

GUTTER = 4
"""Cells before the number: a margin, the mark of the comparison, best or baseline, a gap."""


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
        self._columns = Columns()
        self._rows: list[TrialRow] = []
        self._place: dict[int, int] = {}
        self._painted: dict[int, Strip] = {}
        self._cache: LRUCache[object, Strip] = LRUCache(2048)

    # What the others see

    @property
    def rows(self) -> tuple[int, ...]:
        """The numbers of the listed trials, in their order."""
        return tuple(t.number for t in self._rows)

    def show(self, frame: Frame) -> None:
        self._frame = frame
        self._columns.fit(frame.study)
        self.marked = tuple(n for n in self.marked if n in frame.study.by_number)
        self._relist()

    def relist(self, listing: Listing) -> None:
        """Show other trials, or the same in another order; the cursor stays on its trial."""
        self.listing = listing
        self._relist()

    def next_state(self) -> None:
        """Filter by the next state."""
        at = FILTERS.index(self.listing.state)
        self.relist(replace(self.listing, state=FILTERS[(at + 1) % len(FILTERS)]))

    def next_column(self) -> None:
        """Sort by the column to the right."""
        keys = [c.key for c in self._columns.shown] or [VALUE]
        at = keys.index(self.listing.column) if self.listing.column in keys else -1
        self.relist(self.listing.by(keys[(at + 1) % len(keys)]))
        self._reveal_column(self.listing.column)

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

    def _relist(self) -> None:
        before, row = self.cursor, self._place.get(self.cursor if self.cursor is not None else -1, 0)
        self._rows = self.listing.of(self._frame.study, self._frame.now)
        self._place = {t.number: i for i, t in enumerate(self._rows)}
        self._columns.squeeze(self.room - GUTTER + 1)
        self.cursor = self._next_cursor(row)
        self.virtual_size = Size(self._width(), len(self._rows) + 1)
        self._hold(row)
        self._repaint()
        self._title()
        if self.cursor != before:
            self.post_message(self.Selected())

    def _next_cursor(self, row: int) -> int | None:
        if not self._rows:
            return None
        study = self._frame.study
        target = self.cursor
        if self.follow is Follow.NEWEST:
            target = max(self._place)
        elif self.follow is Follow.BEST and study.best is not None:
            target = study.best.number
        elif self.follow is Follow.BEST:
            target = self._rows[0].number
        if target in self._place:
            return target
        return self._rows[min(row, len(self._rows) - 1)].number

    def _hold(self, row: int) -> None:
        """Keep the cursor at the height where it was, and in view."""
        if self.cursor is None:
            return
        now = self._place[self.cursor]
        if self.follow is Follow.TRIAL and self.scroll_offset.y and now != row:
            self.scroll_to(y=self.scroll_offset.y + now - row, animate=False)
        self._reveal()

    def _reveal(self) -> None:
        if self.cursor is None or self.size.height < 2:
            return
        row, room, top = self._place[self.cursor], self.size.height - 1, self.scroll_offset.y
        if row < top:
            self.scroll_to(y=row, animate=False)
        elif row >= top + room:
            self.scroll_to(y=row - room + 1, animate=False)

    def _select(self, row: int) -> None:
        self.follow = Follow.TRIAL
        self.cursor = self._rows[max(0, min(row, len(self._rows) - 1))].number
        self._reveal()
        self._repaint()
        self._title()
        self.post_message(self.Selected())

    # Gestures

    def action_move(self, rows: int) -> None:
        if self.cursor is not None:
            self._select(self._place[self.cursor] + rows)

    def action_page(self, pages: int) -> None:
        self.action_move(pages * max(1, self.size.height - 2))

    def action_sideways(self, columns: int) -> None:
        """Scroll so that the next, or the former, parameter stands beside the numbers."""
        starts = list(accumulate((c.width + 2 for c in self._columns.shown[1:]), initial=0))
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
        elif (row := offset.y - 1 + self.scroll_offset.y) < len(self._rows):
            opened = event.chain == 2
            self._select(row)
            if opened:
                self.action_open()

    def _sort_at(self, x: int) -> None:
        sticky = self._sticky()
        x = x if x < sticky else x + self.scroll_offset.x
        edge = GUTTER - 2
        for column in self._columns.shown:
            edge += column.width + 2
            if x < edge + 1:
                self.relist(self.listing.by(column.key))
                return

    # Rendering

    @property
    def hidden_columns(self) -> int:
        """How many columns lie beyond the right edge."""
        edge, right = GUTTER - 1, self.room + self.scroll_offset.x
        ends = list(accumulate((c.width + 2 for c in self._columns.shown), initial=edge))[1:]
        return sum(end - 1 > right for end in ends) if self._rows else 0

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_x(old_value, new_value)
        self._title()

    def _sticky(self) -> int:
        return GUTTER + (self._columns.shown[0].width if self._columns.shown else 0)

    def _width(self) -> int:
        return GUTTER - 1 + sum(c.width + 2 for c in self._columns.shown) if self._rows else 0

    def _reveal_column(self, key: str) -> None:
        start = 0
        for column in self._columns.shown[1:]:
            if column.key == key:
                left, room = self.scroll_offset.x, self.room - self._sticky()
                if not left <= start <= left + room - column.width - 3:
                    self.scroll_to(x=max(0, start + column.width + 3 - room), animate=False)
            start += column.width + 2

    def _title(self) -> None:
        table_title(self, self._frame, len(self._rows))

    def redraw(self) -> None:
        self._cache.clear()
        if self.room:
            self._columns.squeeze(self.room - GUTTER + 1)
            self._title()
            self._hold(self._place.get(self.cursor if self.cursor is not None else -1, 0))
            self._repaint()

    def _repaint(self) -> None:
        for y in range(self.size.height):
            if self._painted.get(y) != self.render_line(y):
                self.refresh(Region(0, y, self.room, 1))

    def render_line(self, y: int) -> Strip:
        strip = self._line(y)
        self._painted[y] = strip
        return strip

    def _line(self, y: int) -> Strip:
        width, left = self.room, self.scroll_offset.x
        if not self._frame.study.trials or not self._rows:
            return empty_table(self, self._frame, y)
        if y == 0:
            whole = self._header()
        elif (row := y - 1 + self.scroll_offset.y) < len(self._rows):
            whole = self._row(self._rows[row])
        else:
            return Strip.blank(width, self.rich_style)
        sticky = self._sticky()
        base = self.rich_style
        fixed, rest = whole.crop(0, sticky), whole.crop_extend(sticky + left, width + left, None)
        return Strip.join([fixed, self._without_halves(rest, sticky + left)]).apply_style(base)

    def _without_halves(self, cut: Strip, start: int) -> Strip:
        """Blank what is left of a column at an edge: half of a number is another number."""
        ends = list(accumulate((c.width + 2 for c in self._columns.shown), initial=GUTTER - 1))
        right = start + cut.cell_length
        first = 0 if start in ends else min((e for e in ends if e > start), default=start) - start
        last = max((e for e in ends if e - 1 <= right), default=right) - start
        if first <= 0 and last >= cut.cell_length:
            return cut
        before, middle, after = cut.crop(0, first), cut.crop(first, last), cut.crop(last)
        return Strip.join([_blanked(before), middle, _blanked(after)])

    def _header(self) -> Strip:
        head, key = self.pen("head"), self.pen("key")
        sign = "↓" if self.listing.descending(self._frame.study.direction) else "↑"
        parts = [Segment(" " * (GUTTER - 2), head)]
        for column in self._columns.shown:
            sorted_by = column.key == self.listing.column
            text = column.heading(sign) if sorted_by else column.heading() + " "
            parts.append(Segment(" " + text, key if sorted_by else head))
        return Strip(parts)

    def _row(self, trial: TrialRow) -> Strip:
        study = self._frame.study
        texts = self._columns.texts(trial, self._frame.now)
        selected = trial.number == self.cursor
        marked = trial.number in self.marked
        best = study.best is not None and study.best.number == trial.number
        sign = BEST if best else BASELINE if trial.baseline else " "
        widths = tuple((c.before, c.after, c.width) for c in self._columns.shown)
        key = (texts, widths, selected, marked, sign, trial.state)
        if (cached := self._cache.get(key)) is not None:
            return cached
        strip = self._paint(texts, trial, selected, marked, sign)
        self._cache[key] = strip
        return strip

    def _paint(self, texts: tuple[str, ...], trial: TrialRow, selected: bool, marked: bool, sign: str) -> Strip:
        state = self.pen(STATE_PENS[trial.state])
        plain_pen = self.pen("text") if trial.state.value != "pruned" else self.pen("dim")
        parts = [
            Segment(MARKED if marked else " ", self.pen("run")),
            Segment(sign + " ", self.pen("best")),
        ]
        for column, text in zip(self._columns.shown, texts, strict=True):
            style: Style = state if column.key == "state" else plain_pen
            if column.key == VALUE and sign == BEST:
                style = self.pen("best")
            parts.append(Segment(" " + column.cell(text) + " ", style))
        strip = Strip(parts)
        if selected:
            strip = strip.extend_cell_length(max(self.room, self._width()))
            cursor = self.pen("cursor")
            return Strip([Segment(s.text, cursor) for s in strip])
        return strip


def _blanked(strip: Strip) -> Strip:
    return Strip([Segment(" " * cell_len(s.text), s.style) for s in strip])
