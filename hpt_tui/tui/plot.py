"""Curves as braille: plotext draws the canvas, the labels at the curves' ends are placed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from plotext._figure import _figure_class
from rich.style import Style
from rich.text import Text

from hpt_tui.tui.axis import Axis
from hpt_tui.tui.text import fit

Point: TypeAlias = tuple[float, float]
Colour: TypeAlias = int | tuple[int, int, int]

BELOW = 2
"""Rows that the step axis and its labels take."""


@dataclass(frozen=True, slots=True)
class Series:
    """One curve, ready to draw: points in the axes' own units, all finite."""

    label: str
    colour: Colour
    points: tuple[Point, ...]
    broken: tuple[float, ...] = ()
    """The steps at which a value was NaN, infinite, or could not be drawn."""
    dotted: bool = False


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


def thinned(points: Sequence[Point], columns: int) -> tuple[Point, ...]:
    """At most about four points a column, its lowest and highest kept, so that spikes stay visible."""
    if columns < 1 or len(points) <= 4 * columns:
        return tuple(points)
    size = -(-len(points) // columns)
    kept: list[Point] = []
    for start in range(0, len(points), size):
        bucket = points[start : start + size]
        low, high = min(bucket, key=lambda p: p[1]), max(bucket, key=lambda p: p[1])
        kept += sorted({bucket[0], low, high, bucket[-1]})
    return tuple(kept)


def smoothed(points: Sequence[Point], weight: float) -> tuple[Point, ...]:
    """The exponential moving average, corrected for its start."""
    total, mass, smooth = 0.0, 0.0, []
    for x, y in points:
        total, mass = weight * total + (1 - weight) * y, weight * mass + (1 - weight)
        smooth.append((x, total / mass))
    return tuple(smooth) if weight else tuple(points)


def draw(picture: Picture, label_styles: Sequence[Style], dim: Style) -> list[Text]:
    """The picture as lines of exactly its width."""
    ticks = picture.y.ticks(max(2, (picture.height - BELOW) // 3))
    margin = max(picture.gutter, *(len(label) for _, label in ticks))
    width = picture.width - picture.labels
    canvas = _canvas(picture, width, ticks, margin)
    column = _labels(picture)
    lines = []
    for row in range(picture.height):
        text = canvas[row] if row < len(canvas) else Text()
        text.no_wrap, text.end = True, ""
        text.truncate(width, pad=True)
        at = column.get(row)
        if at is not None:
            text.append(fit(" " + picture.series[at].label, picture.labels), label_styles[at])
        elif row == picture.height - BELOW:
            text.append(fit(" " + picture.unit, picture.labels), dim)
        else:
            text.append(" " * picture.labels)
        lines.append(text)
    return lines


def _canvas(picture: Picture, width: int, ticks: Sequence[tuple[float, str]], margin: int) -> list[Text]:
    figure = _figure_class()
    figure.theme("clear")
    figure._limit_size(False, False)
    figure._set_size(width, picture.height)
    figure.plotsize(width, picture.height)
    figure.frame(False)
    figure.xaxes(True, False)
    figure.yaxes(True, False)
    for series in sorted(picture.series, key=lambda s: -len(s.points)):
        _trace(figure, series, picture, width - margin - 1)
    figure.xlim(picture.x.low, picture.x.high)
    figure.ylim(picture.y.low, picture.y.high)
    figure.yticks([at for at, _ in ticks], [label.rjust(margin) for _, label in ticks])
    along = picture.x.ticks(max(2, width // 10))
    figure.xticks([at for at, _ in along], [label for _, label in along])
    return [Text.from_ansi(row) for row in figure.build().split("\n")]


def _trace(figure: _figure_class, series: Series, picture: Picture, columns: int) -> None:
    points = thinned(series.points, columns)
    if points:
        xs, ys = [x for x, _ in points], [y for _, y in points]
        if series.dotted:
            figure.scatter(xs, ys, marker="·", color=series.colour)
        elif len(points) == 1:
            figure.scatter(xs, ys, marker="•", color=series.colour)
        else:
            figure.plot(xs, ys, marker="braille", color=series.colour)
    if series.broken:
        level = points[-1][1] if points else picture.y.high
        figure.scatter([series.broken[0]], [level], marker="✗", color=series.colour)


def _labels(picture: Picture) -> dict[int, int]:
    """Which curve's label stands in which row: as near to its end as the others let it."""
    rows = picture.height - BELOW
    span = picture.y.high - picture.y.low or 1.0
    wished = sorted(
        (round((picture.y.high - (s.points[-1][1] if s.points else picture.y.high)) / span * (rows - 1)), i)
        for i, s in enumerate(picture.series)
    )
    placed: dict[int, int] = {}
    floor = 0
    for at, (row, index) in enumerate(wished):
        row = max(floor, min(row, rows - (len(wished) - at)))
        if row >= rows:
            break
        placed[row], floor = index, row + 1
    return placed
