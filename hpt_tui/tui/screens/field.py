"""What the dialogs with a list and a field have in common: the field holds the value of the chosen row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding
from textual.events import Key
from textual.screen import ScreenResultType
from textual.widgets import Input, OptionList

from hpt_tui.tui.screens.page import Dialog
from hpt_tui.tui.text import line, wrap
from hpt_tui.tui.widgets.panel import Panel
from hpt_tui.tui.widgets.pick import Pick


class Preview(Panel, can_focus=False):
    """What Enter would do, or why it cannot be."""

    DEFAULT_CSS = """
    Preview { height: 3; margin-top: 1; overflow: hidden hidden; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.said: tuple[tuple[str, str], ...] = ()
        """Sentences with their pens."""

    def say(self, *said: tuple[str, str]) -> None:
        self.said = said
        self.redraw()

    def lines(self) -> Sequence[Text]:
        width = max(10, self.room)
        return [line((part, self.pen(pen))) for text, pen in self.said for part in wrap(text, width)]


class FieldDialog(Dialog[ScreenResultType]):
    """A Pick, a field (an Input in ``#value``) for its chosen row, and a Preview. Up and down choose, typing goes
    into the field, Enter applies. What they hold and what applying means is the subclass's."""

    DEFAULT_CSS = """
    FieldDialog {
        .box { padding: 1 2 0 2; }
        Pick { max-height: 36vh; margin-top: 1; }
        #value { height: 1; margin-top: 1; }
        #value Static { width: auto; color: $text-muted; }
        Input { width: 1fr; border: none; height: 1; padding: 0 1; background: $panel; }
        Input:focus { border: none; background: $boost; }
    }
    """
    BINDINGS: ClassVar = [
        Binding("up", "choose(-1)", show=False),
        Binding("down", "choose(1)", show=False),
        Binding("enter", "apply", show=False),
    ]

    def action_choose(self, by: int) -> None:
        """Choose the row ``by`` further on; the last one is followed by the first."""
        rows = self.query_one(Pick)
        rows.highlighted = ((rows.highlighted or 0) + by) % rows.option_count

    def action_edit(self) -> None:
        self.query_one(Input).focus()

    def action_apply(self) -> None:
        """Give back what stands there, if it can be."""
        raise NotImplementedError

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter comes by way of the field: what was typed before it is in there by then."""
        event.stop()
        self.action_apply()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()

    def on_key(self, event: Key) -> None:
        """Typing goes into the field, wherever the focus is."""
        field = self.query_one(Input)
        if event.is_printable and event.character and not field.has_focus:
            event.stop()
            field.focus()
            self.begin(field, event.character)

    def begin(self, field: Input, character: str) -> None:
        """The first ``character`` that is typed: it takes the place of what stands in the ``field``."""
        field.value = character
        field.action_end()
