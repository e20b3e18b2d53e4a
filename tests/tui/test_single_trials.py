"""The keys about single trials and values (issue 4, items 3 and 4): what each orders, shows and refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from hpt_tui.domain.orders.order import Order
from hpt_tui.domain.orders.probes import Enqueue, FixParameter, FreeParameter
from hpt_tui.domain.orders.remarks import NoteTrial, StarTrial
from hpt_tui.domain.orders.trials import DiscardTrial, PauseTrial, PruneTrial, ResumeTrial, RetryTrial
from hpt_tui.domain.snapshot import Control
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.trial_ledger import trials_of
from hpt_tui.tui.app import Outcome
from hpt_tui.tui.screens.field import Preview
from hpt_tui.tui.screens.values import Fix, Probe, Values
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, board, burst, cockpit_app, gives, ordered, press, settled

FAILED = next(t.number for t in scenes.flagged().study.trials if t.state is TrialState.FAILED)
RUNNING = [t.number for t in scenes.flagged().study.running]


@pytest.mark.parametrize(
    ("keys", "orders"),
    [
        (["f", "k", "p"], [PruneTrial(40)]),
        (["f", "k", "enter"], [PruneTrial(40)]),
        (["f", "k", "d"], [DiscardTrial(40)]),
        (["f", "h"], [PauseTrial(40)]),
        (["f", "f", "f", "f", "r"], [RetryTrial(FAILED)]),
        (["f", "asterisk"], [StarTrial(40)]),
        (["f", "N", *"good", "enter"], [NoteTrial(40, "good")]),
        (["f", "N", "a", "ctrl+j", "b", "enter"], [NoteTrial(40, "a\nb")]),
        (["F", *"0.01", "enter"], [FixParameter("lr", "0.01")]),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) and isinstance(given[0], str) else "",
)
async def test_orders(keys: list[str], orders: list[Order]) -> None:
    await gives(ScriptedCockpit(scenes.flagged()), keys, orders)


async def test_the_marked_running_trials_are_ended_together_and_counted_first() -> None:
    cockpit = ScriptedCockpit(scenes.flagged())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "f", "M", "k")
        question = pilot.app.screen
        assert f"End {len(RUNNING)} trials" in str(question.query_one(".box").border_title)
        await press(pilot, "d")
        await until_all_discarded(pilot, cockpit)


async def until_all_discarded(pilot: Pilot[Outcome], cockpit: ScriptedCockpit) -> None:
    marked = [n for n in board(pilot).table.marked if n in RUNNING]
    await ordered(pilot, cockpit, [DiscardTrial(n) for n in marked])


async def test_h_lets_a_paused_trial_go_on() -> None:
    scene = scenes.flagged()
    held = replace(scene, study=replace(scene.study, control=Control(held=frozenset({40}))))
    cockpit = ScriptedCockpit(held)
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "f", "h")
        await ordered(pilot, cockpit, [ResumeTrial(40)])


async def test_a_configuration_begins_with_the_selected_trials_values() -> None:
    """As they are stored, not as they are rounded; what is cleared, the sampler draws."""
    cockpit = ScriptedCockpit(scenes.flagged())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        number = board(pilot).table.cursor
        params = scenes.flagged().study.by_number[number or 0].params
        await press(pilot, "i")
        dialog = pilot.app.screen
        assert isinstance(dialog, Probe)
        first = dialog.chosen
        assert dialog.query_one(Input).value == str(params[first])
        await press(pilot, "backspace", "enter")
        expected = tuple((n, str(params[n])) for n in dialog.names if n != first and n in params)
        await ordered(pilot, cockpit, [Enqueue(expected, outside=True)])


@pytest.mark.parametrize(
    ("typed", "why"),
    [("fast", "is not a number"), ("-1", "log scale"), ("inf", "finite")],
)
@pytest.mark.parametrize("key", ["i", "F"])
async def test_what_cannot_be_is_said_as_it_is_typed_and_not_ordered(key: str, typed: str, why: str) -> None:
    cockpit = ScriptedCockpit(scenes.flagged())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, key, *typed, "enter")
        dialog = pilot.app.screen
        assert isinstance(dialog, Values)
        assert why in dialog.problem()
        assert cockpit.orders == []


async def test_clearing_a_fixed_parameter_sets_it_free() -> None:
    scene = scenes.flagged()
    fixed = replace(scene, study=replace(scene.study, control=Control(fixed={"lr": 0.01})))
    cockpit = ScriptedCockpit(fixed)
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "F")
        assert isinstance(pilot.app.screen, Fix)
        await press(pilot, "backspace", "enter")
        await ordered(pilot, cockpit, [FreeParameter("lr")])


async def test_a_parameter_that_is_not_fixed_is_asked_about_not_complained_of() -> None:
    """Nothing was entered yet, so nothing is wrong; and Enter orders nothing."""
    cockpit = ScriptedCockpit(scenes.flagged())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "F")
        dialog = pilot.app.screen
        assert isinstance(dialog, Fix)
        assert dialog.query_one(Preview).said == (("lr is searched. Type the value that it is to have.", "dim"),)
        await press(pilot, "enter")
        assert pilot.app.screen is dialog
        assert cockpit.orders == []


async def test_a_note_that_is_there_can_be_changed_and_taken_away() -> None:
    scene = scenes.flagged()
    noted = replace(scene, study=replace(scene.study, notes={40: "old"}))
    cockpit = ScriptedCockpit(noted)
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "f", "N")
        assert pilot.app.screen.query_one(TextArea).text == "old"
        await press(pilot, *["backspace"] * 3, "enter")
        await ordered(pilot, cockpit, [NoteTrial(40, "")])


async def test_a_note_that_is_pasted_with_its_enter_is_whole() -> None:
    cockpit = ScriptedCockpit(scenes.flagged())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "f", "N")
        await burst(pilot, "plateau\n")
        await ordered(pilot, cockpit, [NoteTrial(40, "plateau")])


async def test_stars_notes_and_what_is_fixed_are_on_the_screen() -> None:
    """Text of a study is plain: a note's markup and control characters do nothing."""
    scene = scenes.flagged()
    ledger = trials_of([replace(t, starred=t.number == 40) for t in scene.study.trials])
    control = Control(fixed={"optimizer": "adamw"})
    told = replace(scene.study, trials=ledger, control=control, notes={40: "first [red]line\n\x1b[31msecond"})
    cockpit = ScriptedCockpit(replace(scene, study=told))
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "f")
        screen = shown(pilot)
        assert "★40" in screen
        assert "steered: optimizer = adamw" in screen
        await press(pilot, "enter")
        page = shown(pilot)
        assert "★ starred" in page
        assert "✎ first [red]line" in page
        assert "[31msecond" in page


def shown(pilot: Pilot[Outcome]) -> str:
    """The text of the whole screen."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips)


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("k", "#31 is complete; only a running trial can be pruned."),
        ("h", "#31 is complete; only a running trial can be paused."),
        ("r", "#31 is complete; only a failed trial can be retried."),
    ],
)
async def test_what_the_selected_trial_does_not_allow_is_said(key: str, why: str) -> None:
    cockpit = ScriptedCockpit(scenes.running())
    async with cockpit_app(cockpit).run_test(notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, key)
        assert [n.message for n in pilot.app._notifications] == [why]
