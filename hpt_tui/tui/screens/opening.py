"""The first frame: the main screen as it looks before anything has been read, made of as little as possible.

It stands until the real :class:`~hpt_tui.tui.screens.board.Board`, whose imports take longer than all of this, has
been imported behind it. What it draws is, cell for cell, what the Board draws of an empty frame.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Container
from textual.events import Resize

from hpt_tui.tui.screens.desk import Desk
from hpt_tui.tui.text import clip, line, wrap
from hpt_tui.tui.unread import (
    NO_CURVES,
    NOTHING_READ,
    OPENING,
    READING,
    TITLES,
    UNHEARD,
    curves_to_come,
)
from hpt_tui.tui.widgets.keybar import KeyBar
from hpt_tui.tui.widgets.panel import Placard


class Unread(Placard):
    """A panel of the main screen that has nothing to show yet."""

    def __init__(self, write: Callable[[Unread], Sequence[Text]], *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._write = write
        self.entitle(*TITLES.get(id, ("", "")))

    def lines(self) -> Sequence[Text]:
        return self._write(self)


class Opening(Desk):
    """Says which study is being opened, in the places where everything will be."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._study_title = title

    def compose(self) -> ComposeResult:
        yield Unread(self._headline, id="headline")
        with Container(id="grid"):
            yield Unread(_trials, id="trials")
            yield Unread(_curves, id="curves")
            yield Unread(_nothing, id="alerts")
            yield Unread(_nothing, id="workers")
        yield Unread(_nothing, id="alert-line")
        yield KeyBar(self.hints(idle=True), id="keys")

    def on_mount(self) -> None:
        self.query_one("#trials").add_class("-shown").focus()

    def on_resize(self, event: Resize) -> None:
        self.fit_to(event.size)
        self.query_one(KeyBar).change(self.hints(idle=True))

    def _headline(self, panel: Unread) -> Sequence[Text]:
        name = clip(self._study_title, max(12, panel.room // 5))
        return (line((f"{UNHEARD} {OPENING}", panel.pen("dim")), "   ", (name, panel.pen("strong"))),)


def _trials(panel: Unread) -> Sequence[Text]:
    heading, why = READING
    return _said(panel, heading, wrap(why, max(10, panel.room - 4)))


def _curves(panel: Unread) -> Sequence[Text]:
    return _said(panel, NO_CURVES, wrap(curves_to_come("value"), max(10, panel.room - 4)))


def _said(panel: Unread, heading: str, sentences: Sequence[str]) -> Sequence[Text]:
    drawn = [line(), line(("  " + heading, panel.pen("strong"))), line()]
    return [*drawn, *(line(("  " + sentence, panel.pen("dim"))) for sentence in sentences)]


def _nothing(panel: Unread) -> Sequence[Text]:
    return (line(("  " + NOTHING_READ, panel.pen("strong" if panel.id == "workers" else "dim"))),)
