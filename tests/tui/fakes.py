"""A cockpit that plays frames and writes down the orders."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from threading import Event
from typing import TYPE_CHECKING

from textual.events import Key
from textual.keys import _character_to_key

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.logs import LogRequest
from hpt_tui.domain.orders.order import Order
from hpt_tui.errors import HptError
from hpt_tui.tui.app import CockpitApp, Outcome
from hpt_tui.tui.screens.board import Board

if TYPE_CHECKING:
    from textual.pilot import Pilot

PATIENCE = 10.0
"""Seconds after which a condition that a test waits for has failed."""


class ScriptedCockpit:
    """Plays ``frames`` one a tick and then the last one again; may fail on opening or on a tick."""

    def __init__(
        self,
        *frames: Frame,
        on_open: HptError | None = None,
        on_tick: HptError | None = None,
        opens: Event | None = None,
    ) -> None:
        self.frames = list(frames)
        self.orders: list[Order] = []
        self.looking: frozenset[int] = frozenset()
        self.reading: LogRequest | None = None
        self.closed: bool | None = None
        """What ``close`` was told of the workers; None while it is open."""
        self.let_go = Event()
        self.ticks = 0
        self._on_open, self._on_tick, self._opens = on_open, on_tick, opens

    def open(self) -> ScriptedCockpit:
        if self._opens is not None:
            self._opens.wait(PATIENCE)
        if self._on_open is not None:
            raise self._on_open
        return self

    def tick(self) -> Frame:
        if self._on_tick is not None:
            raise self._on_tick
        self.ticks += 1
        return self.frames.pop(0) if len(self.frames) > 1 else self.frames[0]

    def look_at(self, trials: frozenset[int]) -> None:
        self.looking = trials

    def read_log(self, request: LogRequest | None) -> None:
        self.reading = request

    def submit(self, order: Order) -> None:
        self.orders.append(order)

    def close(self, *, stop_workers: bool) -> None:
        self.closed = stop_workers
        self.let_go.set()

    def play(self, app: CockpitApp, frame: Frame) -> None:
        """Have ``app`` show ``frame`` next."""
        self.frames[:] = [frame]
        app._pump._wake.set()


def cockpit_app(cockpit: ScriptedCockpit, *, title: str = "digits", refresh: float = 60.0) -> CockpitApp:
    """An app on ``cockpit`` that ticks only when woken."""
    return CockpitApp(cockpit.open, title=title, refresh=refresh)


def board(pilot: Pilot[Outcome]) -> Board:
    assert isinstance(pilot.app, CockpitApp)
    return pilot.app.board


async def until(pilot: Pilot[Outcome], condition: Callable[[], object], what: str = "the condition") -> None:
    """Wait until ``condition`` holds and everything that is queued has been shown."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"waited {PATIENCE} s for {what}"
        await pilot.pause(0.005)
    await pilot.pause()


async def settled(pilot: Pilot[Outcome], frame: Frame | None = None) -> None:
    """Wait until the board shows a frame, ``frame`` if one is given."""
    shown = board(pilot)
    await until(pilot, lambda: shown.frame.opened if frame is None else shown.frame is frame, "the frame")


async def press(pilot: Pilot[Outcome], *keys: str) -> None:
    """Press ``keys``, each once what the former one opened is there."""
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


async def burst(pilot: Pilot[Outcome], text: str) -> None:
    """Type ``text`` all at once, as a paste or a slow line brings it; a newline is Enter."""
    for character in text:
        key = "enter" if character == "\n" else _character_to_key(character)
        pilot.app.post_message(Key(key, "\r" if character == "\n" else character))
    await pilot.pause()


async def ordered(pilot: Pilot[Outcome], cockpit: ScriptedCockpit, expected: Sequence[Order]) -> None:
    """Wait until exactly ``expected`` has come down to the cockpit."""
    await until(pilot, lambda: len(cockpit.orders) >= len(expected), f"{expected}")
    assert cockpit.orders == list(expected)


async def gives(cockpit: ScriptedCockpit, keys: Sequence[str], expected: Sequence[Order]) -> None:
    """Press ``keys`` on the main screen of ``cockpit``: exactly ``expected`` comes down to it."""
    async with cockpit_app(cockpit).run_test(size=(120, 40), notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, *keys)
        await ordered(pilot, cockpit, expected)
