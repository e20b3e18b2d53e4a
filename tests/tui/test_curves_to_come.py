"""Curves that are read when somebody looks at them: nothing in the panel blinks or jumps meanwhile (issue 3)."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from hpt_tui.domain.frame import Frame
from hpt_tui.tui.plot import Series
from hpt_tui.tui.screens.trial import TrialPage
from hpt_tui.tui.views import Lines, View
from hpt_tui.tui.widgets.curves import Curves
from tests.builders import curve, frame, study, trial
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, board, cockpit_app, press, settled


def without(made: Frame, *numbers: int) -> Frame:
    """The frame before the curves of these trials have been read."""
    left = {n: c for n, c in made.study.curves.items() if n not in numbers}
    return replace(made, study=replace(made.study, curves=left))


def plot(curves: Curves) -> str:
    return "\n".join(line.plain for line in curves.lines())


async def test_a_curve_that_is_still_to_be_read_changes_nothing_until_it_is_there() -> None:
    """Issue 3: curves are read when they are looked at, a tick later."""
    whole = scenes.running()
    before, after = without(whole, 5), without(whole, 7)
    app = cockpit_app(ScriptedCockpit(before))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        curves = board(pilot).query_one(Curves)
        curves.show(before, 7, ())
        seven = plot(curves)
        assert "#7" in seven
        curves.show(before, 5, ())
        assert plot(curves) == seven
        curves.show(after, 5, ())
        assert "#5" in plot(curves)
        assert "#7" not in plot(curves)


async def test_a_curve_that_never_comes_is_waited_for_in_some_frames_only() -> None:
    made = without(scenes.running(), 5)
    app = cockpit_app(ScriptedCockpit(made))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        curves = board(pilot).query_one(Curves)
        curves.show(made, 7, ())
        for tick in range(4):
            curves.show(replace(made, now=made.now + tick), 5, ())
        assert "#7" not in plot(curves)


async def test_a_plot_whose_only_curve_goes_does_not_blink_before_the_next_one_comes() -> None:
    """Several objectives: no best trial's curve is there to fill the panel meanwhile."""
    rows = [trial(n, value=None) for n in range(3)]
    every = study(rows, curves=[curve(n, "val_acc", [0.1, 0.2 + n / 10]) for n in range(3)])
    only = [replace(frame(every), study=replace(every, curves={n: every.curves[n]})) for n in range(3)]
    app = cockpit_app(ScriptedCockpit(only[0]))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        curves = board(pilot).query_one(Curves)
        curves.show(only[0], 0, ())
        first = plot(curves)
        curves.show(only[2], 1, ())
        assert plot(curves) == first
        curves.show(only[1], 1, ())
        assert "#1" in plot(curves)


async def test_a_trial_that_is_opened_says_that_its_curve_is_being_read() -> None:
    whole = scenes.running()
    made = without(whole, 5)
    app = cockpit_app(ScriptedCockpit(made))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await app.push_screen(page := TrialPage(made, 5))
        await pilot.pause()
        assert "being read" in plot(page.query_one(Curves))
        page.show(whole)
        assert "#5" in plot(page.query_one(Curves))


async def test_metrics_stay_in_the_list_when_the_curves_that_had_them_are_gone() -> None:
    """The next metric of m is the same one, whoever is being looked at."""
    whole = scenes.running()
    poor = replace(whole.study, curves={n: c[:1] for n, c in whole.study.curves.items()})
    app = cockpit_app(ScriptedCockpit(whole))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "m", "m")
        curves = board(pilot).query_one(Curves)
        chosen = curves.view
        curves.show(replace(whole, study=poor), 31, ())
        assert curves.view == chosen
        assert "of 4" in str(curves.border_subtitle)
        curves.show(frame(study(name="another")), None, ())
        assert curves.view == View(("val_acc",))


@pytest.mark.parametrize("smooth", [0.0, 0.9])
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([1.0, 2.0], [1.0, 2.0, 3.0]),
        ([1.0, 2.0], [1.0, 2.0]),
        ([1.0, 2.0], [1.0, 9.0, 3.0]),
        ([1.0, 2.0, 3.0], [1.0, 2.0]),
        ([1.0, 2.0], [1.0, 2.0, math.nan]),
        ([1.0, math.nan], [1.0, math.nan, 2.0]),
        ([1.0, 2.0], [1.0, 2.0, -1.0]),
        ([1.0], [float(x) for x in range(1, 400)]),
    ],
    ids=["grown", "the same", "rewritten", "shorter", "NaN came", "NaN was", "negative", "much"],
)
def test_a_curve_that_grew_is_drawn_as_if_it_were_new(
    before: list[float], after: list[float], log: bool, smooth: float
) -> None:
    def drawn(*losses: list[float]) -> Series:
        lines = Lines()
        for values in losses:
            made = study([trial(0)], curves=[curve(0, "loss", values)], metric="loss")
            (series,) = lines.of(made, View(("loss",)), (0,), {0: 1}, log=log, smooth=smooth)
        return series

    grown, new = drawn(before, after), drawn(after)
    assert replace(grown, y=new.y) == new
    assert grown.y == pytest.approx(new.y, rel=1e-12)
