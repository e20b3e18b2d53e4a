"""The steering journal: who did what, and when."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from hpt_tui.domain.event import Wanted, wanted
from hpt_tui.domain.frame import Frame
from hpt_tui.tui.screens.page import BACK, Page, Sheet, paragraph
from hpt_tui.tui.text import fit, line, moment, wrap
from hpt_tui.tui.widgets.keybar import Hint, KeyBar


class Journal(Page[None]):
    """The study's events, newest first; new ones appear as they happen."""

    DEFAULT_CSS = """
    Journal Input { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
    Journal Input:focus { border: none; background: $boost; }
    Journal.-filtering Input { display: block; }
    """
    title_text = "Journal ─ newest first"
    BINDINGS: ClassVar = [Binding("slash", "filter", show=False)]
    hints: tuple[Hint, ...] = (Hint("/", "filter", "filter"), BACK)

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self._frame = frame
        self._wanted = Wanted()

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(self.title_text)
            yield Sheet(self.lines)
            yield Input(placeholder="act:widen by:ada parameter:lr trial:12, or words")
            yield KeyBar(self.hints)

    def on_mount(self) -> None:
        self.query_one(Sheet).focus()

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
        self.query_one(Sheet).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._wanted = wanted(event.value)
        self.redraw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(Sheet).focus()

    def show(self, frame: Frame) -> None:
        changed = len(frame.study.events) != len(self._frame.study.events)
        self._frame = frame
        if changed:
            self.redraw()

    def lines(self, sheet: Sheet, width: int) -> list[Text]:
        events = self._frame.study.events
        if not events:
            said = "Nobody has steered this study. Every order and every lost worker will be written down here."
            return paragraph(said, width, sheet.pen("dim"))
        events = tuple(event for event in events if self._wanted.takes(event))
        if not events:
            return paragraph("No event is like that.", width, sheet.pen("dim"))
        times = [moment(e.at, self._frame.now) for e in events]
        at_width, by_width = max(map(len, times)), min(20, max(len(e.by) for e in events))
        drawn: list[Text] = []
        for event, at in zip(reversed(events), reversed(times), strict=True):
            lead = f"{at:<{at_width}}  {fit(event.by, by_width)}  "
            first, *rest = wrap(event.sentence, max(10, width - at_width - by_width - 4))
            drawn.append(line((lead, sheet.pen("dim")), first))
            drawn += [line(" " * (at_width + by_width + 4), part) for part in rest]
        return drawn
