"""The trials table as strips: head, rows, and the part of them that the panel has room for."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.strip import Strip

from hpt_tui.domain.quantities import STATE, VALUE
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialRow, TrialState
from hpt_tui.tui.columns import Columns
from hpt_tui.tui.listing import Listing
from hpt_tui.tui.words import BASELINE, BEST, CHOSEN, MARKED, STATE_PENS

GUTTER = 4
"""Cells before the number: the mark of the comparison, best or baseline, the cursor, and a gap."""


class TrialStrips:
    """Draws with the pens of ``pen``; rows of the same content are drawn once."""

    def __init__(self, pen: Callable[[str], Style]) -> None:
        self.columns = Columns()
        self._pen = pen
        self._cache: LRUCache[object, Strip] = LRUCache(2048)
        self._widths: tuple[object, ...] = ()
        """Of the columns when they were last fitted: what the strips' looks depend on beside their texts."""
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
        self.squeeze(room)

    def squeeze(self, room: int) -> None:
        """Give the titles what room there is, and take the columns' widths from now on."""
        self.columns.squeeze(room - GUTTER + 1)
        self._widths = tuple((c.key, c.before, c.after, c.width) for c in self.columns.shown)
        self._ends = list(accumulate((c.width + 2 for c in self.columns.shown), initial=GUTTER - 1))

    # What they look like

    def window(self, whole: Strip, left: int, room: int) -> Strip:
        """The part of a line that is seen when it is scrolled to ``left``, without halves of numbers."""
        start = self.sticky + left
        cut = whole.crop_extend(start, room + left, None)
        ends, right = self._ends, start + cut.cell_length
        first = 0 if start in ends else min((e for e in ends if e > start), default=start) - start
        last = max((e for e in ends if e - 1 <= right), default=right) - start
        before, middle, after = cut.crop(0, max(0, first)), cut.crop(max(0, first), last), cut.crop(last)
        return Strip.join([whole.crop(0, self.sticky), _blanked(before), middle, _blanked(after)])

    def header(self, listing: Listing, study: StudySnapshot) -> Strip:
        """The columns' titles, the one that it is sorted by with the order's sign."""
        head, key = self._pen("head"), self._pen("key")
        sign = "↓" if listing.descending(study.directions) else "↑"
        parts = [Segment(" " * (GUTTER - 1), head)]
        for column in self.columns.shown:
            if column.key == listing.column:
                parts.append(Segment(" " + column.heading(sign), key))
            else:
                parts.append(Segment(" " + column.heading() + " ", head))
        return Strip(parts)

    def row(self, trial: TrialRow, study: StudySnapshot, now: float, *, selected: bool, marked: bool) -> Strip:
        """One trial, as wide as all columns."""
        best = study.best is not None and study.best.number == trial.number
        sign = BEST if best else BASELINE if trial.baseline else " "
        texts = self.columns.texts(trial, now)
        key = (texts, self._widths, trial.state, sign, selected, marked)
        if (cached := self._cache.get(key)) is not None:
            return cached
        cells = self._cells(texts, trial.state, best=best)
        signs = [Segment(MARKED if marked else " ", self._pen("run")), Segment(sign, self._pen("best"))]
        signs.append(Segment(CHOSEN if selected else " ", self._pen("key")))
        strip = Strip(signs + cells)
        if selected:
            strip = Strip([Segment(s.text, self._pen("cursor")) for s in strip])
        self._cache[key] = strip
        return strip

    def _cells(self, texts: tuple[str, ...], state: TrialState, *, best: bool) -> list[Segment]:
        pens = {STATE: self._pen(STATE_PENS[state])}
        if best:
            pens[VALUE] = self._pen("best")
        usual = self._pen("dim" if state is TrialState.PRUNED else "text")
        columns = zip(self.columns.shown, texts, strict=True)
        return [Segment(" " + column.cell(text) + " ", pens.get(column.key, usual)) for column, text in columns]


def _blanked(strip: Strip) -> Strip:
    return Strip([Segment(" " * cell_len(s.text), s.style) for s in strip])
