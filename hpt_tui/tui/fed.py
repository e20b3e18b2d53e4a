"""An app that a cockpit feeds: one background thread ticks it, and its frames and notices arrive as messages."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events, work
from textual.message import Message

from hpt_tui.tui.aside import aside
from hpt_tui.tui.pump import Outcome, Pump
from hpt_tui.tui.slow_line import SlowLineApp
from hpt_tui.tui.type_ahead import TypeAheadApp

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Cockpit, Frame, Notice

WRITTEN = 0.01
"""Seconds that the first frame is given to reach the terminal, by a thread that imports would keep waiting."""
PARTING = 3.0
"""Seconds that a storage has to answer once the screen is to be left and no worker has to end."""


class FedApp(TypeAheadApp[Outcome], SlowLineApp[Outcome]):
    """Runs the cockpit once the first frame is painted, and ends with what came of it."""

    class BoardImported(Message):
        """The main screen can take the place of the opening one."""

    class FrameReady(Message):
        """A tick has ended. A newer frame takes the place of one that was not shown yet."""

        def __init__(self, frame: Frame) -> None:
            super().__init__()
            self.frame = frame

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, FedApp.FrameReady)

    class Noticed(Message):
        """Something to say once; not to be lost with a frame that was replaced."""

        def __init__(self, notices: tuple[Notice, ...]) -> None:
            super().__init__()
            self.notices = notices

    class Ended(Message):
        """The background thread has let go of the study."""

        def __init__(self, outcome: Outcome) -> None:
            super().__init__()
            self.outcome = outcome

    def __init__(self, open_cockpit: Callable[[], Cockpit], refresh: float, painted: Callable[[], object]) -> None:
        super().__init__()
        self._painted = painted
        self._pump = Pump(open_cockpit, refresh, lags=lambda: self.lags)
        self._leaving = False

    def show(self, frame: Frame) -> None:
        """Show ``frame`` everywhere."""
        raise NotImplementedError

    def leave(self, *, stop_workers: bool) -> bool:
        """Close the study and go. Asked again, without waiting for its storage: False."""
        if self._leaving:
            self._leave_behind()
            return False
        self._leaving = True
        self._pump.finish(stop_workers=stop_workers)
        if not stop_workers:
            self.set_timer(PARTING, self._leave_behind)
        return True

    def on_mount(self) -> None:
        self.call_after_refresh(self._run_pump)
        self.set_interval(1.0, self._look_for_overdue)

    def on_unmount(self) -> None:
        self._pump.finish(stop_workers=False)

    @work(exclusive=True, group="pump")
    async def _run_pump(self) -> None:
        self.post_message(self.Ended(await aside(self._play)))

    def _play(self) -> Outcome:
        time.sleep(WRITTEN)
        self._painted()
        import hpt_tui.tui.screens.board  # noqa: F401

        self.post_message(self.BoardImported())
        return self._pump.run(self._hand_up)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key):
            self._pump.try_now()
        await super().on_event(event)

    def _look_for_overdue(self) -> None:
        """A storage that hangs is seen, though no tick ends to say so."""
        if (frame := self._pump.overdue(time.monotonic())) is not None:
            self.post_message(self.FrameReady(frame))

    def _hand_up(self, frame: Frame) -> None:
        if frame.notices:
            self.post_message(self.Noticed(frame.notices))
        self.post_message(self.FrameReady(frame))

    def on_fed_app_frame_ready(self, event: FrameReady) -> None:
        # One may still arrive while the screens are being closed.
        if self.is_running:
            self.show(event.frame)

    def on_fed_app_ended(self, event: Ended) -> None:
        self.exit(event.outcome)

    def _leave_behind(self) -> None:
        """Go without waiting for the storage any longer."""
        self.exit(Outcome(frame=self._pump.frame, unanswered=True))
