"""The app: one main screen, one background thread, and the way between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import work
from textual.app import App
from textual.binding import Binding
from textual.message import Message
from textual.notifications import Notify
from textual.screen import Screen

from hpt_tui.domain.figures import plain
from hpt_tui.domain.frame import Cockpit, Frame, Notice
from hpt_tui.tui import themes
from hpt_tui.tui.palette import Acts
from hpt_tui.tui.pump import Outcome, Pump
from hpt_tui.tui.screens.board import Board
from hpt_tui.tui.screens.page import Dialog

__all__ = ["CockpitApp", "Outcome"]

TOASTS = 2
"""How many notices are shown at once; an older one goes."""


class CockpitApp(App[Outcome]):
    """The cockpit. Paints first, then opens the study in a thread; returns an :class:`Outcome`."""

    CSS_PATH = "theme.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar = {Acts}
    NOTIFICATION_TIMEOUT = 4
    BINDINGS: ClassVar = [Binding("ctrl+q", "quit", "quit", show=False, priority=True)]

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

    def __init__(self, open_cockpit: Callable[[], Cockpit], *, title: str, refresh: float = 1.0) -> None:
        super().__init__()
        self.title = plain(title)
        self._pump = Pump(open_cockpit, refresh)
        self.board = Board(title)
        for theme in themes.OWN:
            self.register_theme(theme)
        self.theme = themes.first(self.available_themes)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.curve_colours(self.current_theme)

    def get_default_screen(self) -> Screen[None]:
        return self.board

    def on_mount(self) -> None:
        self.call_after_refresh(self._run_pump)

    def on_unmount(self) -> None:
        self._pump.finish(stop_workers=False)

    @work(thread=True, exclusive=True, group="pump")
    def _run_pump(self) -> None:
        self.post_message(self.Ended(self._pump.run(self._hand_up)))

    def _hand_up(self, frame: Frame) -> None:
        if frame.notices:
            self.post_message(self.Noticed(frame.notices))
        self.post_message(self.FrameReady(frame))

    def on_cockpit_app_frame_ready(self, event: FrameReady) -> None:
        self.board.show(event.frame)
        for screen in self.screen_stack:
            if isinstance(screen, Dialog):
                screen.show(event.frame)

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
        self.board.say("Closing the study …")
        self._pump.finish(stop_workers=event.stop_workers)

    async def action_quit(self) -> None:
        """Ctrl+Q: as ``q``, and from any dialog."""
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        self.board.action_leave()

    def action_theme(self) -> None:
        self.theme = themes.following(self.theme)
        self.board.say(f"Theme: {self.theme}")
