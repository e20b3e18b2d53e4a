"""What the terminal shows, cell by cell, so that only the cells that differ are written to it.

Textual writes every region that was repainted, each run of a style with its colours and a reset: some forty bytes
a run, and whole lines for a digit. On a slow line that is the cost of watching.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from rich.cells import cell_len, get_character_cell_size
from rich.color import ColorSystem
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Size
from textual.strip import Strip

UNSEEN_ON_BLANKS = {"1", "2", "3"}
"""Codes of attributes that a blank does not show: bold, dim, italic."""


class Ink(NamedTuple):
    """How a cell is drawn, as codes of ECMA-48's SGR; empty is the terminal's own."""

    attributes: str = ""
    colour: str = ""
    ground: str = ""

    def after(self, pen: Ink) -> str:
        """The sequence that changes ``pen`` to this."""
        if pen == self:
            return ""
        if self == Ink():
            return "\x1b[m"
        if pen.attributes not in ("", self.attributes):
            return f"\x1b[{';'.join(('0', *filter(None, self)))}m"
        codes = [self.attributes] if self.attributes != pen.attributes else []
        codes += [self.colour or "39"] if self.colour != pen.colour else []
        codes += [self.ground or "49"] if self.ground != pen.ground else []
        return f"\x1b[{';'.join(codes)}m"


Cell: TypeAlias = tuple[str, Ink]
"""A character, with the marks upon it, and its ink. The second cell of a wide character is empty."""
PLAIN = Ink()


class Glass:
    """Turns the compositor's updates into what has to be written for the terminal to show them."""

    def __init__(self) -> None:
        self._size = Size(0, 0)
        self._rows: list[list[Cell | None]] = []
        self._out: list[str] = []
        self._pen, self._at = PLAIN, (-1, -1)

    def forget(self) -> None:
        """The terminal may show anything now: what comes next is written whole."""
        self._size = Size(0, 0)

    def changes(self, update: object, size: Size, colours: ColorSystem) -> str | None:
        """The sequences for ``update`` on a terminal of ``size``, empty if it shows it already; None, and nothing
        is known from then on, for a kind of update that only its own rendering can write.

        The terminal's style is plain before them and after them.
        """
        if not isinstance(update, LayoutUpdate | ChopsUpdate):
            self.forget()
            return None
        if size != self._size:
            self._size, self._rows = size, [[None] * size.width for _ in range(size.height)]
        self._out, self._pen, self._at = [], PLAIN, (-1, -1)
        for y, x, strip in _pieces(update):
            if y < size.height and x < size.width:
                self._place(y, x, _cells(strip, colours)[: size.width - x])
        return "".join((*self._out, PLAIN.after(self._pen)))

    def _place(self, y: int, x: int, new: Sequence[Cell]) -> None:
        row = self._rows[y]
        old = row[x : x + len(new)]
        if old == new:
            return
        row[x : x + len(new)] = new
        for start, end in _differing(old, new):
            self._move(y, x + start)
            self._write(new[start:end])
            sure = all(len(text) == 1 for text, _ in new[start:end])
            self._at = (y, x + end) if sure else (-1, -1)

    def _move(self, y: int, x: int) -> None:
        row, column = self._at
        if row == y and column < x:
            self._out.append("\x1b[C" if x - column == 1 else f"\x1b[{x - column}C")
        elif (row, column) != (y, x):
            self._out.append(f"\x1b[{y + 1};{x + 1}H")

    def _write(self, cells: Sequence[Cell]) -> None:
        pen, append = self._pen, self._out.append
        for text, ink in cells:
            if ink is not pen and not (text == " " and ink == _blank(pen)):
                append(ink.after(pen))
                pen = ink
            append(text)
        self._pen = pen


def _pieces(update: LayoutUpdate | ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Row, column and content of each part of the screen that was drawn anew."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in strips:
                yield y, x, strip
                x += strip.cell_length
        return
    for y, left, right in update.spans:
        for end, (x, chop) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if chop is not None and x < right and end > left:
                yield y, x, chop if end <= right else chop.crop(0, right - x)


def _cells(strip: Strip, colours: ColorSystem) -> list[Cell]:
    cells: list[Cell] = []
    for segment in strip:
        if segment.control:
            continue
        ink = PLAIN if segment.style is None else _ink(segment.style, colours)
        blank = _blank(ink)
        if segment.text.isascii():
            cells += [(character, blank if character == " " else ink) for character in segment.text]
        else:
            cells += [(text, blank if text == " " else ink) for text in _places(segment.text)]
    return cells


def _places(text: str) -> list[str]:
    """What is in each cell of ``text``; a sequence that is narrower than its characters stays in one piece."""
    places: list[str] = []
    for character in text:
        width = get_character_cell_size(character)
        if width or not places:
            places += [character, *[""] * (width - 1)]
        else:
            places[-1] += character
    return places if len(places) == cell_len(text) else [text, *[""] * (cell_len(text) - 1)]


def _differing(old: Sequence[Cell | None], new: Sequence[Cell]) -> list[tuple[int, int]]:
    """From where to where to write ``new``: in one go over cells that cost less than going around them.

    Terminals disagree about the width of what takes two cells or none: with such, all of it; so too over what is
    not known.
    """
    if None in old or any(cell is not None and len(cell[0]) != 1 for cell in (*old, *new)):
        return [(0, len(new))]
    spans: list[tuple[int, int]] = []
    for at in [i for i, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]:
        end = spans[-1][1] if spans else -5
        if at - end < 4 and all(cell[1] == new[end - 1][1] for cell in new[end:at]):
            spans[-1] = spans[-1][0], at + 1
        else:
            spans.append((at, at + 1))
    return spans


@lru_cache(maxsize=4096)
def _ink(style: Style, colours: ColorSystem) -> Ink:
    codes = Strip.render_ansi(style.without_color, colours)
    ink, ground = style.color, style.bgcolor
    return Ink(
        codes,
        ";".join(ink.downgrade(colours).get_ansi_codes()) if ink else "",
        ";".join(ground.downgrade(colours).get_ansi_codes(foreground=False)) if ground else "",
    )


@lru_cache(maxsize=4096)
def _blank(ink: Ink) -> Ink:
    """The same ink as far as a blank shows it."""
    seen = ink.attributes and not set(ink.attributes.split(";")) <= UNSEEN_ON_BLANKS
    return ink if seen else Ink(ground=ink.ground)
