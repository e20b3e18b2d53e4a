"""Curves as braille in a frame of axes, with labels at the curves' ends. plotext draws the axes."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from plotext._figure import _figure_class
from rich.cells import cell_len
from rich.color import Color
from rich.style import Style
from rich.text import Text

from hpt_tui.domain.trials import Floats, Ints
from hpt_tui.tui.axis import Axis
from hpt_tui.tui.pixels import Cells, dots, line
from hpt_tui.tui.text import fit

Colour: TypeAlias = int | tuple[int, int, int]

BELOW = 2
"""Rows that the step axis and its labels take."""

_WIDE, _REST = 0xF0000, "\U000ffffd"
"""What stands for characters of two cells while an axis is laid out, and for their second cells: private ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One curve, ready to draw: its points in the axes' own units, all finite, in the order of ``x``."""

    label: str
    colour: Colour
    x: Floats | Ints
    """(points,), as is ``y``."""
    y: Floats
    span: tuple[float, float]
    """The first and the last step, whether their values can be drawn or not."""
    broken: float | None = None
    """The first step at which a value was NaN, infinite, or could not be drawn."""
    sign: str = ""
    """What stands at each point; empty: a line joins them."""

    def __eq__(self, other: object) -> bool:
        if self is other or not isinstance(other, Series):
            return self is other
        mine, others = ((s.label, s.colour, s.span, s.broken, s.sign, s.x.shape) for s in (self, other))
        return mine == others and np.array_equal(self.y, other.y) and np.array_equal(self.x, other.x)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that decides what a plot looks like: equal pictures are drawn once."""

    series: tuple[Series, ...]
    x: Axis
    y: Axis
    width: int
    height: int
    labels: int
    """Cells at the right for the curves' labels."""
    unit: str = "step"
    gutter: int = 1
    """Cells at the left, at least, for the labels of the values."""

    def fills(self, width: int, height: int) -> bool:
        return (self.width, self.height) == (width, height)


