"""The app: the first frame, the main screen that takes its place, and what its keys come to.

The first frame is the :class:`Opening` alone; whatever it does not need is imported behind it, in the thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.notifications import Notify

from hpt_tui.domain.figures import plain
from hpt_tui.tui import themes
from hpt_tui.tui.fed import FedApp
from hpt_tui.tui.palette import Acts
from hpt_tui.tui.pump import Outcome
from hpt_tui.tui.screens.opening import Opening

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Cockpit, Frame
    from hpt_tui.tui.screens.board import Board
    from hpt_tui.tui.screens.log import LogWanted

__all__ = ["CockpitApp", "Outcome"]

TOASTS = 2
"""How many notices are shown at once; an older one goes."""


class CockpitApp(FedApp):
    """The cockpit. Paints first, then opens the study in a thread; returns an :class:`Outcome`."""

    CSS_PATH = "theme.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar = {Acts}
    NOTIFICATION_TIMEOUT = 4
    BINDINGS: ClassVar = [Binding("ctrl+q", "quit", "quit", show=False, priority=True)]

    def __init__(
        self,
        open_cockpit: Callable[[], Cockpit],
        *,
        title: str,
        refresh: float = 1.0,
        painted: Callable[[], object] = lambda: None,
        first: str = "",
    ) -> None:
        """``open_cockpit`` is called in the background thread, and ``painted`` once the first frame is there; the
        board's action ``first`` is done once the study has been read."""
        super().__init__(open_cockpit, refresh, painted)
        self.title = plain(title)
        self._study_title, self._first_act = title, first
        self._board: Board | None = None
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

    async def on_fed_app_board_imported(self) -> None:
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
        self._do_first()

    def show(self, frame: Frame) -> None:
        self.board.show(frame)
        self._do_first()

    def _do_first(self) -> None:
        """The first action, once the main screen is shown and the study has been read."""
        frame = self.board.frame
        if self._first_act and self.screen is self.board and frame.opened and frame.study.outline is None:
            action, self._first_act = self._first_act, ""
            self.board.call_later(self.board.run_action, action)

    def on_notify(self, _event: Notify) -> None:
        """Make room for one more notice, before Textual adds it."""
        for old in list(self._notifications)[: 1 - TOASTS]:
            self._unnotify(old)

    def on_fed_app_noticed(self, event: FedApp.Noticed) -> None:
        for notice in event.notices:
            self.board.say(notice.text, failed=notice.failed)

    def on_steering_screen_ordered(self, event: Board.Ordered) -> None:
        for order in event.orders:
            self._pump.submit(order)

    def on_board_looking(self, event: Board.Looking) -> None:
        self._pump.look_at(event.trials)

    def on_log_wanted(self, event: LogWanted) -> None:
        self._pump.read_log(event.request)

    def on_board_left(self, event: Board.Left) -> None:
        if self.leave(stop_workers=event.stop_workers):
            again = "Ending the workers and closing the study … q again does not wait"
            self.board.say(again if event.stop_workers else "Closing the study …")

    async def action_quit(self) -> None:
        """Ctrl+Q: as ``q``, and from any dialog."""
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        self.board.action_leave()

    def action_theme(self) -> None:
        self.theme = themes.following(self.theme)
        self.board.say(f"Theme: {self.theme}")
