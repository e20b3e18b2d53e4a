"""An app that is cheap to watch over a slow line: it writes changed cells only, and knows when the line lags."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from rich.color import ColorSystem
from rich.console import Console, RenderableType
from textual._compositor import CompositorUpdate
from textual.app import App
from textual.binding import Binding
from textual.screen import Screen

from hpt_tui.tui.glass import Glass

ReturnType = TypeVar("ReturnType")

UPDATE = 3
"""Pieces that Textual writes for one update at most: its start, the changes, its end."""
LOOK_AGAIN = 0.1
"""Seconds until a terminal that was behind is looked at again."""


class Written(CompositorUpdate):
    """An update that is in the terminal's own language already."""

    def __init__(self, sequences: str) -> None:
        self._sequences = sequences

    def __rich__(self) -> str:
        return self._sequences

    def render_segments(self, console: Console) -> str:
        return self._sequences


class SlowLineApp(App[ReturnType]):
    """Stands between Textual's compositor and the terminal. Textual has no public place for that."""

    BINDINGS: ClassVar = [Binding("ctrl+l", "repaint", "repaint", show=False, priority=True)]

    def __init__(self) -> None:
        super().__init__()
        self._glass = Glass()
        self._first: RenderableType | None = None
        self._first_written = False
        self._owing = False
        """Whether the terminal has not been told of everything that was painted."""

    def on_mount(self) -> None:
        self.app_resume_signal.subscribe(self, lambda _: self.action_repaint(), immediate=True)

    def on_resize(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._first = None
        self._glass.forget()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        super()._display(screen, self._changed(renderable))

    def _changed(self, whole: RenderableType | None) -> RenderableType | None:
        """What has to be written of an update; None for nothing."""
        live = self._running and not self._closed and not self._batch_count
        if whole is None or not live or self.is_headless or self.is_inline or self._driver is None:
            return whole
        if not self._first_written:
            # Written as it comes: the glass, which is slower, takes note of it when the next one comes.
            self._first, self._first_written = whole, True
            return whole
        if self._waiting > UPDATE:
            self._owe()
            return None
        if self._first is not None:
            self._glass.changes(self._first, self.size, self._colours)
            self._first = None
        changes = self._glass.changes(whole, self.size, self._colours)
        if changes is None:
            return whole
        return Written(changes) if changes else None

    @property
    def _colours(self) -> ColorSystem:
        return self.console._color_system or ColorSystem.TRUECOLOR

    @property
    def lags(self) -> bool:
        """Whether the terminal has not taken all that was written. Safe from any thread."""
        return self._waiting > 0

    @property
    def _waiting(self) -> int:
        """How many pieces wait to be written. At thirty, Textual's event loop would wait too."""
        writer = getattr(self._driver, "_writer_thread", None)
        return 0 if writer is None else writer._queue.qsize()

    def _owe(self) -> None:
        """Leave an update out: what has changed altogether is written once the terminal has caught up."""
        if not self._owing:
            self._owing = True
            self.set_timer(LOOK_AGAIN, self._catch_up)

    def _catch_up(self) -> None:
        self._owing = False
        if self.lags:
            self._owe()
        else:
            self.screen.refresh()

    def action_repaint(self) -> None:
        """Write the whole screen again, whatever somebody else has written over it."""
        self._forget()
        self.refresh(layout=True)
