"""The text filter: what it can ask, and what it says of what it cannot read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from textual import events
from textual.widgets import Input

from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.trial_filter import passing, read
from tests.builders import NOON, study, trial
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, board, cockpit_app, press, settled, until

STUDY = study(
    [
        trial(0, value=0.97784, params={"lr": 0.08936}, steps=30, seconds=14.7),
        trial(1, TrialState.PRUNED, 0.61, params={"lr": 3e-3, "optimizer": "sgd"}, steps=5, seconds=2),
        replace(trial(2, TrialState.RUNNING, 0.8, params={"lr": 1e-3}, steps=12), started=NOON - 100),
    ]
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [0, 1, 2]),
        ("step>5", [0, 2]),
        ("step <= 5", [1]),
        ("time>14", [2]),
        ("time=14", [0]),
        ("time<10 lr>1e-3", [1]),
        ("value=0.9778", [0]),
        ("val_acc=0.9778", [0]),
        ("val_acc > 0.7", [0, 2]),
        ("lr=8.9e-2", [0]),
        ("lr=0.089", [0]),
        ("LR>=0.089", [0]),
        ("state=pruned", [1]),
        ("optimizer=sgd", [1]),
        ("weight=1e-4", [0, 1, 2]),
        ("run lr<1", [2]),
    ],
)
def test_numbers_are_compared_as_they_are_shown(text: str, expected: list[int]) -> None:
    wanted = read(text, STUDY, NOON)
    mask = passing(wanted, STUDY, NOON)
    shown = [0, 1, 2] if mask is None else np.flatnonzero(mask).tolist()
    assert wanted.problem == ""
    assert shown == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("foo<3", "no parameter 'foo' (there are: lr, weight_decay, dropout, batch_size, optimizer, val_acc, "),
        ("lr << 3", "cannot read 'lr << 3'"),
        ("lr<", "cannot read 'lr<'"),
        ("<3", "cannot read '<3'"),
        ("lr<much", "cannot read 'lr<much': 'much' is not a number"),
    ],
)
async def test_what_cannot_be_read_is_said(text: str, problem: str) -> None:
    wanted = read(text, STUDY, NOON)
    assert wanted.problem.startswith(problem)
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        table = board(pilot).table
        await press(pilot, "slash", *("space" if c == " " else c for c in text))
        shown = " ".join(table.render_line(y).text.strip() for y in range(table.size.height))
        assert problem[:40] in shown


async def test_a_filter_that_is_not_understood_leaves_the_one_before_in_force() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        table = board(pilot).table
        await press(pilot, "slash", *"is:running")
        assert set(table.rows) == {40, 41}
        await press(pilot, "space", *"lr<", "enter")
        assert set(table.rows) == {40, 41}
        assert "not applied" in str(table.border_title)
        await press(pilot, "escape")
        assert len(table.rows) == 42


async def test_what_is_typed_at_once_with_the_key_that_opens_the_filter_goes_into_it() -> None:
    cockpit = ScriptedCockpit(scenes.running())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        for key in "/spk":
            pilot.app.post_message(events.Key("slash" if key == "/" else key, key))
        await until(pilot, lambda: board(pilot).query_one("#filter", Input).value == "spk", "the filter")
        assert len(pilot.app.screen_stack) == 1
        assert cockpit.orders == []
