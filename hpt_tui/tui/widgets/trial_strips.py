"""The trials table as strips: head, rows, and the part of them that the panel has room for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TypeAlias

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.strip import Strip

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.quantities import STATE, VALUE
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.trials import STATES, Mark
from hpt_tui.tui.columns import KEPT, Columns
from hpt_tui.tui.listing import Listing
from hpt_tui.tui.words import BASELINE, BEST, CHOSEN, INFEASIBLE, MARKED, STATE_PENS

Piece: TypeAlias = tuple[str, Style]
GUTTER = 4
"""Cells before the number: the mark of the comparison, best, infeasible or baseline, the cursor, and a gap."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a row looks like beside its texts, and the window on it: cells scrolled by, cells that there are."""

    selected: bool
    marked: bool
    left: int
    room: int


class TrialStrips:
    """Draws with the pens of ``pen`` on ``ground``; lines of the same content are drawn once."""

    def __init__(self, pen: Callable[[str], Style], ground: Callable[[], Style]) -> None:
        self.columns = Columns()
        self._pen, self._ground = pen, ground
        self._pens: dict[str, Style] = {}
        self._cache: LRUCache[object, Strip] = LRUCache(2048)
        self._drawn: LRUCache[tuple[int, Look], Strip] = LRUCache(KEPT)
        """The rows of this very frame, by number."""
        self._frame: Frame | None = None
        self._widths: tuple[tuple[str, int, int, int], ...] = ()
        """Of the columns when they were last squeezed: what the lines' looks depend on beside their texts."""
        self._ends: list[int] = [GUTTER - 1]
        """Where each column ends, after the gutter's end."""

    # Where things are

    @property
    def sticky(self) -> int:
        """Cells at the left that don't scroll: the marks and the number."""
        return GUTTER + (self.columns.shown[0].width if self.columns.shown else 0)

    @property
    def width(self) -> int:
        return self._ends[-1]

    @property
    def starts(self) -> list[int]:
        """How far to scroll to have each column stand beside the numbers."""
        return [edge - self._ends[1] for edge in self._ends[1:]]

    def hidden(self, left: int, room: int) -> int:
        """How many columns lie, or reach, beyond the right edge."""
        return sum(edge - 1 > room + left for edge in self._ends[1:])

    def column_at(self, x: int, left: int) -> str | None:
        """The key of the column under cell ``x`` of the panel."""
        x = x if x < self.sticky else x + left
        return next((c.key for c, edge in zip(self.columns.shown, self._ends[1:], strict=True) if x < edge), None)

    def fit(self, room: int) -> None:
        """Draw anew, for a panel of ``room`` cells."""
        self._cache.clear()
        self._drawn.clear()
        self._pens.clear()
        self.squeeze(room)

    def squeeze(self, room: int) -> None:
        """Give the titles what room there is, and take the columns' widths from now on."""
        self.columns.squeeze(room - GUTTER + 1)
        before = self._widths
        self._widths = tuple((c.key, c.before, c.after, c.width) for c in self.columns.shown)
        self._ends = list(accumulate((width + 2 for *_, width in self._widths), initial=GUTTER - 1))
        if self._widths != before:
            self._drawn.clear()

    # What they look like

    def header(self, listing: Listing, study: StudySnapshot, left: int, room: int) -> Strip:
        """The columns' titles, the one that it is sorted by with the order's sign."""
        sign = "↓" if listing.descending(study.directions) else "↑"
        key = (listing.column, sign, self._widths, left, room)
        if (cached := self._cache.get(key)) is None:
            cells, view = [], self._view(left, room)
            for column in (*self.columns.shown[:1], *self.columns.shown[view]):
                chosen = column.key == listing.column
                text = f" {column.heading(sign)}" if chosen else f" {column.heading()} "
                cells.append((text, self._style("key" if chosen else "head")))
            signs = [(" " * (GUTTER - 1), self._style("head"))]
            cached = self._cache[key] = self._window(signs, cells, left, room)
        return cached

    def row(self, number: int, frame: Frame, look: Look) -> Strip:
        """One trial."""
        if frame is not self._frame:
            self._frame = frame
            self._drawn.clear()
        if (drawn := self._drawn.get((number, look))) is None:
            place = frame.study.trials.place(number) or 0
            drawn = self._drawn[number, look] = self._row(place, frame, look)
        return drawn

    def _row(self, place: int, frame: Frame, look: Look) -> Strip:
        c = frame.study.trials.columns
        best = frame.study.best is not None and frame.study.best.number == c.numbers[place]
        sign = BEST if best else _sign(c.marks[place])
        state, view = STATES[c.states[place]], self._view(look.left, look.room)
        texts = self.columns.texts(place, frame.now, view)
        key = (texts, self._widths, state, sign, look)
        if (cached := self._cache.get(key)) is None:
            cells = self._cells(texts, view, state, sign)
            signs = [
                (MARKED if look.marked else " ", self._style("run")),
                (sign, self._style("warn" if sign == INFEASIBLE else "best")),
                (CHOSEN if look.selected else " ", self._style("key")),
            ]
            cursor = self._style("cursor") if look.selected else None
            cached = self._cache[key] = self._window(signs, cells, look.left, look.room, cursor)
        return cached

    def _cells(self, texts: tuple[str, ...], view: slice, state: TrialState, sign: str) -> list[Piece]:
        pens = {STATE: self._style(STATE_PENS[state])}
        if sign == BEST:
            pens[VALUE] = self._style("best")
        usual = self._style("dim" if state is TrialState.PRUNED or sign == INFEASIBLE else "text")
        columns = (*self.columns.shown[:1], *self.columns.shown[view])
        widths = (*self._widths[:1], *self._widths[view])
        return [
            (f" {column.cell(text, width)} ", pens.get(column.key, usual))
            for column, (*_, width), text in zip(columns, widths, texts, strict=True)
        ]

    def _style(self, pen: str) -> Style:
        if pen not in self._pens:
            self._pens[pen] = self._ground() + self._pen(pen)
        return self._pens[pen]

    def _view(self, left: int, room: int) -> slice:
        """The columns after the number of which something is seen."""
        first = bisect_right(self._ends, self.sticky + left) - 1
        return slice(max(1, first), bisect_left(self._ends, room + left, 1, len(self._ends) - 1))

    def _window(
        self, signs: list[Piece], cells: list[Piece], left: int, room: int, whole: Style | None = None
    ) -> Strip:
        """The part of a line that is seen when it is scrolled to ``left``, without halves of numbers; in one style
        if there is one for the ``whole`` line. ``cells``: the number's and those in view."""
        (number, pen), *others = cells
        # The gap after the number scrolls as the others do.
        seen = [*self._seen((" ", pen), others, left, room)]
        spare = room - self.sticky - sum(cell_len(text) for text, _ in seen)
        pieces = [*signs, (number[:-1], pen), *seen, (" " * spare, whole or self._ground())]
        return Strip([Segment(text, whole or style) for text, style in pieces if text], room)

    def _seen(self, gap: Piece, cells: list[Piece], left: int, room: int) -> Iterator[Piece]:
        """What is seen of the cells, blank where they reach beyond an edge."""
        start, end, first = self.sticky + left, room + left, self._view(left, room).start
        edges = [(self._ends[1] - 1, self._ends[1]), *pairwise(self._ends[first:])]
        for (text, style), (begins, ends) in zip([gap, *cells], edges, strict=False):
            if begins >= start and ends - 1 <= end:
                yield (text if ends <= end else text[:-1]), style
            else:
                yield " " * (min(ends, end) - max(begins, start)), style


def _sign(marks: int) -> str:
    """What stands before a trial that is not the best."""
    if marks & Mark.INFEASIBLE:
        return INFEASIBLE
    return BASELINE if marks & Mark.BASELINE else " "
