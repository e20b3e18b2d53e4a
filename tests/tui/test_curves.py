"""Curves: what is drawn, what is left out and marked, axes that hold, and the private plotext figure."""

from __future__ import annotations

import math
from dataclasses import replace
from inspect import signature

import numpy as np
import pytest
from plotext._figure import _figure_class
from rich.cells import cell_len
from rich.style import Style

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.trial import TrialState
from hpt_tui.tui.axis import Axis, around, steps
from hpt_tui.tui.plot import Picture, Plotter, Series
from hpt_tui.tui.views import View, compared, metrics_of, views
from hpt_tui.tui.widgets.curves import Curves
from tests.builders import curve, frame, study, trial
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, board, cockpit_app, press, settled

BRAILLE = {chr(c) for c in range(0x2801, 0x2900)}


def has_ink(lines: list[str]) -> bool:
    return any(set(line) & (BRAILLE | {"•"}) for line in lines)


def test_the_private_plotext_figure_is_what_we_rely_on() -> None:
    """plotext 5.3.2 has independent figures only under a private name; a new version must be looked at."""
    for name in ("theme", "_set_size", "_limit_size", "plotsize", "frame", "xaxes", "yaxes", "plot", "scatter"):
        assert callable(getattr(_figure_class, name)), name
    assert {"marker", "color"} <= set(signature(_figure_class.plot).parameters)
    one, other = _figure_class(), _figure_class()
    for figure in (one, other):
        figure.theme("clear")
        figure._limit_size(False, False)
        figure.plotsize(300, 90)
    one.plot([0, 1], [0, 1], marker="braille", color=(1, 2, 3))
    built = one.build()
    assert len(built.split("\n")[:-1] or built) >= 89
    assert "\x1b[38;2;1;2;3m" in built
    assert "\x1b[48" not in built
    assert not has_ink([other.build()])


def line(label: str, colour: int, points: list[tuple[float, float]], broken: float | None = None) -> Series:
    x, y = np.array(points, dtype=float).reshape(-1, 2).T
    ends = [*x.tolist(), *([] if broken is None else [broken])]
    return Series(label, colour, x, y, (min(ends), max(ends)), broken)


def picture(*series: Series, width: int = 50, height: int = 12, y: Axis | None = None) -> list[str]:
    made = Picture(series, Axis(0, 30), y or Axis(0, 1), width, height, 12)
    return [line.plain for line in Plotter().draw(made, [Style()] * len(series), Style())]


@pytest.mark.parametrize("size", [(50, 12), (24, 5), (180, 60), (30, 40)])
def test_a_drawing_has_exactly_its_size(size: tuple[int, int]) -> None:
    lines = picture(line("#1", 2, [(x, x / 40) for x in range(30)]), width=size[0], height=size[1])
    assert len(lines) == size[1]
    assert {cell_len(line) for line in lines} == {size[0]}
    assert has_ink(lines)


def test_labels_do_not_cover_each_other() -> None:
    close = [line(f"#{n}", n, [(0.0, 0.1), (10.0, 0.5 + n / 1000)]) for n in range(5)]
    text = "\n".join(picture(*close))
    assert all(f"#{n}" in text for n in range(5))


def test_a_single_point_and_a_break_are_marked() -> None:
    assert "•" in "\n".join(picture(line("#1", 2, [(3.0, 0.5)])))
    assert "✗" in "\n".join(picture(line("#1", 2, [(3.0, 0.5), (4.0, 0.6)], 5.0)))
    assert "✗" in "\n".join(picture(line("#1", 2, [], 5.0)))


@pytest.mark.parametrize(
    ("low", "high", "log"),
    [
        (0.2, 0.97, False),
        (0.5, 0.5, False),
        (0.0, 0.0, False),
        (-3e9, 4e9, False),
        (-1.7, 0.3, True),
        (-9, 12, True),
        (2, 2, True),
    ],
)
def test_axes_go_around_their_data(low: float, high: float, log: bool) -> None:
    axis = around(low, high, log=log, rows=6)
    assert axis.low <= low <= high <= axis.high
    ticks = axis.ticks(6)
    assert all(axis.low - 1e-6 * abs(axis.low) <= at <= axis.high + 1e-6 * abs(axis.high) for at, _ in ticks)
    assert len({label for _, label in ticks}) == len(ticks) > 0


def test_log_ticks_are_decades() -> None:
    assert [label for _, label in Axis(-4, 1, log=True).ticks(6)] == ["0.0001", "0.001", "0.01", "0.1", "1", "10"]


def test_an_axis_holds_until_data_leave_it() -> None:
    axis = Axis(0, 1)
    assert axis.holds(0.1, 0.9)
    assert not axis.holds(0.1, 1.1)
    assert axis.holds(0.4, 0.5)


@pytest.mark.parametrize(
    ("last", "total", "high"), [(12, 30, 30), (29, 30, 30), (35, 30, 40), (7, None, 8), (0, None, 1)]
)
def test_the_axis_of_steps(last: int, total: int | None, high: float) -> None:
    assert steps(0, last, total) == Axis(0, high)


def test_views_pair_training_with_validation() -> None:
    made = study([trial(0)], curves=scenes.curves_of(0, 5, 0.9))
    assert [v.title for v in views(metrics_of(made))] == [
        "val_acc",
        "train_loss + val_loss",
        "train_loss",
        "val_loss",
    ]
    assert View(("val_loss",)).loss
    assert not View(("val_acc",)).loss


