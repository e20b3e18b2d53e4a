"""The page of the search by hand (G10): what it says, and what its keys order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from hpt_tui.domain.frame import Frame, Notice
from hpt_tui.domain.manual.loop import ManualLoop
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.orders.manual import EndManual, RunManual
from hpt_tui.domain.snapshot import Control
from hpt_tui.domain.space import Choices, FloatRange, Range
from hpt_tui.domain.trial import Direction, TrialState
from hpt_tui.tui.app import CockpitApp
from hpt_tui.tui.screens.manual import ManualPage
from hpt_tui.tui.screens.prompt import Prompt
from hpt_tui.tui.screens.widen import Widen
from tests.builders import NOON, curve, frame, study, trial, worker
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, board, burst, cockpit_app, ordered, press, settled, until
from tests.tui.test_snapshots import SIZES, Compare, draws

STEPS = np.arange(20)
SWINGS = list(0.9 + 1.4 * np.exp(-STEPS / 3) + 0.35 * (-1.0) ** STEPS)
CALM = list(2.3 * np.exp(-STEPS / 3) + 0.2)
CRAWLS = list(2.3 - 0.0005 * STEPS)


def by_hand(
    *runs: tuple[float, Sequence[float]], last: TrialState = TrialState.COMPLETE, on: bool = True, name: str = "lr"
) -> Frame:
    space: dict[str, Range] = {name: FloatRange(1e-5, 1.0, log=True), "optimizer": Choices(("sgd", "adamw"))}
    trials, curves = [], []
    for number, (rate, values) in enumerate(runs):
        state = last if number == len(runs) - 1 else TrialState.COMPLETE
        made = trial(number, state, float(values[-1]), ranges=space, steps=len(values))
        trials.append(replace(made, params={name: rate, "optimizer": "sgd"}))
        curves.append(curve(number, "val_loss", values))
    rates = {number: rate for number, (rate, _) in enumerate(runs)}
    loop = ManualLoop(name, 1e-1, {"optimizer": "sgd"}, at=NOON, on=on, runs=rates)
    made_study = study(
        trials,
        curves=curves,
        metric="val_loss",
        direction=Direction.MINIMIZE,
        declared=space,
        control=Control(manual=loop),
        budget=None,
        steps=20,
    )
    return frame(made_study, workers=(worker(0, trial=len(runs) - 1 if last is TrialState.RUNNING else None),))


def proposing() -> Frame:
    return by_hand((1e-1, SWINGS), (1e-3, list(2.3 - 0.06 * STEPS)))


def training() -> Frame:
    return by_hand((1e-1, SWINGS), (5e-2, SWINGS[:12]), last=TrialState.RUNNING)


def converged() -> Frame:
    return by_hand((1e-1, SWINGS), (5e-2, SWINGS), (5e-3, CALM))


def at_bound() -> Frame:
    return by_hand((3e-1, CRAWLS), (1.0, CRAWLS))


def begun() -> Frame:
    return by_hand()


def hostile() -> Frame:
    return by_hand((1e-1, SWINGS), name=scenes.EVIL)


SCENES: dict[str, Callable[[], Frame]] = {
    "begun": begun,
    "proposing": proposing,
    "training": training,
    "converged": converged,
    "at bound": at_bound,
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.usefixtures("drawn_with")
def test_page(snap_compare: Compare, scene: str, size: str) -> None:
    assert draws(snap_compare, SCENES[scene](), SIZES[size], "B")


@pytest.mark.usefixtures("drawn_with")
def test_page_of_a_search_that_draws_its_own_trials(snap_compare: Compare) -> None:
    assert draws(snap_compare, scenes.running(), (120, 40), "B")


@pytest.mark.usefixtures("drawn_with")
def test_another_value(snap_compare: Compare) -> None:
    assert draws(snap_compare, proposing(), (120, 40), "B", "e", *"2.0")


async def test_enter_runs_what_is_proposed_once() -> None:
    cockpit = ScriptedCockpit(proposing())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "B", "enter", "enter")
        await ordered(pilot, cockpit, [RunManual(0.01, "lr")])
        assert isinstance(pilot.app.screen, ManualPage), "it stays, for the curve"


async def test_what_was_refused_can_be_ordered_again() -> None:
    cockpit = ScriptedCockpit(proposing())
    app = cockpit_app(cockpit)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "B", "enter")
        refused = replace(
            proposing(), notices=(Notice("no trial starts while the search is paused", failed=True),)
        )
        cockpit.play(app, refused)
        await settled(pilot, refused)
        await press(pilot, "enter")
        await ordered(pilot, cockpit, [RunManual(0.01, "lr")] * 2)


async def test_e_edits_the_value_first_and_refuses_what_cannot_be() -> None:
    cockpit = ScriptedCockpit(proposing())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "B", "e", *"7", "enter")
        assert isinstance(pilot.app.screen, Prompt), "7 is beyond the bound"
        await press(pilot, "backspace", *"0.02", "enter")
        await ordered(pilot, cockpit, [RunManual(0.02, "lr")])


async def test_a_value_that_is_pasted_with_its_enter_is_the_one_that_runs() -> None:
    cockpit = ScriptedCockpit(proposing())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "B", "e")
        await burst(pilot, "0.02\n")
        await ordered(pilot, cockpit, [RunManual(0.02, "lr")])


async def test_s_goes_on_into_the_search_and_escape_leaves_to_the_cockpit() -> None:
    cockpit = ScriptedCockpit(proposing())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "B", "escape")
        assert pilot.app.screen is board(pilot)
        await press(pilot, "B", "s")
        await ordered(pilot, cockpit, [EndManual()])
        assert pilot.app.screen is board(pilot)


async def test_while_a_run_trains_nothing_can_be_ordered_and_the_page_follows_it() -> None:
    cockpit = ScriptedCockpit(training())
    app = cockpit_app(cockpit)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "B", "enter", "e")
        page = pilot.app.screen
        assert isinstance(page, ManualPage)
        done = by_hand((1e-1, SWINGS), (5e-2, SWINGS))
        cockpit.play(app, done)
        await settled(pilot, done)
        await press(pilot, "enter")
        await ordered(pilot, cockpit, [RunManual(5e-3, "lr")])


async def test_w_widens_the_bound_that_is_in_the_way_or_narrows_to_what_was_found() -> None:
    async with cockpit_app(ScriptedCockpit(at_bound())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "B", "w")
        assert isinstance(pilot.app.screen, Widen)
    cockpit = ScriptedCockpit(converged())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "B", "w")
        await ordered(pilot, cockpit, [ChangeBound("lr", 5e-4, 5e-2, "by-hand")])


async def test_it_is_said_where_it_makes_no_sense() -> None:
    several = scenes.running_study(directions=(Direction.MINIMIZE, Direction.MAXIMIZE))
    async with cockpit_app(ScriptedCockpit(frame(several))).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "B")
        assert pilot.app.screen is board(pilot)
        await until(pilot, lambda: len(pilot.app._notifications) == 1)
    watched = replace(scenes.running(), access=replace(scenes.running().access, steering_problem="nobody listens"))
    async with cockpit_app(ScriptedCockpit(watched)).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "B")
        assert pilot.app.screen is board(pilot)


async def test_hpt_tui_manual_opens_the_page_by_itself() -> None:
    app = CockpitApp(ScriptedCockpit(proposing()).open, title="digits", refresh=60.0, first="manual")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, ManualPage))


async def test_a_hostile_name_stays_text() -> None:
    async with cockpit_app(ScriptedCockpit(hostile())).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "B")
        assert isinstance(pilot.app.screen, ManualPage)
