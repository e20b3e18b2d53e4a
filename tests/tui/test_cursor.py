"""The cursor of the trials, by keys, by the mouse, and while trials come and go."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.quantities import PARAM, VALUE
from hpt_tui.tui.app import Outcome
from hpt_tui.tui.listing import Listing
from hpt_tui.tui.screens.trial import TrialPage
from hpt_tui.tui.widgets.trial_table import TrialTable
from tests.builders import NOON, frame, study, trial
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, board, cockpit_app, press, settled


def text(table: TrialTable, y: int) -> str:
    return table.render_line(y).text


def more(count: int) -> Frame:
    """``count`` complete trials, each better than all before it."""
    return frame(study([trial(n, value=0.5 + n / 1000) for n in range(count)]))


async def test_the_cursor_keeps_its_trial_and_its_place() -> None:
    cockpit = ScriptedCockpit(more(100))
    app = cockpit_app(cockpit)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        table = board(pilot).table
        assert table.cursor == 99
        await press(pilot, "pagedown", "pagedown", "down")
        number, place = table.cursor, table.rows.index(table.cursor or 0) - table.scroll_offset.y
        after = more(103)
        cockpit.play(app, after)
        await settled(pilot, after)
        assert table.cursor == number
        assert table.rows.index(number or 0) - table.scroll_offset.y == place


async def test_at_the_top_new_rows_come_into_view() -> None:
    cockpit = ScriptedCockpit(more(100))
    app = cockpit_app(cockpit)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        table = board(pilot).table
        await press(pilot, "down", "up")
        after = more(103)
        cockpit.play(app, after)
        await settled(pilot, after)
        assert table.cursor == 99
        assert table.scroll_offset.y == 0
        assert " 102 " in text(table, 1)


async def test_a_view_that_was_scrolled_by_the_wheel_stays_there() -> None:
    cockpit = ScriptedCockpit(more(100))
    app = cockpit_app(cockpit)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        table = board(pilot).table
        await press(pilot, "down")
        table.scroll_to(y=50, animate=False)
        after = replace(more(100), now=NOON + 1)
        cockpit.play(app, after)
        await settled(pilot, after)
        assert table.scroll_offset.y == 50


async def test_a_trial_that_is_filtered_out_hands_the_cursor_to_its_neighbour() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "f")
        assert board(pilot).table.cursor in (40, 41)


@pytest.mark.parametrize(("key", "row"), [("end", -1), ("home", 0), ("pagedown", 22), ("down", 1)])
async def test_cursor_keys(key: str, row: int) -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        table = board(pilot).table
        await press(pilot, key)
        assert table.cursor == table.rows[row]


async def click(pilot: Pilot[Outcome], x: int, y: int, times: int = 1) -> None:
    await pilot.click("#trials", offset=(x, y), times=times)
    await pilot.pause()


async def test_mouse() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        table = board(pilot).table
        await click(pilot, 10, 4)
        assert table.cursor == table.rows[2]
        await click(pilot, text(table, 0).index("step") + 1, 1)
        assert table.listing == Listing("step")
        await click(pilot, text(table, 0).index("step") + 1, 1)
        assert table.listing == Listing("step", reverse=True)
        await click(pilot, text(table, 0).index("val_acc") + 1, 1)
        assert table.listing.column == VALUE
        await press(pilot, "right", "right", "right")
        await click(pilot, text(table, 0).index("lr") + 1, 1)
        assert table.listing.column == PARAM + "lr"
        await click(pilot, 10, 4, times=2)
        assert isinstance(pilot.app.screen, TrialPage)


async def test_footer_and_worker_clicks() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.click("#keys", offset=(2, 0))
        await pilot.pause()
        assert type(pilot.app.screen).__name__ == "Widen"
        await press(pilot, "escape")
        await pilot.click("#workers", offset=(5, 2))
        await pilot.pause()
        assert isinstance(pilot.app.screen, TrialPage)
