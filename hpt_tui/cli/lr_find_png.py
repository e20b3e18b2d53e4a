"""The curve of a range test as a PNG, drawn with Pillow, which comes with torchvision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hpt_tui.cli.lr_find_plot import marks, number_of, span_of
from hpt_tui.cli.lr_find_report import Report
from hpt_tui.domain.figures import metric, plain
from hpt_tui.domain.trials import Floats
from hpt_tui.errors import InputError
from hpt_tui.tui.axis import Axis

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

WIDTH, HEIGHT = 900, 560
"""In pixels."""
FINE = 3
"""It is drawn so many times larger, and shrunk: Pillow's lines have steps."""
LEFT, TOP, RIGHT, BOTTOM = 80, 56, 30, 64
"""The margins, in pixels of the picture."""
INK, FAINT, RAW, CURVE = "#222222", "#dddddd", "#b0b0b0", "#1f77b4"
COLOURS = ("#2ca02c", "#d62728", "#9467bd")
BAND = "#eef6ee"
"""Behind the range to search."""


def check_png(file: Path) -> None:
    """Whether a picture can be drawn into ``file``, before anything is trained.

    Raises:
        InputError: Pillow is missing, or the folder is.
    """
    try:
        import PIL.ImageDraw  # noqa: F401  only whether it is there
    except ModuleNotFoundError as error:
        raise InputError("--png", "needs Pillow, which is not installed", "pip install pillow") from error
    if not file.absolute().parent.is_dir():
        raise InputError("--png", f"{file.parent} is no folder")


def draw(report: Report, file: Path) -> None:
    """Write the picture.

    Raises:
        OSError: ``file`` cannot be written.
    """
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE), "white")
    _Sheet.over(report, ImageDraw.Draw(image)).draw(report)
    image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).save(file, format="PNG")


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A canvas with its two axes: learning rates as powers of ten, and losses."""

    canvas: ImageDraw
    x: Axis
    y: Axis

    @classmethod
    def over(cls, report: Report, canvas: ImageDraw) -> _Sheet:
        logs = np.log10(np.asarray(report.swept.rates))
        losses = np.asarray(report.swept.losses, dtype=np.float64)
        x = Axis(float(logs[0]), float(logs[-1]), log=True)
        return cls(canvas, x, span_of(report.found.smooth, losses, report.found))

    def draw(self, report: Report) -> None:
        swept, found = report.swept, report.found
        logs, raw = np.log10(np.asarray(swept.rates)), np.asarray(swept.losses, dtype=np.float64)
        if (suggested := found.suggestions) is not None:
            ends = [max(self.x.low, np.log10(end)) for end in (suggested.low, suggested.high)]
            self.canvas.rectangle((*self._at(ends[0], self.y.high), *self._at(ends[1], self.y.low)), fill=BAND)
        self._axes(report)
        for x, y in self._inside(logs, raw):
            self._dot(x, y, RAW, 2)
        self._line(logs, found.smooth)
        if suggested is not None:
            for (sign, rate, _), colour in zip(marks(suggested), COLOURS, strict=True):
                at = float(np.log10(rate))
                level = float(np.clip(np.interp(at, logs, found.smooth), self.y.low, self.y.high))
                self._dot(at, level, colour, 6)
                self._text((at, level), f"{sign} {number_of(rate)}", colour, 10, -10, "ls")
        self._legend(report)

    def _axes(self, report: Report) -> None:
        for at, label in self.y.ticks(8):
            self.canvas.line((*self._at(self.x.low, at), *self._at(self.x.high, at)), fill=FAINT, width=FINE)
            self._text((self.x.low, at), label, INK, -8, 0, "rm")
        for at, label in self.x.ticks(10):
            self.canvas.line((*self._at(at, self.y.low), *self._at(at, self.y.high)), fill=FAINT, width=FINE)
            self._text((at, self.y.low), label, INK, 0, 8, "ma")
        corners = (*self._at(self.x.low, self.y.high), *self._at(self.x.high, self.y.low))
        self.canvas.rectangle(corners, outline=INK, width=FINE)
        self._text(((self.x.low + self.x.high) / 2, self.y.low), "learning rate", INK, 0, 34, "ma")

    def _legend(self, report: Report) -> None:
        found, swept = report.found, report.swept
        head = f"{plain(report.plan.name)}: learning rate range test, {swept.optimizer}, {len(swept.rates)} steps"
        lowest = f"lowest smoothed loss {metric(float(found.smooth[found.lowest]))}"
        if found.suggestions is not None:
            lowest += f"; search {number_of(found.suggestions.low)} .. {number_of(found.suggestions.high)}"
        doubt = "" if found.outcome.sure else f" (unsure: {found.outcome.value})"
        self._text((self.x.low, self.y.high), head, INK, 0, -28, "ls", 17)
        self._text((self.x.low, self.y.high), lowest + doubt, INK, 0, -8, "ls")

    def _inside(self, x: Floats, y: Floats) -> Iterator[tuple[float, float]]:
        for at, value in zip(x.tolist(), y.tolist(), strict=True):
            if self.y.low <= value <= self.y.high:
                yield at, value

    def _line(self, x: Floats, y: Floats) -> None:
        points = [self._at(at, min(value, self.y.high)) for at, value in zip(x, y, strict=True) if value == value]
        self.canvas.line(points, fill=CURVE, width=3 * FINE, joint="curve")

    def _dot(self, x: float, y: float, colour: str, radius: int) -> None:
        across, down = self._at(x, y)
        reach = radius * FINE
        self.canvas.ellipse((across - reach, down - reach, across + reach, down + reach), fill=colour)

    def _at(self, x: float, y: float) -> tuple[float, float]:
        """The pixel of a point, from the left and from the top."""
        across = LEFT + (x - self.x.low) / (self.x.high - self.x.low) * (WIDTH - LEFT - RIGHT)
        down = HEIGHT - BOTTOM - (y - self.y.low) / (self.y.high - self.y.low) * (HEIGHT - TOP - BOTTOM)
        return float(across) * FINE, float(down) * FINE

    def _text(
        self, at: tuple[float, float], text: str, colour: str, right: int, down: int, anchor: str, size: int = 14
    ) -> None:
        across, along = self._at(*at)
        place = across + right * FINE, along + down * FINE
        self.canvas.text(place, text, fill=colour, font=_font(size * FINE), anchor=anchor)


def _font(size: int) -> FreeTypeFont | ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)
