"""Opening, ending, failing, notices, palette, themes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from threading import Event

import pytest
from textual.command import CommandList
from textual.pilot import Pilot

from hpt_tui.domain.frame import Notice
from hpt_tui.domain.orders.search import PauseStudy
from hpt_tui.errors import HptError, StorageError, StorageLostError
from hpt_tui.tui.app import CockpitApp, Outcome
from hpt_tui.tui.chooser import ChooserApp
from hpt_tui.tui.keys import KEYS
from hpt_tui.tui.palette import Acts
from hpt_tui.tui.screens.board import Board
from hpt_tui.tui.screens.page import Question
from tests.tui import scenes
from tests.tui.fakes import PATIENCE, ScriptedCockpit, board, cockpit_app, ordered, press, settled, until


async def test_the_first_frame_is_painted_before_the_study_opens() -> None:
    opens = Event()
    cockpit = ScriptedCockpit(scenes.running(), opens=opens)
    async with cockpit_app(cockpit, title="digits-mlp").run_test() as pilot:
        await until(pilot, lambda: board(pilot).is_current)
        await until(pilot, lambda: "Opening …" in board(pilot).table.render_line(1).text)
        assert cockpit.ticks == 0
        opens.set()
        await settled(pilot)
        assert board(pilot).table.cursor == 31


@pytest.mark.parametrize(
    "cockpit",
    [
        ScriptedCockpit(on_open=StorageError("x.db", "is no SQLite database")),
        ScriptedCockpit(on_tick=StorageError("x.db", "is no SQLite database")),
        ScriptedCockpit(on_tick=StorageLostError("x.db", "has gone")),
    ],
    ids=["input error on opening", "input error on the first tick", "another error on a tick"],
)
async def test_an_error_ends_the_app_with_it(cockpit: ScriptedCockpit) -> None:
    app = cockpit_app(cockpit)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value is not None
    assert isinstance(app.return_value.error, HptError)


async def test_q_without_workers_leaves_at_once() -> None:
    cockpit = ScriptedCockpit(scenes.finished())
    app = cockpit_app(cockpit)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "q")
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value is not None
    assert (app.return_value.stopped, app.return_value.error) == (False, None)
    assert app.return_value.frame is cockpit.frames[0]
    assert cockpit.closed is False


@pytest.mark.parametrize("quits", ["q", "ctrl+q", "ctrl+c"])
@pytest.mark.parametrize(("answer", "stopped"), [("enter", False), ("l", False), ("s", True)])
async def test_quitting_asks_what_becomes_of_the_workers(quits: str, answer: str, stopped: bool) -> None:
    cockpit = ScriptedCockpit(scenes.running())
    app = cockpit_app(cockpit)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, quits)
        assert isinstance(pilot.app.screen, Question)
        await press(pilot, answer)
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value is not None
    assert app.return_value.stopped is stopped
    assert cockpit.closed is stopped


async def test_ctrl_q_asks_from_within_a_dialog() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test() as pilot:
        await settled(pilot)
        await press(pilot, "question_mark", "ctrl+q")
        await until(pilot, lambda: isinstance(pilot.app.screen, Question))
        assert len(pilot.app.screen_stack) == 2


async def test_an_order_wakes_the_thread_at_once() -> None:
    cockpit = ScriptedCockpit(scenes.running())
    async with cockpit_app(cockpit, refresh=3600).run_test() as pilot:
        await settled(pilot)
        ticks = cockpit.ticks
        await press(pilot, "p")
        await ordered(pilot, cockpit, [PauseStudy()])
        await until(pilot, lambda: cockpit.ticks > ticks)


async def test_the_app_closes_the_cockpit_when_it_is_torn_down() -> None:
    cockpit = ScriptedCockpit(scenes.running())
    app = cockpit_app(cockpit)
    async with app.run_test() as pilot:
        await settled(pilot)
        app.exit()
    assert await asyncio.to_thread(cockpit.let_go.wait, PATIENCE)
    assert cockpit.closed is False


async def test_notices_are_shown_as_plain_text() -> None:
    frame = replace(scenes.running(), notices=(Notice(scenes.EVIL), Notice("[/] no", failed=True)))
    async with cockpit_app(ScriptedCockpit(frame)).run_test(
        size=(120, 40), notifications=True, tooltips=True
    ) as pilot:
        await settled(pilot)
        await until(pilot, lambda: len(pilot.app.screen.query("Toast")) == 2)
        shown = list(pilot.app._notifications)
        assert [n.severity for n in shown] == ["information", "error"]
        assert "\x1b" not in shown[0].message
        assert "[bold red]" in shown[0].message


async def test_every_act_is_in_the_palette() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test() as pilot:
        await settled(pilot)
        acts = dict(Acts(pilot.app.screen).acts())
        assert [title.split(maxsplit=1)[1] for title in acts][:-1] == [k.title for k in KEYS if k.palette]
        assert "w  Widen or narrow a parameter's bounds" in acts
        acts["?  Explain every key and every alert"]()
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "Help")


async def test_never_more_than_two_notices_and_all_with_a_capital() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(notifications=True) as pilot:
        await settled(pilot)
        for text in ("one", "alert is gone", "lr: upper bound is 1.0"):
            board(pilot).say(text)
        await pilot.pause()
        assert [n.message for n in pilot.app._notifications] == ["Alert is gone", "lr: upper bound is 1.0"]


def highlighted(pilot: Pilot[Outcome]) -> str:
    """The command that enter carries out in the palette."""
    commands = next(iter(pilot.app.screen.query(CommandList)), None)
    chosen = None if commands is None else commands.highlighted_option
    return "" if chosen is None else str(chosen.prompt)


async def test_the_palette_opens_and_pauses() -> None:
    cockpit = ScriptedCockpit(scenes.running())
    async with cockpit_app(cockpit).run_test() as pilot:
        await settled(pilot)
        await press(pilot, "ctrl+p", *"pause the search")
        await until(pilot, lambda: "Pause the search" in highlighted(pilot))
        await press(pilot, "enter")
        await ordered(pilot, cockpit, [PauseStudy()])


@pytest.mark.parametrize(
    ("asked", "got"), [("hpt-light", "hpt-light"), ("nord", "nord"), ("no such", "hpt-dark"), ("", "hpt-dark")]
)
def test_textual_theme(asked: str, got: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL_THEME", asked)
    assert cockpit_app(ScriptedCockpit(scenes.empty())).theme == got


@pytest.mark.parametrize("theme", ["hpt-light", "ansi-dark", "ansi-light", "nord"])
async def test_every_theme_draws_and_changes_the_colours(theme: str) -> None:
    async with cockpit_app(ScriptedCockpit(scenes.flagged())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        before = board(pilot).query_one("#headline").render_lines(board(pilot).query_one("#headline").size.region)
        pilot.app.theme = theme
        await pilot.pause()
        await pilot.pause()
        after = board(pilot).query_one("#headline").render_lines(board(pilot).query_one("#headline").size.region)
        assert [s.text for s in before] == [s.text for s in after]
        assert before != after


async def test_theme() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test() as pilot:
        await settled(pilot)
        seen = [pilot.app.theme]
        for _ in range(4):
            await press(pilot, "t")
            seen.append(pilot.app.theme)
        assert seen == ["hpt-dark", "hpt-light", "ansi-dark", "ansi-light", "hpt-dark"]


async def test_no_colour_keeps_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with cockpit_app(ScriptedCockpit(scenes.flagged())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        text = pilot.app.export_screenshot()
        for word in ("complete", "failed", "spiky-loss", "lost", "best"):
            assert word in text


async def test_an_ended_frame_is_replaced_by_a_newer_one() -> None:
    old, new = CockpitApp.FrameReady(scenes.empty()), CockpitApp.FrameReady(scenes.running())
    assert old.can_replace(new)
    assert not old.can_replace(CockpitApp.Noticed(()))


@pytest.mark.parametrize(
    ("keys", "chosen"), [(["enter"], "one"), (["down", "enter"], scenes.EVIL), (["escape"], None), (["q"], None)]
)
async def test_chooser(keys: list[str], chosen: str | None) -> None:
    app = ChooserApp([("one", 3), scenes.EVIL])
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
    assert app.return_value == chosen


async def test_the_first_study_is_painted_once_in_the_widths_that_it_keeps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Many columns get the table more of the width; that is no second picture."""
    painted: list[str] = []
    refresh = Board._compositor_refresh

    def noted(shown: Board) -> None:
        painted.append(shown.table.render_line(0).text)
        refresh(shown)

    monkeypatch.setattr(Board, "_compositor_refresh", noted)
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.pause()
        assert board(pilot).has_class("-crowded")
        assert len({head for head in painted if "state" in head}) == 1
