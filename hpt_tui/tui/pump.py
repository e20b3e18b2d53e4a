"""The one background thread: opens the hall, ticks it, and hands frames up and orders down."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event
from typing import TYPE_CHECKING

from hpt_tui.errors import HptError
from hpt_tui.tui.pace import Pace

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Cockpit, Frame, Notice
    from hpt_tui.domain.logs import LogRequest
    from hpt_tui.domain.orders.order import Order


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the screen was left: what the command line says and exits with."""

    stopped: bool = False
    """Whether the workers of this machine were told to end."""
    error: HptError | None = None
    """Why the screen ended by itself, e.g. an InputError on opening the study."""
    frame: Frame | None = None
    """The last frame; None if there was none."""
    unanswered: bool = False
    """Whether the screen was left while the storage owed an answer."""


OVERDUE = 4.0
"""Seconds after which a storage that owes an answer counts as away."""


class Pump:
    """Runs a cockpit in the thread that calls :meth:`run`; everything else may be called from any thread."""

    def __init__(
        self,
        open_cockpit: Callable[[], Cockpit],
        refresh: float,
        lags: Callable[[], bool] = lambda: False,
        cpu: Callable[[], float] = time.process_time,
    ) -> None:
        """``lags`` tells whether the terminal has not yet taken the last frame; ``cpu`` is the clock of what
        ticking and showing cost, in seconds."""
        self._open, self._pace, self._lags, self._cpu = open_cockpit, Pace(refresh), lags, cpu
        self._orders: deque[Order] = deque()
        self._looking: frozenset[int] = frozenset()
        self._reading: LogRequest | None = None
        self._wake = Event()
        self._ending: bool | None = None
        self._untold: tuple[Notice, ...] = ()
        """The notices of frames that were not shown."""
        self._frame: Frame | None = None
        self._asked: float | None = None
        """By the monotonic clock, when the tick began that is under way."""

    def submit(self, order: Order) -> None:
        """Have the order carried out by a tick that starts at once."""
        self._orders.append(order)
        self._wake.set()

    def look_at(self, trials: frozenset[int]) -> None:
        """Have the curves of these trials in the frames from now on; a tick that reads them starts at once."""
        if not trials <= self._looking:
            self._wake.set()
        self._looking = trials

    def read_log(self, request: LogRequest | None) -> None:
        """Have that log in the frames from now on; a tick that reads it starts at once."""
        if request is not None and request != self._reading:
            self._wake.set()
        self._reading = request

    def try_now(self) -> None:
        """Try to reach a storage that is away, at once."""
        if self._pace.failed:
            self._wake.set()

    @property
    def frame(self) -> Frame | None:
        """The last frame that a tick has made."""
        return self._frame

    def overdue(self, monotonic: float) -> Frame | None:
        """The last frame as out of date, while the storage has owed an answer for :data:`OVERDUE` seconds."""
        asked, last = self._asked, self._frame
        if asked is None or last is None or (waited := monotonic - asked) < OVERDUE:
            return None
        since = last.now if last.stale_since is None else last.stale_since
        trouble = f"waiting for an answer for {int(waited)} s"
        return replace(last, now=last.now + waited, stale_since=since, trouble=trouble, notices=(), more=False)

    def finish(self, *, stop_workers: bool) -> None:
        """End :meth:`run` after the orders given so far. What was said first about the workers holds."""
        if self._ending is None:
            self._ending = stop_workers
        self._wake.set()

    def run(self, show: Callable[[Frame], None]) -> Outcome:
        """Open, tick until :meth:`finish`, close. An HptError on the way ends it and is given back."""
        try:
            cockpit = self._open()
            try:
                while self._ending is None or self._orders:
                    self._round(cockpit, show)
            finally:
                cockpit.close(stop_workers=bool(self._ending))
        except HptError as error:
            return Outcome(error=error, frame=self._frame)
        return Outcome(stopped=bool(self._ending), frame=self._frame)

    def _round(self, cockpit: Cockpit, show: Callable[[Frame], None]) -> None:
        """Tick, show, and wait for the next time; not at all while the study is still being read."""
        before = self._cpu()
        self._wake.clear()
        while self._orders:
            cockpit.submit(self._orders.popleft())
        cockpit.look_at(self._looking)
        cockpit.read_log(self._reading)
        self._asked = time.monotonic()
        self._frame = frame = cockpit.tick()
        self._asked = None
        self._pace = self._pace.answered(frame.stale_since is None)
        self._show(frame, show)
        if self._ending is None and not frame.more:
            self._wake.wait(self._pace.wait)
            self._pace = self._pace.after(self._cpu() - before)

    def _show(self, frame: Frame, show: Callable[[Frame], None]) -> None:
        """A terminal that has not taken the last frame gets none: a later one does, with the notices of both."""
        told = (*self._untold, *frame.notices)
        if self._lags() and self._ending is None:
            self._untold = told
            return
        self._untold = ()
        show(frame if told == frame.notices else replace(frame, notices=told))
