"""The first frame: painted before the rest is imported, and replaced without a change (issue 3, item 1)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.style import Style
from textual.pilot import Pilot
from textual.strip import Strip

from hpt_tui.tui.app import CockpitApp, Outcome
from hpt_tui.tui.screens.help import Help
from hpt_tui.tui.screens.opening import Opening
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, board, cockpit_app, until


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread takes the app any further than its first frame."""
    monkeypatch.setattr(CockpitApp, "_run_pump", lambda _: None)


def picture(pilot: Pilot[Outcome]) -> list[list[tuple[str, Style]]]:
    """Every cell as it is seen: of a blank one only the ground."""
    return [
        [(text, Style(bgcolor=style.bgcolor) if text == " " else style) for text, style in cells(strip)]
        for strip in pilot.app.screen._compositor.render_strips()
    ]


def cells(strip: Strip) -> Iterator[tuple[str, Style]]:
    for text, style, _ in strip:
        yield from ((character, style or Style.null()) for character in text)


async def come_to_the_board(pilot: Pilot[Outcome]) -> None:
    assert isinstance(pilot.app, CockpitApp)
    pilot.app.post_message(CockpitApp.BoardImported())
    await until(pilot, lambda: pilot.app.screen is board(pilot), "the main screen")


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("title", ["digits", scenes.EVIL], ids=["a plain name", "a hostile name"])
@pytest.mark.parametrize("size", [(120, 40), (200, 50), (80, 24), (60, 20)])
async def test_the_main_screen_takes_the_place_of_the_first_frame_without_a_change(
    size: tuple[int, int], title: str
) -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running()), title=title).run_test(size=size) as pilot:
        await pilot.pause()
        assert isinstance(pilot.app.screen, Opening)
        before = picture(pilot)
        await come_to_the_board(pilot)
        assert picture(pilot) == before


@pytest.mark.usefixtures("held")
async def test_the_first_frame_says_which_study_is_being_opened() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running()), title="digits").run_test() as pilot:
        await pilot.pause()
        rows = ["".join(character for character, _ in row) for row in picture(pilot)]
        assert rows[0].split() == ["◌", "opening", "digits"]
        assert any("Opening …" in row for row in rows)


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("typed", [("question_mark",), ("ctrl+q", "question_mark"), ("ctrl+p", "escape", "f1")])
async def test_keys_pressed_during_the_first_frame_reach_the_main_screen(typed: tuple[str, ...]) -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test() as pilot:
        await pilot.press(*typed)
        assert isinstance(pilot.app.screen, Opening)
        assert isinstance(pilot.app, CockpitApp)
        pilot.app.post_message(CockpitApp.BoardImported())
        await until(pilot, lambda: isinstance(pilot.app.screen, Help), "the help")


async def test_what_waits_for_the_first_frame_is_told_of_it_before_the_study_is_opened() -> None:
    told: list[str] = []
    cockpit = ScriptedCockpit(scenes.running())

    def open_cockpit() -> ScriptedCockpit:
        told.append("opened")
        return cockpit.open()

    app = CockpitApp(open_cockpit, title="digits", painted=lambda: told.append("painted"))
    async with app.run_test() as pilot:
        await until(pilot, lambda: cockpit.ticks, "the first tick")
    assert told == ["painted", "opened"]
