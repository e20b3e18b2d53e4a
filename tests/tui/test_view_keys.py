"""Every key that changes what the main screen shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hpt_tui.domain.trial import TrialState
from hpt_tui.tui.listed import Follow
from hpt_tui.tui.widgets.alerts import Alerts
from hpt_tui.tui.widgets.curves import Curves
from tests.builders import study
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, board, cockpit_app, press, settled


@pytest.mark.parametrize(("key", "panel"), [("1", "trials"), ("2", "curves"), ("3", "alerts"), ("4", "workers")])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_panels(key: str, panel: str, size: tuple[int, int]) -> None:
    async with cockpit_app(ScriptedCockpit(scenes.flagged())).run_test(size=size) as pilot:
        await settled(pilot)
        await press(pilot, key)
        assert pilot.app.focused is board(pilot).query_one(f"#{panel}")
        shown = [w.id for w in board(pilot).query_one("#grid").children if w.display]
        assert shown == ([panel] if size == (80, 24) else ["trials", "curves", "alerts", "workers"])


async def test_tab_goes_through_the_panels() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.flagged())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        seen = []
        for _ in range(4):
            seen.append(pilot.app.focused.id if pilot.app.focused else None)
            await press(pilot, "tab")
        assert seen == ["trials", "curves", "alerts", "workers"]


async def test_metric_log_and_smoothing() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        curves = board(pilot).query_one(Curves)
        assert (curves.view.title, curves.log_scale, curves.smoothing) == ("val_acc", False, 0.0)
        await press(pilot, "m")
        assert (curves.view.title, curves.log_scale) == ("train_loss + val_loss", True)
        await press(pilot, "l")
        assert curves.log_scale is False
        await press(pilot, "e")
        assert curves.smoothing == 0.6
        await press(pilot, "e", "e", "m", "m", "m")
        assert (curves.view.title, curves.smoothing, curves.log_scale) == ("val_acc", 0.0, False)


async def test_sort_reverse_and_states() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        table = board(pilot).table
        assert table.rows[0] == 31
        await press(pilot, "O")
        assert table.rows[-1] == 31
        await press(pilot, "o")
        assert table.listing.column == "step"
        await press(pilot, "f", "f", "f")
        shown = board(pilot).frame.study
        assert {shown.by_number[n].state for n in table.rows} == {TrialState.PRUNED}
        assert "by step" in (table.border_title or "")
        assert "pruned only" in (table.border_title or "")


async def test_text_filter() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        table = board(pilot).table
        everything = table.rows
        await press(pilot, "slash", *"lr>5e-2", "enter")
        shown = board(pilot).frame.study
        assert table.rows
        assert all(float(str(shown.by_number[n].params["lr"])) > 5e-2 for n in table.rows)
        assert pilot.app.focused is table
        await press(pilot, "escape")
        assert table.rows == everything
        await press(pilot, "slash", *"#31")
        assert table.rows == (31,)
        await press(pilot, "escape")
        assert table.rows == everything


async def test_follow_newest_and_best() -> None:
    cockpit = ScriptedCockpit(scenes.running())
    app = cockpit_app(cockpit)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        table = board(pilot).table
        await press(pilot, "n")
        assert (table.follow, table.cursor) == (Follow.NEWEST, 41)
        trials, curves = scenes.rows(44, 2)
        newer = replace(scenes.running(), study=study(trials, curves=curves))
        cockpit.play(app, newer)
        await settled(pilot, newer)
        assert table.cursor == 45
        await press(pilot, "n")
        assert table.follow is Follow.TRIAL
        await press(pilot, "b")
        assert (table.follow, table.cursor) == (Follow.BEST, 31)


async def test_marks_and_unmark() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        table, curves = board(pilot).table, board(pilot).query_one(Curves)
        await press(pilot, "space", "down", "down", "space")
        assert list(table.marked) == [31, 10]
        assert curves.numbers[:2] == (31, 10)
        await press(pilot, "space")
        assert list(table.marked) == [31]
        await press(pilot, "u")
        assert not table.marked


async def test_arrows_in_the_alerts() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.flagged())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        alerts = board(pilot).query_one("#alerts", Alerts)
        await press(pilot, "3", "down", "down", "down")
        assert alerts.selected == scenes.ALIKE
        await press(pilot, "home")
        assert alerts.selected == scenes.SPIKY