def test_compared_trials_marked_first_then_cursor_best_running() -> None:
    made = scenes.running_study()
    assert compared(made, (5, 7), 9, 6) == (5, 7, 9, 31, 41, 40)
    assert compared(made, (), 31, 2) == (31, 41)
    assert compared(study([trial(0)]), (0,), 0, 6) == ()


async def shown(made: Frame, *keys: str) -> list[str]:
    async with cockpit_app(ScriptedCockpit(made)).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, *keys)
        curves = board(pilot).query_one(Curves)
        return [curves.render_line(y).text for y in range(curves.size.height)]


@pytest.mark.parametrize(
    ("values", "keys", "said"),
    [
        ([0.5, 0.6, math.nan], [], "#0 ✗ NaN @2"),
        ([0.5, math.inf, 0.7], [], "#0 ✗ NaN @1"),
        ([math.nan, math.inf, -math.inf], [], "Every reported value is NaN"),
        ([-1.0, 0.0], ["l"], "No value here is positive"),
        ([-1.0, 0.0, 10.0], ["l"], "✗"),
        ([0.5], [], "#0"),
        ([0.0, 0.0], [], "#0"),
        ([1e300, -1e300], [], "#0"),
        ([1e-300, 1e300], ["l"], "#0"),
        ([], [], "No curve of val_acc yet"),
    ],
    ids=str,
)
async def test_values_that_cannot_be_drawn(values: list[float], keys: list[str], said: str) -> None:
    made = frame(study([trial(0, TrialState.RUNNING, None)], curves=[curve(0, "val_acc", values)]))
    assert said in "\n".join(await shown(made, *keys))


async def test_no_curves_says_what_will_appear() -> None:
    lines = await shown(scenes.empty())
    assert any("No curves yet." in line for line in lines)


async def test_a_study_without_reports_shows_its_values_by_trial() -> None:
    text = "\n".join(await shown(scenes.thousands(20)))
    assert "best so far" in text
    assert "each trial" in text
    assert "└" in text.splitlines()[-2] or "trial" in text.splitlines()[-2]


async def test_a_tiny_panel_says_that_it_is_too_small() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(24, 12)) as pilot:
        await settled(pilot)
        await press(pilot, "2")
        assert [text.plain for text in board(pilot).query_one(Curves).lines()] == ["Too small to draw."]


async def test_the_value_axis_only_grows_and_the_plot_stays_in_place_until_a_key_fits_it() -> None:
    curves = [curve(0, "val_acc", [0.1, 12345.0]), curve(1, "val_acc", [0.4, 0.5])]
    made = study([trial(0, value=0.1), trial(1, TrialState.RUNNING, 0.5)], curves=curves)
    first = frame(made)
    after = frame(study([trial(1, TrialState.RUNNING, 0.5)], curves=curves[1:]))
    cockpit = ScriptedCockpit(first)
    app = cockpit_app(cockpit)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        shown = board(pilot).query_one(Curves)
        edge = {line.plain.index("┤") for line in shown.lines() if "┤" in line.plain}
        held = shown._held[shown.view, False]
        cockpit.play(app, after)
        await settled(pilot, after)
        assert {line.plain.index("┤") for line in shown.lines() if "┤" in line.plain} == edge
        assert shown._held[shown.view, False] == held
        await press(pilot, "e")
        assert shown._held[shown.view, False].high < 1


async def test_long_curves_stay_cheap_and_exact() -> None:
    values = [0.5 + 0.4 * math.sin(x / 500) for x in range(20_000)]
    made = frame(study([trial(0, TrialState.RUNNING, 0.5)], curves=[curve(0, "val_acc", values)], steps=20_000))
    lines = await shown(made)
    assert has_ink(lines)
    assert len({cell_len(line) for line in lines}) == 1


async def test_a_growing_curve_changes_few_lines() -> None:
    def at(count: int) -> Frame:
        rising = curve(0, "val_acc", [0.3 + 0.02 * x for x in range(count)])
        return frame(study([trial(0, TrialState.RUNNING, 0.5)], curves=[rising]))

    cockpit = ScriptedCockpit(at(20))
    app = cockpit_app(cockpit)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        curves = board(pilot).query_one(Curves)
        before = [curves.render_line(y).text for y in range(curves.size.height)]
        longer = at(21)
        cockpit.play(app, longer)
        await settled(pilot, longer)
        after = [curves.render_line(y).text for y in range(curves.size.height)]
    assert 0 < sum(a != b for a, b in zip(before, after, strict=True)) <= 4


async def test_what_did_not_change_is_not_drawn_again() -> None:
    first = scenes.running()
    cockpit = ScriptedCockpit(first)
    app = cockpit_app(cockpit)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        drawn = board(pilot).query_one(Curves)._drawn
        again = replace(first, now=first.now + 1)
        cockpit.play(app, again)
        await settled(pilot, again)
        assert board(pilot).query_one(Curves)._drawn is drawn


async def test_a_picture_that_is_the_same_is_not_rendered_again() -> None:
    first = scenes.running()
    cockpit = ScriptedCockpit(first)
    app = cockpit_app(cockpit)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        curves = board(pilot).query_one(Curves)
        strips = curves._strips
        again = replace(first, now=first.now + 1)
        cockpit.play(app, again)
        await settled(pilot, again)
        assert curves._strips is strips
