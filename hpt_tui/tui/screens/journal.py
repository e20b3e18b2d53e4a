"""The steering journal: who did what, and when."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from hpt_tui.domain.event import Event, wanted
from hpt_tui.domain.frame import Frame
from hpt_tui.tui.screens.event import EventPage
from hpt_tui.tui.screens.page import BACK, Dialog
from hpt_tui.tui.widgets.event_list import EventList
from hpt_tui.tui.widgets.keybar import Hint, KeyBar

END = 1_000_000
"""More events than any journal has."""


class Journal(Dialog[None]):
    """The study's events, newest first; new ones appear as they happen."""

    DEFAULT_CSS = """
    Journal .box { width: 120; padding: 1 2 0 2; }
    Journal Input { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
    Journal Input:focus { border: none; background: $boost; }
    Journal.-filtering Input { display: block; }
    """
    AUTO_FOCUS = ""
    BINDINGS: ClassVar = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "move_page(-1)", show=False),
        Binding("pagedown", "move_page(1)", show=False),
        Binding("home", f"move(-{END})", show=False),
        Binding("end", f"move({END})", show=False),
        Binding("enter", "open", show=False),
        Binding("z", "undo", show=False),
        Binding("slash", "filter", show=False),
    ]
    hints: ClassVar[tuple[Hint, ...]] = (
        Hint("enter", "in full", "open"),
        Hint("z", "undo it", "undo"),
        Hint("/", "filter", "filter"),
        BACK,
    )

    def __init__(self, frame: Frame, undo: Callable[[Event], None]) -> None:
        """``undo`` asks whether to take an event back."""
        super().__init__()
        self._frame, self._undo = frame, undo

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content("Journal ─ newest first")
            yield EventList(self._frame)
            yield Input(placeholder="act:widen by:ada parameter:lr trial:12, or words")
            yield KeyBar(self.hints)

    @property
    def _events(self) -> EventList:
        return self.query_one(EventList)

    def action_move(self, by: int) -> None:
        self._events.move(by)

    def action_move_page(self, by: int) -> None:
        self._events.move(by * max(1, self._events.size.height - 1))

    def action_open(self) -> None:
        if (event := self._events.selected) is not None:
            self.app.push_screen(EventPage(event, self._frame, self._undo))

    def action_undo(self) -> None:
        if (event := self._events.selected) is not None:
            self._undo(event)

    def action_filter(self) -> None:
        self.add_class("-filtering")
        self.query_one(Input).focus()

    def action_back(self) -> None:
        """Escape clears the filter first."""
        if not self.has_class("-filtering"):
            self.dismiss(None)
            return
        self.remove_class("-filtering")
        self.query_one(Input).value = ""
        self.set_focus(None)

    def on_event_list_opened(self, message: EventList.Opened) -> None:
        message.stop()
        self.action_open()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._events.want(wanted(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.set_focus(None)

    def show(self, frame: Frame) -> None:
        self._frame = frame
        self._events.show(frame)
