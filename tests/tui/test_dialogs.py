"""The dialogs: moving a bound, a trial in full, a flag."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.space import Choices
from hpt_tui.tui.app import Outcome
from hpt_tui.tui.screens.field import Preview
from hpt_tui.tui.screens.page import Sheet
from hpt_tui.tui.screens.widen import Widen
from hpt_tui.tui.widgets.bound_history import BoundHistory
from hpt_tui.tui.widgets.curves import Curves
from hpt_tui.tui.widgets.pick import Pick
from tests.builders import flag, frame, study, trial, with_row
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, board, burst, cockpit_app, ordered, press, settled, until
from tests.tui.test_snapshots import SIZES, Compare, draws


def said(pilot: Pilot[Outcome]) -> str:
    return " ".join(text for text, _ in pilot.app.screen.query_one(Preview).said)


def sheet(pilot: Pilot[Outcome]) -> str:
    page = pilot.app.screen.query_one(Sheet)
    return "\n".join(text.plain for text in page.lines())


async def choose(pilot: Pilot[Outcome], row: int, value: str | None = None) -> None:
    """Choose an end in the open dialog, and put a value in."""
    await press(pilot, *["down"] * row)
    if value is not None:
        pilot.app.screen.query_one(Input).value = value
        await pilot.pause()


@pytest.mark.parametrize(
    ("row", "value", "problem"),
    [
        (0, "", "give a number"),
        (0, "much", "'much' is not a number"),
        (0, "nan", "needs finite bounds"),
        (0, "1e-5", "needs a lower bound below the upper one"),
        (0, "0.1", "that is the bound in force now"),
        (1, "-1", "is on a log scale"),
        (6, "100.5", "is an integer"),
    ],
)
async def test_a_bound_that_cannot_be(row: int, value: str, problem: str) -> None:
    cockpit = ScriptedCockpit(scenes.running())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "w")
        await choose(pilot, row, value)
        assert problem in said(pilot)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, Widen)
        assert cockpit.orders == []


@pytest.mark.parametrize(
    ("row", "value", "order", "preview"),
    [
        (0, None, ChangeBound("lr", high=1.0), "Widens lr: upper bound 1.0e-1 → 1.0e0"),
        (1, None, ChangeBound("lr", low=1e-5), "Widens lr: lower bound 1.0e-4 → 1.0e-5"),
        (0, "0.01", ChangeBound("lr", high=0.01), "Narrows lr"),
        (4, None, ChangeBound("dropout", high=0.9), "Widens dropout: upper bound 0.6 → 0.9"),
        (6, None, ChangeBound("batch_size", high=512), "40 of 40 finished trials stay inside"),
    ],
)
async def test_a_bound_that_can_be(row: int, value: str | None, order: ChangeBound, preview: str) -> None:
    cockpit = ScriptedCockpit(scenes.running())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "w")
        await choose(pilot, row, value)
        assert preview in said(pilot)
        await press(pilot, "enter")
        await until(pilot, lambda: cockpit.orders)
        (given,) = cockpit.orders
        assert isinstance(given, ChangeBound)
        assert (given.parameter, given.reason) == (order.parameter, "")
        assert given.low == pytest.approx(order.low)
        assert given.high == pytest.approx(order.high)


async def test_the_history_of_the_chosen_parameter_stands_below() -> None:
    """The newest first, an undo as what it is, and how many there are."""
    async with cockpit_app(ScriptedCockpit(scenes.steered())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "w")
        assert [text.plain for text in pilot.app.screen.query_one(BoundHistory).lines()] == [
            "lr before, the last 3 of 4 moves",
            "  14:08:20  ada@gpubox  1.0e-4 .. 5.0e-1 → 1.0e-4 .. 1.0e0 (flag edge)",
            "  14:02:30  ada@gpubox  undo: 1.0e-4 .. 2.0e0 → 1.0e-4 .. 5.0e-1",
            "  14:01:40  bob@laptop  1.0e-4 .. 5.0e-1 → 1.0e-4 .. 2.0e0",
        ]
        await choose(pilot, 4)
        (none,) = pilot.app.screen.query_one(BoundHistory).lines()
        assert none.plain == "Nobody has moved a bound of dropout."


async def test_without_any_history_there_is_no_room_for_it() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "w")
        assert not pilot.app.screen.query_one(BoundHistory).display


@pytest.mark.usefixtures("drawn_with")
@pytest.mark.parametrize("size", SIZES)
def test_the_history_on_every_screen(snap_compare: Compare, size: str) -> None:
    assert draws(snap_compare, scenes.steered(), SIZES[size], "w")


async def test_narrowing_counts_who_stays_inside() -> None:
    trials = [trial(n, params={"lr": lr}) for n, lr in enumerate((0.001, 0.02, 0.05))]
    async with cockpit_app(ScriptedCockpit(frame(study(trials)))).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "w")
        await choose(pilot, 0, "0.01")
        assert "1 of 3 finished trials stay inside" in said(pilot)


async def test_a_proposal_that_is_in_force_is_not_proposed_again() -> None:
    edge = flag(order=ChangeBound("lr", high=0.1, reason="edge"))
    async with cockpit_app(ScriptedCockpit(replace(scenes.running(), flags=(edge,)))).run_test() as pilot:
        await settled(pilot)
        await press(pilot, "w")
        assert pilot.app.screen.query_one(Input).value == "1.0e0"


async def test_typing_and_arrows_and_enter_work_wherever_the_focus_is() -> None:
    cockpit = ScriptedCockpit(scenes.running())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "w", *"0.05", "tab", "down")
        field = pilot.app.screen.query_one(Input)
        assert field.value == "1.0e-5"
        await press(pilot, "up")
        assert field.value == "0.05"
        pilot.app.screen.set_focus(None)
        await press(pilot, *"0.04")
        assert field.value == "0.04"
        pilot.app.screen.set_focus(None)
        await press(pilot, "enter")
        await ordered(pilot, cockpit, [ChangeBound("lr", high=0.04)])


async def test_what_is_typed_at_once_is_what_is_ordered() -> None:
    """A paste or a slow line brings a value and its Enter together: the order is not what stood there before."""
    cockpit = ScriptedCockpit(scenes.running())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "w")
        await burst(pilot, "0.05\n")
        await ordered(pilot, cockpit, [ChangeBound("lr", high=0.05)])


async def test_an_end_is_chosen_by_the_mouse_and_typing_goes_on() -> None:
    cockpit = ScriptedCockpit(scenes.running())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "w")
        await pilot.click(Pick, offset=(5, 1))
        await pilot.pause()
        assert pilot.app.screen.query_one(Input).value == "1.0e-5"
        await press(pilot, *"1e-6", "enter")
        await ordered(pilot, cockpit, [ChangeBound("lr", low=1e-6)])


async def test_the_chosen_row_is_marked_by_a_sign() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "w", "down")
        prompts = [str(option.prompt) for option in pilot.app.screen.query_one(Pick).options]
        assert [at for at, prompt in enumerate(prompts) if prompt.startswith("›")] == [1]
        await press(pilot, "escape", "s", "down")
        prompts = [str(option.prompt) for option in pilot.app.screen.query_one(Pick).options]
        assert [at for at, prompt in enumerate(prompts) if prompt.startswith("›")] == [1]


async def test_a_study_without_numbers_has_no_bound_to_move() -> None:
    made = study([trial(0)], declared={"optimizer": Choices(("sgd", "adamw"))})
    async with cockpit_app(ScriptedCockpit(frame(made))).run_test(notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, "w")
        assert [n.severity for n in pilot.app._notifications] == ["error"]


async def test_the_page_of_a_running_trial_goes_on() -> None:
    first = scenes.running()
    cockpit = ScriptedCockpit(first)
    app = cockpit_app(cockpit)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "f", "enter")
        assert "12/30" in sheet(pilot)
        reported = replace(first.study.by_number[40], steps=13)
        after = replace(first, study=replace(first.study, trials=with_row(first.study.trials, reported)))
        cockpit.play(app, after)
        await settled(pilot, after)
        assert "13/30" in sheet(pilot)
        curves = pilot.app.screen.query_one(Curves)
        assert curves.numbers == (40,)
        await press(pilot, "m", "l", "e")
        assert (curves.view.title, curves.log_scale, curves.smoothing) == ("train_loss + val_loss", False, 0.6)


async def test_a_failed_trial_says_why() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "f", "f", "f", "f", "enter")
        assert "RuntimeError: loss is NaN at step 4" in sheet(pilot)


async def test_a_flag_without_an_order_is_only_read() -> None:
    cockpit = ScriptedCockpit(replace(scenes.running(), flags=(scenes.ALIKE,)))
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "a", "enter")
        assert "hpt-tui rule G24.6" in sheet(pilot)
        await press(pilot, "escape")
        assert cockpit.orders == []


async def test_a_flag_without_an_order_says_why() -> None:
    reasoned = replace(scenes.ALIKE, why_no_order="It is to be seen in the code only.")
    async with cockpit_app(ScriptedCockpit(replace(scenes.running(), flags=(reasoned,)))).run_test() as pilot:
        await settled(pilot)
        await press(pilot, "a")
        assert "No key does it. It is to be seen in the code only." in sheet(pilot)


async def test_an_alert_is_opened_by_the_mouse() -> None:
    cockpit = ScriptedCockpit(scenes.flagged())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.click("#alerts", offset=(10, 5))
        await pilot.pause()
        assert "hpt-tui rule G24.3" in sheet(pilot)
        await pilot.click("KeyBar", offset=(3, 0))
        await pilot.pause()
        await press(pilot, "enter")
        await ordered(pilot, cockpit, [ChangeBound("lr", high=1.0, reason="edge")])


HOSTILE_WALK = ("w", "a", "v", "enter", "question_mark", "s", "p", "plus", "q")


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 50)], ids=str)
async def test_a_hostile_study_is_walked_through(size: tuple[int, int]) -> None:
    """Every window, with toasts and tooltips drawn: no crash, no live markup, no control character."""
    made: Frame = scenes.hostile()
    async with cockpit_app(ScriptedCockpit(made), title=scenes.EVIL).run_test(
        size=size, notifications=True, tooltips=True
    ) as pilot:
        await settled(pilot)
        board(pilot).say(scenes.EVIL, failed=True)
        await press(pilot, "space", "m", "o", "o", "o", "o", "o", "o", "right")
        for key in HOSTILE_WALK:
            await press(pilot, key)
            drawn = "\n".join(
                "".join(s.text for s in strip) for strip in pilot.app.screen._compositor.render_strips()
            )
            assert "\x1b" not in drawn
            assert "\u202e" not in drawn
            assert {len(drawn.splitlines())} == {size[1]}
            while pilot.app.screen is not board(pilot):
                await press(pilot, "escape")
