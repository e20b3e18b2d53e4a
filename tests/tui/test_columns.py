"""The columns of the trials table: which there are, their heads, several objectives, the cursor's sign."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpt_tui.domain.quantities import PARAM, TIME
from hpt_tui.domain.space import Choices, FloatRange, Range
from hpt_tui.domain.trial import Direction, TrialState
from hpt_tui.tui import columns
from hpt_tui.tui.columns import Columns
from hpt_tui.tui.listing import Listing
from hpt_tui.tui.screens.page import Sheet
from hpt_tui.tui.screens.widen import movables
from hpt_tui.tui.widgets.trial_table import TrialTable
from tests.builders import PARAMS, SPACE, frame, study, trial
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, board, cockpit_app, press, settled


def text(table: TrialTable, y: int) -> str:
    return table.render_line(y).text


async def test_spare_width_goes_to_the_heads() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        assert "weight_decay" in text(board(pilot).table, 0)
        assert "optimizer" in text(board(pilot).table, 0)


def test_heads_beyond_the_edge_are_short_and_spare_cells_go_to_those_before_it() -> None:
    fitted = Columns()
    fitted.fit(scenes.running().study)
    fitted.squeeze(63)
    heads = {c.title: c.head for c in fitted.shown}
    assert (heads["weight_decay"], heads["batch_size"]) == ("weight_decay", "batch_s…")


NUMBERS = st.one_of(
    st.floats(), st.floats(-20_000, 20_000), st.floats(0, 1), st.integers(0, 4000).map(lambda n: n / 8)
)


@given(st.lists(NUMBERS, min_size=1, max_size=30), st.booleans(), st.data())
def test_columns_of_many_trials_are_as_wide_as_if_each_had_been_written(
    values: list[float], log: bool, data: st.DataObject
) -> None:
    """Width by content, from the few texts that may be the longest."""
    space: dict[str, Range] = {"x": FloatRange(1e-4, 1e4, log=log), "kind": Choices(("a", "longer", "漢字"))}
    kinds = data.draw(st.lists(st.sampled_from(("a", "longer", "漢字")), min_size=30, max_size=30))
    rows = [
        trial(n, value=v, params={"x": v, "kind": kinds[n]}, ranges=space, seconds=abs(n * 997.0))
        for n, v in enumerate(values)
    ]
    made = study([replace(row, params={"x": row.params["x"], "kind": row.params["kind"]}) for row in rows])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "FEW", 0)
        few = Columns()
        few.fit(made)
    every = Columns()
    every.fit(made)
    assert [(c.before, c.after, c.words) for c in few.shown] == [(c.before, c.after, c.words) for c in every.shown]


def test_columns_that_nobody_fills_are_not_shown() -> None:
    silent = [trial(0, steps=0), trial(1, TrialState.RUNNING, None, steps=0)]
    declared = {**SPACE, "unused": FloatRange(0.0, 1.0)}
    fitted = Columns()
    fitted.fit(study(silent, declared=declared))
    assert not {"step", PARAM + "unused"} & {c.key for c in fitted.shown}
    fitted.fit(study([*silent, trial(2, steps=1)], declared=declared))
    assert "step" in {c.key for c in fitted.shown}


async def test_several_objectives_have_a_column_each_and_no_best_to_follow() -> None:
    trials = [replace(trial(n), values=(0.9 + n / 100, 5.0 - n)) for n in range(3)]
    made = replace(study(trials), directions=(Direction.MAXIMIZE, Direction.MINIMIZE))
    async with cockpit_app(ScriptedCockpit(frame(made))).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        table = board(pilot).table
        assert "value 0 max↓ value 1 min" in text(table, 0)
        assert "0.9200       3.000" in text(table, 1)
        assert "following" not in str(table.border_subtitle)
        table.relist(Listing("value:1"))
        assert list(table.rows) == [2, 1, 0]
        table.relist(Listing(text="value1>3.5"))
        assert list(table.rows) == [1, 0]
        await press(pilot, "escape", "enter")
        shown = [line.plain for line in pilot.app.screen.query_one(Sheet).lines()]
        assert "value 0 max 0.9100   value 1 min 4.000" in shown[0]


async def test_the_key_of_the_best_restores_the_order() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        table = board(pilot).table
        table.relist(Listing(TIME, reverse=True))
        await press(pilot, "b")
        assert (table.listing, table.rows[0], table.cursor) == (Listing(), 31, 31)


async def test_the_cursor_is_a_sign_too() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "down")
        table = board(pilot).table
        assert [y for y in range(1, 20) if "›" in text(table, y)] == [2]


@pytest.mark.parametrize("from_file", [True, False])
async def test_parameters_have_one_order_everywhere(from_file: bool) -> None:
    """The study file's; without one, the trials'."""
    turned = replace(trial(0), params=dict(reversed(list(PARAMS.items()))))
    made = frame(replace(study([turned]), from_file=from_file))
    expected = ["lr", "weight_decay", "dropout", "batch_size"]
    async with cockpit_app(ScriptedCockpit(made)).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        heads = [word for word in text(board(pilot).table, 0).split() if word in expected]
        await press(pilot, "enter")
        rows = [line.plain.split()[0] for line in pilot.app.screen.query_one(Sheet).lines() if "├" in line.plain]
        ends = [end.name for end in movables(made.study)][::2]
        assert heads == rows == ends == (expected if from_file else expected[::-1])
