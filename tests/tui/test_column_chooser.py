"""The dialog that chooses the columns, completion in the filter, and marking what is listed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from hpt_tui.domain.quantities import NUMBER, PARAM, STARTED, WORKER
from hpt_tui.tui.app import Outcome
from hpt_tui.tui.screens.columns import ColumnChooser, ColumnList
from hpt_tui.tui.themes import SERIES
from hpt_tui.tui.widgets.filter_field import FilterField
from hpt_tui.tui.widgets.keybar import KeyBar
from tests.builders import frame, study, trial
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, board, cockpit_app, press, settled, until

USUAL = ["#", "state", "val_acc", "step", "time", "lr", "weight_decay", "dropout", "batch_size", "optimizer"]


def titles(pilot: Pilot[Outcome]) -> list[str]:
    """The heads on the screen."""
    return board(pilot).table.render_line(0).text.replace("↓", " ").replace("↑", " ").split()


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["down", "space"], [t for t in USUAL if t != "state"]),
        (["down", "space", "space"], USUAL),
        (["space"], USUAL),
        (["end", "up", "space"], [*USUAL, "started"]),
        (["down", "right_square_bracket"], ["#", "val_acc", "state", *USUAL[3:]]),
        (["down", "down", "shift+up"], ["#", "val_acc", "state", *USUAL[3:]]),
        (["down", "left_square_bracket"], USUAL),
        (["shift+down"], USUAL),
        (["down", "space", "shift+down", "r"], USUAL),
        (["end", "space", "home", "down", "space", "pagedown", "pageup"], [*USUAL[:1], *USUAL[2:], "noted"]),
    ],
    ids=" ".join,
)
async def test_columns_are_shown_hidden_and_moved(keys: list[str], expected: list[str]) -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await press(pilot, "C", *keys, "escape")
        assert titles(pilot) == USUAL
        await press(pilot, "C", *keys, "enter")
        # A narrow head is cut.
        found = [title.rstrip("…") for title in titles(pilot)]
        assert [whole[: len(title)] for whole, title in zip(expected, found, strict=True)] == found


async def test_the_choice_is_remembered_and_holds_in_the_next_frame() -> None:
    cockpit = ScriptedCockpit(scenes.running())
    app = cockpit_app(cockpit)
    async with app.run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await press(pilot, "C", "down", "space", "enter")
        after = scenes.running()
        cockpit.play(app, after)
        await settled(pilot, after)
        assert "state" not in titles(pilot)
        await press(pilot, "C", "down", "space", "enter")
        assert titles(pilot) == USUAL


async def test_a_hidden_column_is_filtered_and_sorted_by() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        table = board(pilot).table
        await press(pilot, "C", *["down"] * 5, "space", "o", "enter")
        assert "lr" not in titles(pilot)
        assert table.listing.column == PARAM + "lr"
        assert "by lr ↑" in str(table.border_title)
        await press(pilot, "slash", *"lr>5e-2")
        assert 0 < len(table.rows) < 42
        await press(pilot, "escape", "o")
        assert table.listing.column == NUMBER


async def test_a_click_chooses_a_column_and_another_one_hides_it() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "C")
        await pilot.click(ColumnList, offset=(4, 11))
        await pilot.click(ColumnList, offset=(4, 11))
        await pilot.pause()
        assert isinstance(pilot.app.screen, ColumnChooser)
        assert pilot.app.screen.query_one(ColumnList).choice.arrangement.shows(STARTED)
        assert not pilot.app.screen.query_one(ColumnList).choice.arrangement.shows(WORKER)


async def test_a_name_is_shown_as_ghost_text_and_taken() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        field = board(pilot).query_one(FilterField)
        await press(pilot, "slash", *"wei")
        await until(pilot, lambda: "weight_decay" in field.render_line(0).text)
        await press(pilot, "right")
        assert field.value == "weight_decay"
        await press(pilot, *"<1 dro", "left", "tab")
        assert field.value.startswith("weight_decay<1 dropout")
        await press(pilot, "escape", "slash", *"zz", "tab")
        assert field.has_focus


async def test_hostile_names_are_completed_without_a_control_character() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.hostile())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        field = board(pilot).query_one(FilterField)
        await press(pilot, "slash", *"漢", "tab")
        assert field.value == "漢字🎉"
        await press(pilot, *':"[b', "tab")
        assert field.value.isprintable()


async def test_all_that_are_listed_are_marked_up_to_what_the_curves_show() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        table = board(pilot).table
        await press(pilot, "slash", *"is:running", "enter", "M")
        assert set(table.marked) == {40, 41}
        await press(pilot, "escape", "M")
        assert table.marked == table.rows[:SERIES]
        await press(pilot, "u")
        assert table.marked == ()


@pytest.mark.parametrize("count", [2, 60], ids=["few", "many"])
@pytest.mark.parametrize("size", [(80, 24), (60, 16), (120, 40)], ids=str)
async def test_the_list_of_columns_fills_its_window(size: tuple[int, int], count: int) -> None:
    names = tuple(f"p{n}" for n in range(count))
    wide = frame(study([replace(trial(0), params=dict.fromkeys(names, 0.5))]))
    async with cockpit_app(ScriptedCockpit(wide)).run_test(size=size) as pilot:
        await settled(pilot)
        await press(pilot, "C")
        listed, keys = pilot.app.screen.query_one(ColumnList), pilot.app.screen.query_one(KeyBar)
        assert listed.region.bottom + 1 == keys.region.y
        await press(pilot, "end")
        assert "noted" in listed.render_line(listed.size.height - 1).text
