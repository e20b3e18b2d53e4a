"""Pages and questions: the dialogs that show lines, and the ones that ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen, ScreenResultType
from textual.widgets import OptionList

from hpt_tui.domain.figures import plain
from hpt_tui.domain.frame import Frame
from hpt_tui.tui.text import line, wrap
from hpt_tui.tui.widgets.keybar import Hint, KeyBar
from hpt_tui.tui.widgets.panel import PENS, Panel
from hpt_tui.tui.widgets.pick import Pick

BACK = Hint("esc", "back", "back")


class Dialog(ModalScreen[ScreenResultType]):
    """A window over the main screen. Escape goes back, whatever it is."""

    BINDINGS: ClassVar = [Binding("escape", "back", show=False)]
    COMPONENT_CLASSES: ClassVar[set[str]] = PENS
    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 60%;
        .box {
            width: 90; max-width: 96%; height: auto; max-height: 94%;
            border: round $border; background: $background; padding: 0 1;
        }
        KeyBar { dock: bottom; background: $background; padding: 0; }
    }
    """

    def action_back(self) -> None:
        self.dismiss(None)

    @property
    def looks_at(self) -> frozenset[int]:
        """The trials whose curves it needs."""
        return frozenset()

    def show(self, frame: Frame) -> None:
        """Take up a new frame; most dialogs stay as they were opened."""

    async def on_key_bar_pressed(self, event: KeyBar.Pressed) -> None:
        event.stop()
        await self.run_action(event.action)


class Sheet(Panel):
    """Lines for reading, scrolled by the arrows."""

    DEFAULT_CSS = """
    Sheet { height: auto; max-height: 100%; }
    """

    def __init__(self, write: Callable[[Sheet, int], list[Text]]) -> None:
        super().__init__()
        self._write = write

    def lines(self) -> Sequence[Text]:
        return self._write(self, self.room)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self._write(self, width))


class Page(Dialog[ScreenResultType]):
    """A dialog of lines for reading. Subclasses say the title, the lines and the keys."""

    DEFAULT_CSS = """
    Page .box { padding: 1 2 0 2; }
    Page Sheet { margin-bottom: 1; }
    """
    title_text = ""
    hints: tuple[Hint, ...] = (BACK,)

    def lines(self, sheet: Sheet, width: int) -> list[Text]:
        """What the page says."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(plain(self.title_text))
            yield Sheet(self.lines)
            yield KeyBar(self.hints)

    def redraw(self) -> None:
        """Draw the lines anew."""
        sheet = self.query_one(Sheet)
        sheet.redraw()
        sheet.refresh(layout=True)


def paragraph(text: str, width: int, style: Style, *, indent: int = 0) -> list[Text]:
    """``text`` wrapped, in one style."""
    return [line((" " * indent + part, style)) for part in wrap(text, max(10, width - indent))]


@dataclass(frozen=True, slots=True)
class Answer:
    """One possible answer: the key that gives it, and what it says."""

    id: str
    key: str
    label: str


class Question(Dialog[str | None]):
    """Asks, with the consequences said first; gives back the id of the answer, None for none.

    The first answer is the default: Enter gives it.
    """

    DEFAULT_CSS = """
    Question {
        .box { width: 72; padding: 1 2; }
        Pick { margin-top: 1; }
    }
    """

    def __init__(self, title: str, sentences: Sequence[str], answers: Sequence[Answer]) -> None:
        super().__init__()
        self._title, self._sentences, self._answers = title, tuple(sentences), tuple(answers)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(plain(self._title))
            yield Sentences(self._sentences)
            yield Pick([(f"{a.key}  {a.label}", a.id) for a in self._answers])

    def on_mount(self) -> None:
        self.query_one(Pick).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option_id)

    def on_key(self, event: Key) -> None:
        if (answer := next((a.id for a in self._answers if a.key == event.key), None)) is not None:
            event.stop()
            self.dismiss(answer)


class Sentences(Panel, can_focus=False):
    """A few wrapped sentences."""

    DEFAULT_CSS = """
    Sentences { height: auto; overflow: hidden hidden; }
    """

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__()
        self._sentences = tuple(sentences)

    def lines(self) -> Sequence[Text]:
        return self._wrapped(self.room)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self._wrapped(width))

    def _wrapped(self, width: int) -> list[Text]:
        return [line(part) for s in self._sentences for part in wrap(s, max(10, width))]