class Plotter:
    """Draws pictures one after the other; a curve that is in the same place as before is not traced again."""

    def __init__(self) -> None:
        self._traced: dict[int, tuple[Series, object, list[Cells]]] = {}

    def draw(self, picture: Picture, label_styles: Sequence[Style], dim: Style) -> list[Text]:
        """The picture as lines of exactly its width."""
        column, last = _labels(picture), picture.height - BELOW
        lines = self._canvas(picture)
        for row, text in enumerate(lines):
            at = column.get(row)
            if at is not None:
                text.append(fit(" " + picture.series[at].label, picture.labels), label_styles[at])
            elif row == last:
                text.append(fit(" " + picture.unit, picture.labels), dim)
            else:
                text.append(" " * picture.labels)
        return lines

    def _canvas(self, picture: Picture) -> list[Text]:
        """The axes and the curves; a later curve covers a former one, a short one the long ones."""
        width = picture.width - picture.labels
        ticks = picture.y.ticks(max(2, (picture.height - BELOW) // 3))
        margin = max([picture.gutter, *(cell_len(label) for _, label in ticks)])
        characters = _frame(picture.x, picture.y, width, picture.height, margin).copy()
        owners = np.full(characters.shape, -1)
        canvas, owned = (whole[:-BELOW, margin + 1 :] for whole in (characters, owners))
        before, self._traced = self._traced, {}
        where = picture.x, picture.y, canvas.shape
        for owner, series in sorted(enumerate(picture.series), key=lambda s: -len(s[1].x)):
            known = before.get(id(series))
            if known is None or known[1] != where:
                known = series, where, _trace(series, picture, (canvas.shape[1], canvas.shape[0]))
            self._traced[id(series)] = known
            for columns, rows, signs in known[2]:
                place = canvas.shape[0] - 1 - rows, columns
                canvas[place], owned[place] = signs, owner
        pens = [_pen(series.colour) for series in picture.series]
        return [_row(row, owner, pens) for row, owner in zip(characters, owners, strict=True)]


def _trace(series: Series, picture: Picture, size: tuple[int, int]) -> list[Cells]:
    axes, parts = (picture.x, picture.y), []
    if series.sign or len(series.x) == 1:
        parts.append(dots(series.x, series.y, axes, size, series.sign or "•"))
    elif len(series.x):
        parts.append(line(series.x, series.y, axes, size))
    if series.broken is not None:
        level = series.y[-1:] if len(series.y) else np.array([picture.y.high])
        parts.append(dots(np.array([series.broken]), level, axes, size, "✗"))
    return parts


def _row(characters: NDArray[np.uint32], owners: NDArray[np.int64], pens: Sequence[Style]) -> Text:
    string = "".join(map(chr, characters))
    text = Text(no_wrap=True, end="")
    edges = [0, *(np.flatnonzero(np.diff(owners)) + 1).tolist(), len(string)]
    for start, end in pairwise(edges):
        owner = int(owners[start])
        text.append(string[start:end].replace(_REST, ""), pens[owner] if owner >= 0 else None)
    return text


@lru_cache(maxsize=8)
def _frame(x: Axis, y: Axis, width: int, height: int, margin: int) -> NDArray[np.uint32]:
    """The axes and their ticks, (height, width) code points; ``margin`` of each line left of the value axis."""
    wide: list[str] = []
    ticks, along = (
        [(at, _cells(label, wide)) for at, label in axis.ticks(most)]
        for axis, most in ((y, max(2, (height - BELOW) // 3)), (x, max(2, width // 10)))
    )
    figure = _figure_class()
    figure.theme("clear")
    figure._limit_size(False, False)
    figure._set_size(width, height)
    figure.plotsize(width, height)
    figure.frame(False)
    figure.xaxes(True, False)
    figure.yaxes(True, False)
    # plotext draws no axis of which nothing is shown.
    figure.scatter([x.low], [y.low], marker=" ")
    figure.xlim(x.low, x.high)
    figure.ylim(y.low, y.high)
    figure.yticks([at for at, _ in ticks], [label.rjust(margin) for _, label in ticks])
    figure.xticks([at for at, _ in along], [label for _, label in along])
    rows = [Text.from_ansi(row).plain for row in figure.build().split("\n")[:height]]
    drawn = np.array([list(map(ord, _cut(row, width))) for row in rows], dtype=np.uint32)
    for at, character in enumerate(wide):
        drawn[drawn == _WIDE + at] = ord(character)
    return drawn


def _cells(label: str, wide: list[str]) -> str:
    """``label`` with a character a cell: those of two are put into ``wide``, those of none left out."""
    cells = []
    for character in unicodedata.normalize("NFC", label):
        size = cell_len(character)
        if size == 1:
            cells.append(character)
        elif size > 1:
            if character not in wide:
                wide.append(character)
            cells.append(chr(_WIDE + wide.index(character)) + _REST)
    return "".join(cells)


def _cut(row: str, width: int) -> str:
    """``row``, a character a cell, in exactly ``width`` of them."""
    if len(row) <= width:
        return row.ljust(width)
    kept = row[: width - 1].rstrip()
    whole = kept[:-1] if kept and _WIDE <= ord(kept[-1]) < ord(_REST) else kept
    return f"{whole}…".ljust(width)


@lru_cache(maxsize=64)
def _pen(colour: Colour) -> Style:
    return Style(color=Color.from_ansi(colour) if isinstance(colour, int) else Color.from_rgb(*colour))


def _labels(picture: Picture) -> dict[int, int]:
    """Which curve's label stands in which row: as near to its end as the others let it."""
    rows = picture.height - BELOW
    span = picture.y.high - picture.y.low or 1.0
    ends = [float(s.y[-1]) if len(s.y) else picture.y.high for s in picture.series]
    wished = sorted((round((picture.y.high - end) / span * (rows - 1)), i) for i, end in enumerate(ends))
    placed: dict[int, int] = {}
    floor = 0
    for at, (row, index) in enumerate(wished):
        row = max(floor, min(row, rows - (len(wished) - at)))
        if row >= rows:
            break
        placed[row], floor = index, row + 1
    return placed
