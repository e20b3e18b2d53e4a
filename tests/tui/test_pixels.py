"""Braille: the same dots as plotext draws, point by point, whatever is left out (issue 3, item 1)."""

from __future__ import annotations

import numpy as np
import pytest
from plotext._figure import _figure_class
from rich.text import Text

from hpt_tui.domain.trials import Floats
from hpt_tui.tui.axis import Axis
from hpt_tui.tui.pixels import Cells, dots, line

SIZE = (80, 20)


def rows(cells: Cells) -> list[str]:
    canvas = [[" "] * SIZE[0] for _ in range(SIZE[1])]
    for column, row, character in zip(*(part.tolist() for part in cells), strict=True):
        canvas[SIZE[1] - 1 - row][column] = chr(character)
    return ["".join(row) for row in canvas]


def by_plotext(x: Floats, y: Floats, axes: tuple[Axis, Axis]) -> list[str]:
    figure = _figure_class()
    figure.theme("clear")
    figure._limit_size(False, False)
    figure._set_size(*SIZE)
    figure.plotsize(*SIZE)
    figure.frame(False)
    figure.xaxes(False, False)
    figure.yaxes(False, False)
    figure.xticks([], [])
    figure.yticks([], [])
    figure.plot(x.tolist(), y.tolist(), marker="braille")
    figure.xlim(axes[0].low, axes[0].high)
    figure.ylim(axes[1].low, axes[1].high)
    return [Text.from_ansi(row).plain.ljust(SIZE[0]) for row in figure.build().split("\n")[: SIZE[1]]]


@pytest.mark.parametrize("count", [2, 3, 30, 400, 3000])
def test_lines_are_those_of_plotext(count: int) -> None:
    dice = np.random.default_rng(count)
    x, y = np.arange(float(count)), np.exp(-np.arange(count) / count * 3) + dice.normal(0, 0.05, count)
    axes = Axis(0, count * 1.1), Axis(-0.5, 1.5)
    assert rows(line(x, y, axes, SIZE)) == by_plotext(x, y, axes)


def test_what_leaves_the_axes_is_cut_off() -> None:
    x, y = np.array([0.0, 5.0, 10.0]), np.array([0.5, 3.0, -2.0])
    axes = Axis(0, 8), Axis(0, 1)
    assert rows(line(x, y, axes, SIZE)) == by_plotext(x, y, axes)


def test_dots_of_the_same_cell_are_one() -> None:
    x = np.arange(1000.0)
    columns, _, signs = dots(x, np.full(1000, 0.5), (Axis(0, 999), Axis(0, 1)), SIZE, "·")
    assert columns.tolist() == list(range(80))
    assert set(map(chr, signs.tolist())) == {"·"}
