"""What the screen looks like, in every state and size. Redraw with ``--snapshot-update`` and look at them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from hpt_tui.domain.frame import Frame
from hpt_tui.tui.app import CockpitApp, Outcome
from hpt_tui.tui.chooser import ChooserApp
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, cockpit_app, press, settled

pytestmark = pytest.mark.usefixtures("drawn_with")

SIZES = {"80x24": (80, 24), "120x40": (120, 40), "200x50": (200, 50)}
SCENES: dict[str, Callable[[], Frame]] = {
    "empty": scenes.empty,
    "running": scenes.running,
    "reading": scenes.reading,
    "flagged": scenes.flagged,
    "finished": scenes.finished,
    "hostile": scenes.hostile,
    "stale": scenes.stale,
    "watched": scenes.watched,
}
DIALOGS = {
    "fork": ("y", *", lion"),
    "widen": ("w",),
    "widen narrow": ("w", *"0.05"),
    "stop": ("s",),
    "stop after": ("s", "n"),
    "stop at": ("s", "t", *"25:00"),
    "help": ("question_mark",),
    "flag": ("3", "down", "enter"),
    "trial": ("enter",),
    "failed trial": ("f", "f", "f", "f", "enter"),
    "quit": ("q",),
    "check-up": ("d",),
    "importance": ("I",),
    "pairs": ("S",),
    "space": ("c",),
    "advice": ("A", *"40h"),
    "kill": ("f", "k"),
    "try": ("i", *"7"),
    "fix": ("F", *"0.01"),
    "note": ("f", "N", *"plateau"),
    "filter": ("slash", *"adamw"),
    "bad filter": ("slash", *"lr>much"),
    "columns": ("C", "down", "space", "down"),
    "compare": ("space", "down", "down", "space", "m", "e"),
    "light": ("t",),
    "ansi": ("t", "t"),
}


class Compare(Protocol):
    def __call__(
        self,
        app: CockpitApp | ChooserApp,
        *,
        terminal_size: tuple[int, int] = ...,
        run_before: Callable[[Pilot[Outcome]], object] = ...,
    ) -> bool: ...


def draws(compare: Compare, frame: Frame, size: tuple[int, int], *keys: str) -> bool:
    async def play(pilot: Pilot[Outcome]) -> None:
        if frame.opened:
            await settled(pilot, frame)
        await press(pilot, *keys)
        for field in (*pilot.app.screen.query(Input), *pilot.app.screen.query(TextArea)):
            field.cursor_blink = False
        pilot.app.clear_notifications()
        await pilot.pause()

    return compare(cockpit_app(ScriptedCockpit(frame)), terminal_size=size, run_before=play)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scene", SCENES)
def test_state(snap_compare: Compare, scene: str, size: str) -> None:
    assert draws(snap_compare, SCENES[scene](), SIZES[size])


@pytest.mark.parametrize("dialog", DIALOGS)
def test_dialog(snap_compare: Compare, dialog: str) -> None:
    assert draws(snap_compare, scenes.flagged(), (120, 40), *DIALOGS[dialog])


@pytest.mark.parametrize("size", ["80x24", "200x50"])
def test_columns(snap_compare: Compare, size: str) -> None:
    assert draws(snap_compare, scenes.flagged(), SIZES[size], "C", "end", "up", "space")


@pytest.mark.parametrize("panel", ["1", "2", "3", "4"])
def test_small_panels(snap_compare: Compare, panel: str) -> None:
    assert draws(snap_compare, scenes.flagged(), (80, 24), panel)


@pytest.mark.parametrize("scene", ["empty", "flagged", "hostile"])
def test_very_small(snap_compare: Compare, scene: str) -> None:
    assert draws(snap_compare, SCENES[scene](), (60, 20))


@pytest.mark.parametrize(
    "keys",
    [("w",), ("i",), ("y", *", lion"), ("question_mark",), ("enter",), ("a",), ("C",)],
    ids=["widen", "try", "fork", "help", "trial", "flag", "columns"],
)
def test_dialogs_of_a_hostile_study(snap_compare: Compare, keys: tuple[str, ...]) -> None:
    assert draws(snap_compare, scenes.hostile(), (80, 24), *keys)


def test_opening(snap_compare: Compare) -> None:
    assert draws(snap_compare, Frame(), (120, 40))


def test_chooser(snap_compare: Compare) -> None:
    studies = [("digits-mlp", 41), (scenes.EVIL, None), ("transformer-warmup", 1)]
    assert snap_compare(ChooserApp(studies, storage="sqlite …/all.db"), terminal_size=(80, 24))
