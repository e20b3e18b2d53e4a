"""The app: one main screen, one background thread, and the way between them.

The first frame is the :class:`Opening` alone; whatever it does not need is imported behind it, in the thread.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.binding import Binding
from textual.message import Message
from textual.notifications import Notify

from hpt_tui.domain.figures import plain
from hpt_tui.tui import themes
from hpt_tui.tui.aside import aside
from hpt_tui.tui.palette import Acts
from hpt_tui.tui.pump import Outcome, Pump
from hpt_tui.tui.screens.opening import Opening
from hpt_tui.tui.slow_line import SlowLineApp
from hpt_tui.tui.type_ahead import TypeAheadApp

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Cockpit, Frame, Notice
    from hpt_tui.tui.screens.board import Board

__all__ = ["CockpitApp", "Outcome"]

WRITTEN = 0.01
"""Seconds that the first frame is given to reach the terminal, by a thread that imports would keep waiting."""
PARTING = 3.0
"""Seconds that a storage has to answer once the screen is to be left and no worker has to end."""
TOASTS = 2
"""How many notices are shown at once; an older one goes."""


class CockpitApp(TypeAheadApp[Outcome], SlowLineApp[Outcome]):
    """The cockpit. Paints first, then opens the study in a thread; returns an :class:`Outcome`."""

    CSS_PATH = "theme.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar = {Acts}
    NOTIFICATION_TIMEOUT = 4
    BINDINGS: ClassVar = [Binding("ctrl+q", "quit", "quit", show=False, priority=True)]

    class BoardImported(Message):
        """The main screen can take the place of the opening one."""

    class FrameReady(Message):
        """A tick has ended. A newer frame takes the place of one that was not shown yet."""

        def __init__(self, frame: Frame) -> None:
            super().__init__()
            self.frame = frame

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, CockpitApp.FrameReady)

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

    def __init__(
        self,
        open_cockpit: Callable[[], Cockpit],
        *,
        title: str,
        refresh: float = 1.0,
        painted: Callable[[], object] = lambda: None,
    ) -> None:
        """``open_cockpit`` is called in the background thread, and ``painted`` once the first frame is there."""
        super().__init__()
        self.title = plain(title)
        self._study_title = title
        self._painted = painted
        self._pump = Pump(open_cockpit, refresh, lags=lambda: self.lags)
        self._board: Board | None = None
        self._leaving = False
        self.add_mode("board", lambda: self.board)
        for theme in themes.OWN:
            self.register_theme(theme)
        self._start_in(themes.first(self.available_themes))

    def _start_in(self, theme: str) -> None:
        """Set the theme, without having the style sheet parsed twice for it where it is the usual one."""
        self.set_reactive(CockpitApp.theme, themes.DARK.name)
        self.stylesheet.set_variables(self.get_css_variables())
        self.theme = theme

    def get_default_screen(self) -> Opening:
        return Opening(self._study_title)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.curve_colours(self.current_theme)

    @property
    def board(self) -> Board:
        """The main screen, shown or about to be."""
        if self._board is None:
            from hpt_tui.tui.screens.board import Board

            self._board = Board(self._study_title)
        return self._board

    def on_mount(self) -> None:
        self.call_after_refresh(self._run_pump)
        self.set_interval(1.0, self._look_for_overdue)

    async def on_cockpit_app_board_imported(self) -> None:
        opening, drawn = self.screen, asyncio.Event()

        def draw() -> None:
            self.board.draw()
            drawn.set()

        with self.batch_update():
            await self.switch_mode("board")
            self.board.call_later(draw)
            await drawn.wait()
        await opening.remove()
        self.play_typed()

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
            self.show(frame)

    def _hand_up(self, frame: Frame) -> None:
        if frame.notices:
            self.post_message(self.Noticed(frame.notices))
        self.post_message(self.FrameReady(frame))

    def on_cockpit_app_frame_ready(self, event: FrameReady) -> None:
        self.show(event.frame)

    def show(self, frame: Frame) -> None:
        """Show ``frame`` everywhere."""
        from hpt_tui.tui.screens.page import Dialog

        self.board.show(frame)
        for screen in self.screen_stack:
            if isinstance(screen, Dialog):
                screen.show(frame)

    def on_notify(self, _event: Notify) -> None:
        """Make room for one more notice, before Textual adds it."""
        for old in list(self._notifications)[: 1 - TOASTS]:
            self._unnotify(old)

    def on_cockpit_app_noticed(self, event: Noticed) -> None:
        for notice in event.notices:
            self.board.say(notice.text, failed=notice.failed)

    def on_cockpit_app_ended(self, event: Ended) -> None:
        self.exit(event.outcome)

    def on_steering_screen_ordered(self, event: Board.Ordered) -> None:
        for order in event.orders:
            self._pump.submit(order)

    def on_board_looking(self, event: Board.Looking) -> None:
        self._pump.look_at(event.trials)

    def on_board_left(self, event: Board.Left) -> None:
        if self._leaving:
            self._leave_behind()
            return
        self._leaving = True
        self._pump.finish(stop_workers=event.stop_workers)
        if event.stop_workers:
            self.board.say("Ending the workers and closing the study … q again does not wait")
        else:
            self.board.say("Closing the study …")
            self.set_timer(PARTING, self._leave_behind)

    def _leave_behind(self) -> None:
        """Go without waiting for the storage any longer."""
        self.exit(Outcome(frame=self._pump.frame, unanswered=True))

    async def action_quit(self) -> None:
        """Ctrl+Q: as ``q``, and from any dialog."""
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        self.board.action_leave()

    def action_theme(self) -> None:
        self.theme = themes.following(self.theme)
        self.board.say(f"Theme: {self.theme}")
