"""The signs, and what a key says that has nothing to do."""

from __future__ import annotations

import pytest

from hpt_tui.tui.keys import by_id
from hpt_tui.tui.screens.help import SIGNS
from hpt_tui.tui.words import SEVERITY_SIGNS, STATE_SIGNS, WORKER_SIGNS
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, cockpit_app, press, settled


def test_the_palette_says_whole_sentences() -> None:
    assert by_id("smooth").title == "Smooth the curves: not, by 0.6, by 0.9"
    assert by_id("filter").title == "Filter trials: state:pruned lr>1e-3 or has:note"


def test_one_sign_one_meaning() -> None:
    signs = [sign for row, _ in SIGNS for sign in row.split()]
    assert len(signs) == len(set(signs))
    assert {*STATE_SIGNS.values(), *SEVERITY_SIGNS.values(), *WORKER_SIGNS.values()} <= set(signs)


@pytest.mark.parametrize("key", ["p", "plus"])
async def test_a_used_up_budget_is_said_and_nothing_ordered(key: str) -> None:
    cockpit = ScriptedCockpit(scenes.finished())
    async with cockpit_app(cockpit).run_test(notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, key)
        assert [n.message for n in pilot.app._notifications] == [
            "All 100 trials are done; more with: hpt-tui run studies/digits.py --trials N"
        ]
        assert cockpit.orders == []
