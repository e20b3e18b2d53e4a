"""A question that is answered by a word: what it would do, or why it cannot be, is said while it is typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from hpt_tui.domain.figures import plain
from hpt_tui.tui.screens.page import BACK, Dialog, Sentences
from hpt_tui.tui.widgets.keybar import Hint, KeyBar


@dataclass(frozen=True, slots=True)
class Heard:
    """What a typed word means."""

    said: str
    """What would be done; or, where it cannot be, why."""
    good: bool


class Prompt(Dialog[str | None]):
    """Gives back what was typed, once it is good; None for nothing."""

    DEFAULT_CSS = """
    Prompt {
        .box { width: 72; padding: 1 2 0 2; }
        #typed { height: 1; margin-top: 1; }
        #typed Static { width: auto; color: $text-muted; }
        Input { width: 1fr; border: none; height: 1; padding: 0 1; background: $panel; }
        Input:focus { border: none; background: $boost; }
        #heard { height: 2; margin: 1 0; }
    }
    """
    hints: ClassVar[tuple[Hint, ...]] = (Hint("enter", "do it", "give"), BACK)

    def __init__(self, title: str, sentence: str, label: str, first: str, hear: Callable[[str], Heard]) -> None:
        super().__init__()
        self._title, self._sentence, self._label, self._first, self._hear = title, sentence, label, first, hear

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(plain(self._title))
            yield Sentences((self._sentence,))
            with Horizontal(id="typed"):
                yield Static(self._label, markup=False)
                yield Input(self._first, select_on_focus=True)
            yield Static("", id="heard", markup=False)
            yield KeyBar(self.hints)

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._say()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._say()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter comes by way of the field: what was typed before it is in there by then."""
        event.stop()
        self.action_give()

    def action_give(self) -> None:
        word = self.query_one(Input).value
        if self._hear(word).good:
            self.dismiss(word)

    def _say(self) -> None:
        heard = self._hear(self.query_one(Input).value)
        self.query_one("#heard", Static).update(Content(plain(heard.said if heard.good else f"✖ {heard.said}")))
