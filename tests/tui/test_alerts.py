"""The alerts panel over time: muted ones, those that went, and the trials behind one (issue 6, item 1)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from hpt_tui.domain.flags.flag import Flag
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.vigil import Cleared, MuteFlag, Vigil
from hpt_tui.tui.app import Outcome
from hpt_tui.tui.screens.page import Sheet
from hpt_tui.tui.widgets.alerts import Alerts
from tests.builders import NOON
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, board, cockpit_app, ordered, press, settled


def heard(*, muted: tuple[Flag, ...] = (), cleared: tuple[Flag, ...] = ()) -> Frame:
    """The flagged scene with some of its flags muted, and some others gone."""
    flagged = scenes.flagged()
    flags = tuple(flag for flag in flagged.flags if flag not in muted)
    gone = tuple(Cleared(flag, NOON - 900, NOON - 600) for flag in cleared)
    since = {flag.key: NOON - 300 for flag in (*flags, *muted)}
    return replace(flagged, flags=flags, vigil=Vigil(flags, muted, since, gone))


def panel(pilot: Pilot[Outcome]) -> str:
    return "\n".join(text.plain for text in board(pilot).query_one("#alerts", Alerts).lines())


@pytest.mark.parametrize("via", ["the panel", "the page"])
async def test_x_mutes_the_selected_alert_without_asking(via: str) -> None:
    cockpit = ScriptedCockpit(heard())
    first = scenes.flagged().flags[0]
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, *(("a",) if via == "the page" else ()), "x")
        await ordered(pilot, cockpit, [MuteFlag(first.id, first.parameters)])


async def test_a_muted_alert_stands_last_dimmed_and_x_brings_it_back() -> None:
    first = scenes.flagged().flags[0]
    cockpit = ScriptedCockpit(heard(muted=(first,)))
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert f"– {first.id}  muted: " in panel(pilot).splitlines()[-1]
        await press(pilot, "3", "end", "x")
        await ordered(pilot, cockpit, [MuteFlag(first.id, first.parameters, on=False)])


async def test_with_all_of_them_muted_the_line_of_a_small_screen_is_calm() -> None:
    shown = heard(muted=scenes.flagged().flags)
    async with cockpit_app(ScriptedCockpit(shown)).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        line = board(pilot).query_one("#alert-line", Alerts).lines()[0].plain
        assert line.startswith("✓ nothing wrong so far")


async def test_what_went_is_told_with_its_time() -> None:
    edge = scenes.EDGE
    async with cockpit_app(ScriptedCockpit(heard(cleared=(edge,)))).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert f"✓ {edge.id}  gone at " in panel(pilot)


async def test_the_page_says_since_when_it_is_up() -> None:
    async with cockpit_app(ScriptedCockpit(heard())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "a")
        sheet = "\n".join(text.plain for text in pilot.app.screen.query_one(Sheet).lines())
        assert "up since" in sheet
        assert "5 min" in sheet


async def test_m_marks_its_trials_in_the_table_and_the_curves() -> None:
    flag = next(f for f in scenes.flagged().flags if f.trials)
    async with cockpit_app(ScriptedCockpit(heard())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        board(pilot).open_flag(flag)
        await pilot.pause()
        await press(pilot, "m")
        known = [n for n in flag.trials if n in board(pilot).frame.study.by_number]
        assert board(pilot).table.marked == tuple(known[:6])
        assert board(pilot).table.has_focus
