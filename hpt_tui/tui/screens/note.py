"""The dialog that writes a note to a trial."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import TextArea

from hpt_tui.tui.screens.page import BACK, Dialog, Sentences
from hpt_tui.tui.widgets.keybar import Hint, KeyBar


class Note(Dialog[str | None]):
    """Gives back the note, empty to take it away; None to leave it as it is."""

    DEFAULT_CSS = """
    Note {
        .box { width: 84; padding: 1 2 0 2; }
        TextArea { height: 8; margin: 1 0; border: none; background: $panel; padding: 0 1; }
        TextArea:focus { border: none; background: $boost; }
    }
    """
    BINDINGS: ClassVar = [
        Binding("enter", "apply", show=False, priority=True),
        Binding("ctrl+j", "newline", show=False, priority=True),
    ]

    def __init__(self, number: int, text: str) -> None:
        super().__init__()
        self._number, self._text = number, text

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(f"Note to #{self._number}")
            yield Sentences(("optuna-dashboard shows it too. An empty one takes the note away.",))
            yield TextArea(self._text, soft_wrap=True)
            yield KeyBar((Hint("enter", "write", "apply"), Hint("^j", "new line", "newline"), BACK))

    def on_mount(self) -> None:
        self.query_one(TextArea).focus()
        self.query_one(TextArea).move_cursor(self.query_one(TextArea).document.end)

    def action_newline(self) -> None:
        """A new line after what was typed before: the keys of the text are still on their way to it."""
        field = self.query_one(TextArea)
        field.call_later(field.insert, "\n")

    def action_apply(self) -> None:
        """Give back the text, with all that was typed before Enter."""
        self.query_one(TextArea).call_later(self._give)

    def _give(self) -> None:
        if self.is_current:
            self.dismiss(self.query_one(TextArea).text.strip())
