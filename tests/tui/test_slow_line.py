"""A slow line: how far the terminal is behind, and a screen that is whole again when asked (issue 3, item 8)."""

from __future__ import annotations

import io
from dataclasses import replace
from threading import Event

import pytest
from textual._compositor import LayoutUpdate
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.trial import Curve
from hpt_tui.tui.app import CockpitApp
from hpt_tui.tui.slow_line import UPDATE, SlowLineApp
from tests.tui import scenes
from tests.tui.fakes import PATIENCE, ScriptedCockpit, cockpit_app, press, settled, until
from tests.tui.terminal import Terminal
from tests.tui.test_glass import TRUE
from tests.waiting import eventually


class StuckLine(io.StringIO):
    """A terminal that takes nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.free = Event()

    def write(self, text: str) -> int:
        assert self.free.wait(PATIENCE)
        return super().write(text)


def test_an_app_lags_while_its_terminal_takes_nothing() -> None:
    app: SlowLineApp[None] = SlowLineApp()

    def lags() -> bool:
        return app.lags

    assert not lags()
    line = StuckLine()
    writer = WriterThread(line)
    app._driver = driver = LinuxDriver.__new__(LinuxDriver)
    driver._writer_thread = writer
    writer.start()
    writer.write("a frame")
    writer.write("the next one")
    assert lags()
    line.free.set()
    eventually(lambda: not lags())
    writer.stop()
    assert line.getvalue() == "a framethe next one"


async def test_what_a_stuck_terminal_missed_is_written_once_it_takes_something_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many keys were pressed meanwhile: one update, and nothing of those between."""
    line = StuckLine()
    app = cockpit_app(ScriptedCockpit(scenes.running()))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert app._driver is not None
        monkeypatch.setattr(CockpitApp, "is_headless", False)
        writer = WriterThread(line)
        monkeypatch.setattr(app._driver, "write", writer.write)
        monkeypatch.setattr(app._driver, "_writer_thread", writer, raising=False)
        writer.start()
        app.action_repaint()
        for _ in range(8):
            await press(pilot, "down")
        waiting = writer._queue.qsize()
        await press(pilot, *["down"] * 4)
        assert 0 < waiting == writer._queue.qsize() <= 3 * UPDATE
        line.free.set()
        await until(pilot, lambda: not app._owing and not app.lags)
        await until(pilot, lambda: _seen(line.getvalue()) == _seen(_whole(app)), "the terminal to show it all")
        writer.stop()
        monkeypatch.undo()


def _whole(app: CockpitApp) -> str:
    """What a full repaint of the screen would write."""
    update = app.screen._compositor.render_update(full=True)
    assert isinstance(update, LayoutUpdate)
    return update.render_segments(app.console)


def _seen(written: str) -> object:
    """What stands on a terminal that got ``written``."""
    (terminal := Terminal()).feed(written)
    return terminal.grid


def one_step_later(made: Frame) -> Frame:
    """The frame after the running trials have reported once more."""
    study = made.study
    curves = dict(study.curves)
    for trial in study.running:
        curves[trial.number] = tuple(
            Curve.of(c.trial, c.metric, [*c.steps, c.steps[-1] + 1], [*c.values, c.values[-1] * 1.002])
            for c in curves[trial.number]
        )
    return replace(made, study=replace(study, curves=curves), now=made.now + 1)


async def test_two_reports_and_a_second_take_few_bytes() -> None:
    """4 kB a second is the limit for all that two trials tell; this is what their curves and times need."""
    frames = [scenes.running()]
    for _ in range(5):
        frames.append(one_step_later(frames[-1]))
    app = cockpit_app(cockpit := ScriptedCockpit(frames[0]))
    written: list[int] = []
    async with app.run_test(size=(120, 40)) as pilot:
        for made in frames:
            cockpit.play(app, made)
            await settled(pilot, made)
            update = app.screen._compositor.render_update(full=True)
            changes = app._glass.changes(update, app.size, TRUE)
            assert changes is not None
            written.append(len(changes.encode()))
    assert written[0] > 5_000
    assert max(written[1:]) < 1_000
