"""The dialog that forks a study (issue 4, item 2), and the link that both studies show."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Input

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.orders.fork import ForkStudy
from hpt_tui.domain.redeclare import Redeclaration
from hpt_tui.domain.snapshot import Control
from hpt_tui.tui.screens.field import Preview
from hpt_tui.tui.screens.fork import Fork
from hpt_tui.tui.widgets.headline import Headline
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, cockpit_app, press, settled, until


async def test_choices_are_typed_and_the_preview_counts_who_goes_along() -> None:
    cockpit = ScriptedCockpit(scenes.running())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "y")
        dialog = pilot.app.screen
        assert isinstance(dialog, Fork)
        field = dialog.query_one(Input)
        assert field.value == "sgd, adamw"
        await press(pilot, "enter")
        assert cockpit.orders == []
        await press(pilot, *", lion")
        said = " ".join(text for text, _ in dialog.query_one(Preview).said)
        assert "optimizer: sgd, adamw → sgd, adamw, lion" in said
        assert "copied: 40 of 40 finished trials" in said
        assert "moving over: 2 workers" in said

        # What was typed stays while another parameter is declared anew, too.
        await press(pilot, "up", "up")
        field.value = "0 .. 0.6 log"
        await pilot.pause()
        assert "a log scale cannot" in " ".join(text for text, _ in dialog.query_one(Preview).said)
        field.value = "0.01 .. 0.6 log"
        await pilot.pause()
        await press(pilot, "enter")
        await until(pilot, lambda: cockpit.orders)
        (order,) = cockpit.orders
        assert isinstance(order, ForkStudy)
        assert order.name == "digits-mlp-2"
        assert set(order.changes) == {
            Redeclaration("optimizer", ("sgd", "adamw", "lion")),
            Redeclaration("dropout", log=True, low=0.01),
        }


@pytest.mark.parametrize(
    ("successor", "moved", "predecessor", "words"),
    [
        ("more", "more", "", "→ goes on in more"),
        ("more", "", "", "→ being forked into more"),
        ("", "", "first", "← fork of first"),
    ],
)
async def test_both_studies_show_the_link(successor: str, moved: str, predecessor: str, words: str) -> None:
    before = scenes.running()
    study = replace(before.study, successor=successor, predecessor=predecessor, control=Control(moved_to=moved))
    async with cockpit_app(ScriptedCockpit(linked(before, study))).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert words in "\n".join(text.plain for text in pilot.app.screen.query_one(Headline).lines())


def linked(before: Frame, study: object) -> Frame:
    return replace(before, study=study)  # type: ignore[arg-type]
