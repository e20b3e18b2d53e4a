"""The steering journal: who did what, and when."""

from __future__ import annotations

from rich.text import Text

from hpt_tui.domain.frame import Frame
from hpt_tui.tui.screens.page import Page, Sheet, paragraph
from hpt_tui.tui.text import fit, line, moment, wrap


class Journal(Page[None]):
    """The study's events, newest first; new ones appear as they happen."""

    title_text = "Journal ─ newest first"

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self._frame = frame

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
        times = [moment(e.at, self._frame.now) for e in events]
        at_width, by_width = max(map(len, times)), min(20, max(len(e.by) for e in events))
        drawn: list[Text] = []
        for event, at in zip(reversed(events), reversed(times), strict=True):
            lead = f"{at:<{at_width}}  {fit(event.by, by_width)}  "
            first, *rest = wrap(event.sentence, max(10, width - at_width - by_width - 4))
            drawn.append(line((lead, sheet.pen("dim")), first))
            drawn += [line(" " * (at_width + by_width + 4), part) for part in rest]
        return drawn
