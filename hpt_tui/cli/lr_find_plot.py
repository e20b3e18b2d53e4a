"""The curve of a range test in the terminal: loss over learning rate, the suggestions marked."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.style import Style
from rich.text import Text

from hpt_tui.cli.lr_find_report import Report
from hpt_tui.domain.lr_range import LrRange, Suggestions
from hpt_tui.domain.range_request import Swept
from hpt_tui.domain.trials import Floats
from hpt_tui.tui.axis import Axis, around
from hpt_tui.tui.plot import Picture, Plotter, Series
from hpt_tui.tui.words import DOT

NARROW, WIDE, HEIGHT, LABELS = 80, 120, 18, 10
GREY, BLUE, YELLOW = 8, 6, 3
ABOVE = 0.35
"""What is shown above the highest loss before the lowest one, as a share of the fall: the rest is divergence."""


def drawn(report: Report) -> list[str]:
    """Lines of the terminal's width, 80 to 120 columns, and in colours where it has some; elsewhere 80 columns."""
    terminal = sys.stdout.isatty()
    width = min(max(shutil.get_terminal_size().columns, NARROW), WIDE) if terminal else NARROW
    lines = pictured(report.swept, report.found, width)
    console = Console(file=sys.stdout, width=width, highlight=False, no_color="NO_COLOR" in os.environ)
    if not terminal:
        return [line.plain.rstrip() for line in lines]
    with console.capture() as captured:
        for line in lines:
            console.print(line, no_wrap=True, crop=True)
    return captured.get().rstrip("\n").split("\n")


def pictured(swept: Swept, found: LrRange, width: int) -> list[Text]:
    """The picture as lines of ``width`` cells."""
    x, smooth = np.log10(np.asarray(swept.rates)), found.smooth
    axis = span_of(smooth, np.asarray(swept.losses), found)
    raw = np.asarray(swept.losses, dtype=np.float64)
    ends = float(x[0]), float(x[-1])
    shown = [_curve("losses", GREY, x, raw, axis, sign=DOT)]
    shown.append(_curve("smoothed", BLUE, x, smooth, axis, broken=found.broken))
    shown += _marked(x, smooth, found.suggestions, axis)
    picture = Picture(
        tuple(shown), Axis(ends[0], ends[1], log=True), axis, width, HEIGHT, LABELS, unit="rate", gutter=5
    )
    styles = [Style(color=f"color({series.colour})") for series in shown if isinstance(series.colour, int)]
    return Plotter().draw(picture, styles, Style(dim=True))


def span_of(smooth: Floats, raw: Floats, found: LrRange) -> Axis:
    """The axis of losses: all until the lowest one, and a part of how it breaks."""
    before = np.concatenate([smooth[: found.lowest + 1], raw[: found.lowest + 1]])
    known, all_raw = before[np.isfinite(before)], raw[np.isfinite(raw)]
    low, high = float(min(known.min(), all_raw.min())), float(known.max())
    return around(low, high + ABOVE * (high - low), log=False, rows=HEIGHT)


def _curve(
    label: str, colour: int, x: Floats, y: Floats, axis: Axis, *, sign: str = "", broken: int | None = None
) -> Series:
    inside = np.isfinite(y) & (y >= axis.low) & (y <= axis.high)
    at = None if broken is None else float(x[broken])
    return Series(label, colour, x[inside], y[inside], (float(x[0]), float(x[-1])), at, sign)


def _marked(x: Floats, smooth: Floats, found: Suggestions | None, axis: Axis) -> Sequence[Series]:
    shown = []
    for sign, rate, _ in marks(found) if found is not None else ():
        at = np.array([np.log10(rate)])
        y = np.clip(np.interp(at, x, smooth), axis.low, axis.high)
        label = f"{sign} {number_of(rate)}"
        shown.append(Series(label, YELLOW, at, y, (float(at[0]), float(at[0])), sign=sign))
    return shown


def marks(found: Suggestions) -> tuple[tuple[str, float, str], ...]:
    """The suggestions as they are marked in a plot: sign, learning rate, what it is; the lowest rate first."""
    known = (
        ("V", found.valley, "middle of the longest valley"),
        ("S", found.steepest, "steepest descent"),
        ("M", found.tenth, "a tenth of the rate at the lowest loss"),
    )
    return tuple(sorted(known, key=lambda mark: mark[1]))


def number_of(rate: float) -> str:
    """Two digits: no test knows more."""
    return f"{rate:.1e}".replace("e-0", "e-").replace("e+0", "e")
