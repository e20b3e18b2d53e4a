"""A storage that is away or hangs: what the screen says, when it tries again, how it is left (issue 3, item 6)."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from threading import Event

import pytest
from textual.pilot import Pilot

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.orders.search import PauseStudy
from hpt_tui.tui import fed as fed_module
from hpt_tui.tui import pump as pump_module
from hpt_tui.tui.app import Outcome
from hpt_tui.tui.pace import LONGEST, TRIES, Pace
from hpt_tui.tui.pump import Pump
from hpt_tui.tui.widgets.panel import Panel
from tests.builders import NOON, frame
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, board, cockpit_app, press, settled, until

AWAY = replace(scenes.running(), stale_since=NOON - 124, trouble="study.db: the file is gone")


class Hanging(ScriptedCockpit):
    """Hangs in every tick after the first, and in closing, until :attr:`answers` is set."""

    def __init__(self, made: Frame) -> None:
        super().__init__(made)
        self.answers, self.asked = Event(), Event()

    def tick(self) -> Frame:
        if self.ticks:
            self.asked.set()
            self.answers.wait()
        return super().tick()

    def close(self, *, stop_workers: bool) -> None:
        self.answers.wait()
        super().close(stop_workers=stop_workers)


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hanging]:
    monkeypatch.setattr(pump_module, "OVERDUE", 0.0)
    monkeypatch.setattr(fed_module, "PARTING", 0.05)
    cockpit = Hanging(scenes.finished())
    yield cockpit
    cockpit.answers.set()


def text(pilot: Pilot[Outcome], panel: str) -> str:
    return " ".join(" ".join(line.plain for line in board(pilot).query_one(f"#{panel}", Panel).lines()).split())


def test_a_storage_that_is_away_is_tried_ever_less_often_and_at_once_as_usual_when_it_is_back() -> None:
    pace, waits = Pace(1.0), []
    for _ in range(6):
        pace = pace.answered(False)
        waits.append(pace.wait)
    assert waits == [*TRIES, TRIES[-1], TRIES[-1]] == [1.0, 2.0, 5.0, 10.0, 10.0, 10.0]
    assert pace.answered(True).wait == 1.0
    assert Pace(30.0).answered(False).wait == 30.0
    assert max(TRIES) <= LONGEST


def test_the_pump_waits_longer_from_try_to_try() -> None:
    waits = list[float | None]()

    class Wake(Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout)
            return True

    back = frame()
    pump = Pump(ScriptedCockpit(back, AWAY, AWAY, AWAY, back).open, 1.0, cpu=lambda: 0.0)
    pump._wake = Wake()
    pump.run(lambda _: pump.finish(stop_workers=False) if len(waits) == 5 else None)
    assert waits == [1.0, 1.0, 2.0, 5.0, 1.0]


async def test_the_last_frame_stays_under_a_banner_that_says_since_when_and_why_and_what_is_tried() -> None:
    cockpit = ScriptedCockpit(scenes.running())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        places = {panel.id: panel.region for panel in board(pilot).query(Panel)}
        cockpit.play(board(pilot).app, AWAY)  # type: ignore[arg-type]
        await until(pilot, lambda: board(pilot).frame is AWAY)
        assert text(pilot, "headline").startswith("◌ stale since 14:11:16 (2 min)")
        said = text(pilot, "alerts")
        assert "No answer since 14:11:16: study.db: the file is gone." in said
        assert "Tried again every 10 s or sooner, and at any key." in said
        assert {panel.id: panel.region for panel in board(pilot).query(Panel)} == places
        assert board(pilot).table.cursor == 31


def test_a_wish_to_try_now_is_one_only_while_the_storage_is_away() -> None:
    woken = list[bool]()

    class Wake(Event):
        def wait(self, timeout: float | None = None) -> bool:
            self.clear()
            pump.try_now()
            woken.append(self.is_set())
            return True

    pump = Pump(ScriptedCockpit(frame(), AWAY, frame()).open, 1.0)
    pump._wake = Wake()
    pump.run(lambda _: pump.finish(stop_workers=False) if len(woken) == 3 else None)
    assert woken == [False, True, False]


async def test_any_key_tries_again_at_once() -> None:
    cockpit = ScriptedCockpit(AWAY)
    async with cockpit_app(cockpit, refresh=3600).run_test() as pilot:
        await settled(pilot)
        await until(pilot, lambda: cockpit.looking)
        tried = cockpit.ticks
        await press(pilot, "t")
        await until(pilot, lambda: cockpit.ticks > tried)


async def test_a_tick_that_hangs_is_a_stale_screen_too(hanging: Hanging) -> None:
    async with cockpit_app(hanging, refresh=0.0).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await until(pilot, lambda: board(pilot).frame.stale_since == NOON)
        assert "waiting for an answer for" in text(pilot, "alerts")
        hanging.answers.set()
        await until(pilot, lambda: board(pilot).frame.stale_since is None)


@pytest.mark.parametrize("quits", ["q", "ctrl+q", "ctrl+c"])
async def test_the_screen_is_left_though_the_storage_hangs(hanging: Hanging, quits: str) -> None:
    app = cockpit_app(hanging, refresh=0.0)
    async with app.run_test() as pilot:
        await settled(pilot)
        assert await asyncio.to_thread(hanging.asked.wait, 10)
        await press(pilot, quits)
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value is not None
    assert app.return_value.unanswered
    assert app.return_value.frame is not None
    assert app.return_value.frame.study.name == scenes.finished().study.name


async def test_ending_the_workers_is_waited_for_until_it_is_asked_for_again(hanging: Hanging) -> None:
    hanging.frames = [scenes.running()]
    app = cockpit_app(hanging, refresh=0.0)
    async with app.run_test() as pilot:
        await settled(pilot)
        assert await asyncio.to_thread(hanging.asked.wait, 10)
        await press(pilot, "q", "s")
        past = Event()
        app.set_timer(2 * fed_module.PARTING, past.set)
        await until(pilot, past.is_set)
        assert app.is_running
        await press(pilot, "q", "l")
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value is not None
    assert (app.return_value.unanswered, app.return_value.stopped) == (True, False)


async def test_an_order_that_the_storage_answers_in_time_is_carried_out_before_the_screen_is_left() -> None:
    cockpit = ScriptedCockpit(scenes.finished())
    app = cockpit_app(cockpit)
    async with app.run_test() as pilot:
        await settled(pilot)
        app._pump.submit(PauseStudy())
        await press(pilot, "q")
        await until(pilot, lambda: app.return_value is not None)
    assert cockpit.orders == [PauseStudy()]
    assert app.return_value is not None
    assert not app.return_value.unanswered


def test_a_process_ends_though_a_thread_of_it_hangs() -> None:
    program = (
        "import asyncio, threading, time\n"
        "from hpt_tui.tui.aside import aside\n"
        "async def main():\n"
        "    started = threading.Event()\n"
        "    hung = asyncio.ensure_future(aside(lambda: started.set() or time.sleep(600)))\n"
        "    while not started.is_set(): await asyncio.sleep(0.01)\n"
        "    hung.cancel()\n"
        "asyncio.run(main())\n"
        "print('left')\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert (ended.stdout, ended.stderr) == ("left\n", "")


async def test_what_goes_wrong_aside_is_raised_where_it_is_waited_for() -> None:
    from hpt_tui.tui.aside import aside

    with pytest.raises(ZeroDivisionError):
        await aside(lambda: 1 // 0)
    assert await aside(lambda: 2) == 2
