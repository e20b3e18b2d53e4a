"""Two parameters in one plot, the trials told apart by how good they are (G19)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding

from hpt_tui.domain.figures import percent, plain
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.importance import BEST_SHARE
from hpt_tui.domain.pairs import Cloud, Pair, Points, between, cloud, pairs
from hpt_tui.domain.space import Choices, Range
from hpt_tui.domain.trials import Floats
from hpt_tui.tui.axis import Axis
from hpt_tui.tui.plot import Colour, Picture, Plotter, Series
from hpt_tui.tui.screens.page import BACK, Page, Sheet, paragraph
from hpt_tui.tui.text import clip, line
from hpt_tui.tui.widgets.keybar import Hint
from hpt_tui.tui.words import DOT, MARKED

UPPER = "•"
FEWEST_ROWS, MOST_ROWS = 8, 30
AROUND = 11
"""Rows of the dialog around the plot."""
NAME = 10
"""Cells of a choice at an axis."""


class PairPage(Page[None]):
    """One pair at a time; the arrows go through them. Drawn anew with every trial that completes, and when a range
    changes."""

    title_text = "Pairs ─ parameters to be judged together"
    hints = (Hint("← →", "other pairs", "other(1)"), BACK)
    BINDINGS: ClassVar = [Binding("left", "other(-1)", show=False), Binding("right", "other(1)", show=False)]
    DEFAULT_CSS = """
    PairPage .box { width: 104; }
    """

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self._study, self._least, self._at = frame.study, frame.limits.advice.importance_trials, 0
        self._plotter = Plotter()

    def show(self, frame: Frame) -> None:
        was, self._study = self._study, frame.study
        if (frame.study.complete.places is not was.complete.places) or frame.study.space != was.space:
            self.redraw()

    def action_other(self, by: int) -> None:
        self._at += by
        self.redraw()

    def lines(self, sheet: Sheet, width: int) -> list[Text]:
        study, dim = self._study, sheet.pen("dim")
        if not study.single:
            return paragraph("With several objectives no trials are the best ones.", width, dim)
        found = pairs(study, self._least)
        if not found:
            return paragraph("Fewer than two parameters vary: there is no pair to look at.", width, dim)
        pair = found[self._at % len(found)]
        shown = cloud(study, pair)
        number = f"{self._at % len(found) + 1} of {len(found)}"
        names = f"{clip(pair.y, 30)} ↑ over {clip(pair.x, 30)} →"
        drawn = [line((names, sheet.pen("head")), (f"   pair {number}", dim)), _legend(shown, sheet), line()]
        if not shown.count:
            drawn += paragraph("No complete trial has both of them yet.", width, dim)
        elif (picture := self._picture(pair, shown, sheet, width)).x.drawable and picture.y.drawable:
            drawn += self._plotter.draw(picture, [dim] * 3, dim)
        else:
            drawn += paragraph("Its ends lie too far apart, or too close together, to be drawn.", width, dim)
        why = pair.why or "No rule says that these two interact; by importance they are next."
        return [*drawn, line(), *paragraph(why + (" (G19)" if pair.why else ""), width, sheet.pen("text"))]

    def _picture(self, pair: Pair, shown: Cloud, sheet: Sheet, width: int) -> Picture:
        space = self._study.space
        rows = max(FEWEST_ROWS, min(MOST_ROWS, math.floor(self.app.size.height * 0.94) - AROUND))
        parts = (shown.lower, DOT, "dim"), (shown.upper, UPPER, "run"), (shown.best, MARKED, "good")
        return Picture(
            tuple(_series(points, sign, _colour(sheet, pen)) for points, sign, pen in parts),
            _axis(space[pair.x], [p.x for p, *_ in parts]),
            _axis(space[pair.y], [p.y for p, *_ in parts]),
            width,
            rows,
            0,
        )


def _legend(shown: Cloud, sheet: Sheet) -> Text:
    return line(
        (MARKED, sheet.pen("good")),
        f" best {percent(BEST_SHARE)}   ",
        (UPPER, sheet.pen("run")),
        " better half   ",
        (DOT, sheet.pen("dim")),
        " the others   ",
        (f"{shown.count} complete trials", sheet.pen("dim")),
    )


def _series(points: Points, sign: str, colour: Colour) -> Series:
    return Series("", colour, points.x, points.y, (0.0, 0.0), sign=sign)


def _colour(sheet: Sheet, pen: str) -> Colour:
    colour = sheet.pen(pen).color
    triplet = None if colour is None else colour.triplet
    if triplet is not None:
        return triplet.red, triplet.green, triplet.blue
    return 7 if colour is None or colour.number is None else colour.number


def _axis(range_: Range, values: Sequence[Floats]) -> Axis:
    """As far as the range in force, and the trials, go."""
    if isinstance(range_, Choices):
        names = tuple(clip(plain(str(option)), NAME) for option in range_.options)
        return Axis(-0.5, len(names) - 0.5, names=names)
    air = between(range_) / 2
    low, high = float(range_.low) - air, float(range_.high) + air
    ends = (math.log10(low), math.log10(high)) if range_.log else (low, high)
    known = [*ends, *(float(end) for part in values if len(part) for end in (part.min(), part.max()))]
    return Axis(min(known), max(known), range_.log)
