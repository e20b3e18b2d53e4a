"""Every key of the main screen, each by what it changes or orders."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from hpt_tui.domain.event import Event, values
from hpt_tui.domain.frame import Access, Frame
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.orders.order import Order
from hpt_tui.domain.orders.search import PauseStudy, ResumeStudy, StopStudy, TakeControl
from hpt_tui.domain.orders.trials import PruneTrial
from hpt_tui.domain.orders.undo import UndoEvent
from hpt_tui.domain.orders.workers import AddWorker, RemoveWorker
from hpt_tui.domain.snapshot import Control
from hpt_tui.domain.space import Bound
from hpt_tui.tui.app import Outcome
from hpt_tui.tui.keys import KEYS
from hpt_tui.tui.screens.flag import FlagPage
from hpt_tui.tui.screens.help import Help
from hpt_tui.tui.screens.journal import Journal
from hpt_tui.tui.screens.page import Question
from hpt_tui.tui.screens.trial import TrialPage
from hpt_tui.tui.screens.widen import Widen
from tests.builders import NOON
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, board, cockpit_app, gives, ordered, press, settled, until


def notices(pilot: Pilot[Outcome]) -> list[str]:
    return [n.message for n in pilot.app._notifications]


@pytest.mark.parametrize(
    ("keys", "orders"),
    [
        (["p"], [PauseStudy()]),
        (["plus"], [AddWorker()]),
        (["minus"], [RemoveWorker()]),
        (["s", "enter"], [StopStudy()]),
        (["s", "f"], [StopStudy()]),
        (["s", "down", "enter"], [StopStudy(at_once=True)]),
        (["s", "x"], [StopStudy(at_once=True)]),
        (["s", "n", "enter"], [StopStudy(after=5)]),
        (["s", "n", "0", "enter", "backspace", "7", "enter"], [StopStudy(after=7)]),
        (["s", "t", "enter"], [StopStudy(deadline=NOON + 7200)]),
        (["f", "k", "p"], [PruneTrial(40)]),
        (["w", "enter"], [ChangeBound("lr", high=1.0, reason="edge")]),
        (["w", *"0.05", "enter"], [ChangeBound("lr", high=0.05, reason="edge")]),
        (["a", "enter"], [PruneTrial(40)]),
        (["3", "down", "enter", "enter", "enter"], [ChangeBound("lr", high=1.0, reason="edge")]),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) and isinstance(given[0], str) else "",
)
async def test_orders(keys: list[str], orders: list[Order]) -> None:
    await gives(ScriptedCockpit(scenes.flagged()), keys, orders)


async def test_undo_shows_what_it_does_and_orders_it() -> None:
    """L6: exactly the order that was shown."""
    bounds = {"low": 0.0, "high": 0.6}, {"low": 0.0, "high": 0.8}
    widened = Event(
        *(NOON - 60, "ada@gpubox", "widen", "dropout", "0 .. 0.6", "0 .. 0.8"),
        was=values(**bounds[0]),
        became=values(**bounds[1]),
        id="7-abc",
    )
    frame = scenes.flagged()
    steered = replace(frame.study, events=(widened,), control=Control(bounds={"dropout": Bound(0.0, 0.8, NOON)}))
    cockpit = ScriptedCockpit(replace(frame, study=steered))
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "z")
        assert isinstance(pilot.app.screen, Question)
        await press(pilot, "y")
        await ordered(pilot, cockpit, [UndoEvent("7-abc")])


async def test_there_may_be_nothing_to_undo() -> None:
    cockpit = ScriptedCockpit(scenes.flagged())
    async with cockpit_app(cockpit).run_test(size=(120, 40), notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, "z")
        assert notices(pilot) == ["There is no order that could be undone."]


@pytest.mark.parametrize(
    "keys", [["s", "escape"], ["s", "c"], ["f", "k", "escape"], ["w", "escape"], ["a", "escape"], ["q", "c"]]
)
async def test_escape_and_cancel_order_nothing(keys: list[str]) -> None:
    cockpit = ScriptedCockpit(scenes.flagged())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, *keys)
        assert pilot.app.screen is board(pilot)
        assert cockpit.orders == []
        assert cockpit.closed is None


@pytest.mark.parametrize("control", [Control(paused=True), Control(stopping=True)], ids=["paused", "stopping"])
async def test_p_takes_back_a_pause_and_a_stop(control: Control) -> None:
    cockpit = ScriptedCockpit(replace(scenes.running(), study=scenes.running_study(control=control)))
    async with cockpit_app(cockpit).run_test() as pilot:
        await settled(pilot)
        await press(pilot, "p")
        await ordered(pilot, cockpit, [ResumeStudy()])


async def test_pruning_needs_a_running_trial() -> None:
    cockpit = ScriptedCockpit(scenes.running())
    async with cockpit_app(cockpit).run_test(notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, "k")
        assert notices(pilot) == ["#31 is complete; only a running trial can be pruned."]


async def test_a_watched_study_asks_before_the_first_order() -> None:
    cockpit = ScriptedCockpit(scenes.watched())
    async with cockpit_app(cockpit).run_test() as pilot:
        await settled(pilot)
        await press(pilot, "p")
        assert isinstance(pilot.app.screen, Question)
        assert cockpit.orders == []
        await press(pilot, "y")
        await ordered(pilot, cockpit, [TakeControl(), PauseStudy()])


async def test_a_watched_study_stays_watched_on_escape() -> None:
    cockpit = ScriptedCockpit(scenes.watched())
    async with cockpit_app(cockpit).run_test() as pilot:
        await settled(pilot)
        await press(pilot, "w", "tab", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Question))
        await press(pilot, "escape")
        assert cockpit.orders == []


@pytest.mark.parametrize("key", ["w", "p", "s", "plus", "minus", "k"])
async def test_a_study_that_cannot_be_steered_says_why(key: str) -> None:
    access = Access(steering_problem="the file is read-only [/]")
    cockpit = ScriptedCockpit(replace(scenes.running(), access=access))
    async with cockpit_app(cockpit).run_test(notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, key)
        assert notices(pilot) == ["The file is read-only [/]"]
        assert cockpit.orders == []


async def test_a_machine_that_cannot_start_workers_says_why() -> None:
    access = Access(steering=True, workers_problem="the study file is unknown")
    cockpit = ScriptedCockpit(replace(scenes.running(), access=access))
    async with cockpit_app(cockpit).run_test(notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, "plus")
        assert notices(pilot) == ["The study file is unknown"]
        assert cockpit.orders == []


async def test_nothing_is_steered_before_the_study_is_open() -> None:
    cockpit = ScriptedCockpit(Frame(trouble="the database does not answer"))
    async with cockpit_app(cockpit).run_test(notifications=True) as pilot:
        await until(pilot, lambda: cockpit.ticks)
        await press(pilot, "p", "w", "s", "k")
        assert notices(pilot) == ["The study is not open yet."] * 2  # and no more at once
        assert cockpit.orders == []


@pytest.mark.parametrize(
    ("keys", "screen"),
    [
        ("a", FlagPage),
        ("v", Journal),
        ("question_mark", Help),
        ("f1", Help),
        ("enter", TrialPage),
        ("w", Widen),
        ("q", Question),
    ],
)
async def test_windows_open_and_escape_closes_them(keys: str, screen: type) -> None:
    async with cockpit_app(ScriptedCockpit(scenes.flagged())).run_test() as pilot:
        await settled(pilot)
        await press(pilot, keys)
        assert isinstance(pilot.app.screen, screen)
        await press(pilot, "escape")
        assert pilot.app.screen is board(pilot)


async def test_no_alert_to_open_says_so() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, "a")
        assert notices(pilot) == ["There is no alert."]


def test_every_key_is_explained_once() -> None:
    pressed = [key for k in KEYS for key in k.keys.split(",")]
    assert len(pressed) == len(set(pressed))
    assert all(k.help.endswith(".") for k in KEYS)
    assert len({k.title for k in KEYS}) == len(KEYS)
