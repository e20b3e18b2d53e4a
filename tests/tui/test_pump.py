"""The pump's pace: a share of the machine, and frames that a slow terminal does not get (issue 3, item 8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Event

import pytest

from hpt_tui.domain.frame import Frame, Notice
from hpt_tui.domain.logs import LogRequest
from hpt_tui.tui.pace import LONGEST, SHARE, Pace
from hpt_tui.tui.pump import Pump
from tests.builders import frame, study
from tests.tui.fakes import ScriptedCockpit

FIRST, SECOND, LAST = (frame(study(name=name)) for name in ("first", "second", "last"))


@pytest.mark.parametrize("cost", [0.0, 0.005, 0.02, 0.2, 0.25])
def test_what_costs_little_is_shown_as_often_as_asked_for(cost: float) -> None:
    assert Pace(1.0).after(cost).after(cost).wait == 1.0


@pytest.mark.parametrize("cost", [0.3, 0.5, 2.0])
def test_what_costs_much_comes_so_seldom_that_it_takes_its_share(cost: float) -> None:
    wait = Pace(1.0).after(cost).after(cost).wait
    assert cost / (cost + wait) == pytest.approx(SHARE)


def test_one_dear_round_changes_nothing_and_a_cheap_one_ends_it() -> None:
    pace = Pace(1.0).after(0.01).after(2.0)
    assert pace.wait == 1.0
    assert pace.after(2.0).wait > 1.0
    assert pace.after(2.0).after(0.01).wait == 1.0


def test_a_frame_comes_after_a_while_whatever_it_costs() -> None:
    assert Pace(1.0).after(60.0).after(60.0).wait == LONGEST
    assert Pace(30.0).after(60.0).after(60.0).wait == 30.0


def played(cockpit: ScriptedCockpit, until: Frame, lags: Callable[[], bool] = lambda: False) -> list[Frame]:
    """The frames that were shown when the cockpit's frames had been played up to ``until``."""
    shown: list[Frame] = []
    pump = Pump(cockpit.open, 0.0, lags)

    def show(made: Frame) -> None:
        shown.append(made)
        if made.study is until.study:
            pump.finish(stop_workers=False)

    pump.run(show)
    return shown


def test_a_terminal_that_lags_gets_the_newest_frame_once_it_has_caught_up() -> None:
    lagging = iter([False, True, True])
    shown = played(ScriptedCockpit(FIRST, SECOND, SECOND, LAST), LAST, lambda: next(lagging, False))
    assert shown == [FIRST, LAST]


def test_no_notice_is_lost_with_a_frame_that_is_not_shown() -> None:
    lagging = iter([False, True, True])
    one, two, three = (Notice(text) for text in ("one", "two", "three"))
    frames = [FIRST, replace(SECOND, notices=(one, two)), SECOND, replace(LAST, notices=(three,))]
    shown = played(ScriptedCockpit(*frames), LAST, lambda: next(lagging, False))
    assert [made.notices for made in shown] == [(), (one, two, three)]


def test_the_last_frame_is_shown_even_to_a_terminal_that_lags() -> None:
    """What an order came to must be seen when the screen is left."""
    shown: list[Frame] = []

    class Left(ScriptedCockpit):
        def look_at(self, trials: frozenset[int]) -> None:
            pump.finish(stop_workers=False)

        def read_log(self, request: LogRequest | None) -> None:
            pump.finish(stop_workers=False)

    pump = Pump(Left(FIRST).open, 0.0, lambda: True)
    pump.run(shown.append)
    assert shown == [FIRST]


def test_a_study_that_is_still_being_read_is_not_waited_for() -> None:
    """At a refresh of an hour, only a frame that says there is more lets the next tick start at once."""
    reading = [replace(FIRST, more=True), replace(SECOND, more=True), LAST]
    shown: list[Frame] = []
    pump = Pump(ScriptedCockpit(*reading).open, 3600.0)

    def show(made: Frame) -> None:
        shown.append(made)
        if made is LAST:
            pump.finish(stop_workers=False)

    pump.run(show)
    assert shown == reading


def test_rounds_are_as_far_apart_as_their_cost_of_cpu_asks_for() -> None:
    """Each takes two seconds of CPU; the first two are not yet known to be dear."""
    clock, waits = iter(range(0, 1000, 2)), list[float | None]()

    class Wake(Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout)
            return True

    pump = Pump(ScriptedCockpit(FIRST).open, 1.0, cpu=lambda: float(next(clock)))
    pump._wake = Wake()
    pump.run(lambda _: pump.finish(stop_workers=False) if len(waits) == 4 else None)
    assert waits == [1.0, 1.0, 8.0, 8.0]
