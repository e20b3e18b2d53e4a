"""Pieces of text on a line: fitting into cells, packing by importance, wrapping. Hostile text enters here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.style import Style
from rich.text import Text

from hpt_tui.domain.figures import UNKNOWN, local_time, plain

Part: TypeAlias = str | tuple[str, Style]


def line(*parts: Part) -> Text:
    """One line of ``parts``, each as it is or in a style. Nothing in them is read as markup."""
    text = Text(no_wrap=True, end="")
    for part in parts:
        if isinstance(part, str):
            text.append(plain(part))
        else:
            text.append(plain(part[0]), part[1])
    return text


def clip(text: str, width: int) -> str:
    """``text`` without control characters in at most ``width`` cells, the cut shown as …"""
    safe = plain(text)
    if cell_len(safe) <= width:
        return safe
    return (set_cell_size(safe, width - 1).rstrip() + "…") if width > 0 else ""


def fit(text: str, width: int, *, right: bool = False) -> str:
    """``text`` in exactly ``width`` cells."""
    short = clip(text, width)
    space = " " * (width - cell_len(short))
    return space + short if right else short + space


def wrap(text: str, width: int, limit: int | None = None) -> list[str]:
    """``text`` broken at spaces into lines of at most ``width`` cells; beyond ``limit`` lines a … says so."""
    lines, current = [], ""
    for word in plain(text).split():
        joined = f"{current} {word}" if current else word
        if cell_len(joined) <= width:
            current = joined
            continue
        if current:
            lines.append(current)
        *whole, current = chop_cells(word, max(1, width)) or [""]
        lines.extend(whole)
    lines.append(current)
    if limit is not None and len(lines) > limit:
        lines[limit - 1 :] = [clip(lines[limit - 1], width - 2).removesuffix("…") + " …"]
    return lines


@dataclass(frozen=True, slots=True)
class Piece:
    """Something on a crowded line; of two, the one with the higher ``rank`` goes first when it gets narrow."""

    text: Text
    rank: int = 0


def pack(pieces: Sequence[Piece], width: int, *, gap: int = 3) -> Text:
    """The pieces in their order, ``gap`` cells apart, without those that ``width`` has no room for."""
    kept = [p for p in pieces if p.text.cell_len]
    while len(kept) > 1 and _width(kept, gap) > width:
        kept.remove(max(reversed(kept), key=lambda p: p.rank))
    packed = Text(" " * gap, no_wrap=True, end="").join(p.text for p in kept)
    packed.truncate(max(0, width), overflow="ellipsis")
    return packed


def _width(pieces: Iterable[Piece], gap: int) -> int:
    return sum(p.text.cell_len + gap for p in pieces) - gap


def spread(left: Text, right: Text, width: int) -> Text:
    """``left`` and ``right`` at the two ends of a line; ``left`` gives way."""
    room = width - right.cell_len - 2
    if room < 8:
        left.truncate(width, overflow="ellipsis")
        return left
    left.truncate(room, overflow="ellipsis", pad=True)
    return Text.assemble(left, "  ", right, no_wrap=True, end="")


def time_of_day(at: float | None) -> str:
    """``14:03:59`` in the user's time zone."""
    return UNKNOWN if at is None else local_time(at, "%H:%M:%S")


def moment(at: float, now: float) -> str:
    """The time of day, with the date if it was on another day than ``now``."""
    day = "%Y-%m-%d"
    return local_time(at, "%H:%M:%S" if local_time(at, day) == local_time(now, day) else f"{day} %H:%M:%S")
