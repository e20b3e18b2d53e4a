"""The events of a journal with a cursor, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.message import Message

from hpt_tui.domain.event import Event, Wanted
from hpt_tui.domain.frame import Frame
from hpt_tui.tui.text import fit, line, moment, wrap
from hpt_tui.tui.widgets.panel import Panel
from hpt_tui.tui.words import CHOSEN

WIDEST_BY = 20
NOBODY = "Nobody has steered this study. Every order and every lost worker will be written down here."


class EventList(Panel, can_focus=False):
    """Lists the events that are wanted. The cursor stays with its event while others come."""

    DEFAULT_CSS = """
    EventList { height: auto; max-height: 100%; margin-bottom: 1; }
    """

    class Opened(Message):
        """The selected event is to be shown in full."""

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self._frame = frame
        self._wanted = Wanted()
        self._listed = frame.study.events[::-1]
        self._chosen: Event | None = None
        self._owners: list[int] = []
        """Of each line, which of the listed events it belongs to."""

    def show(self, frame: Frame) -> None:
        changed = frame.study.events != self._frame.study.events
        self._frame = frame
        if changed:
            self.want(self._wanted)

    def want(self, wanted: Wanted) -> None:
        """List these events only."""
        self._wanted = wanted
        self._listed = tuple(event for event in reversed(self._frame.study.events) if wanted.takes(event))
        self.redraw()
        self.refresh(layout=True)
        self.call_after_refresh(self._into_sight)

    @property
    def selected(self) -> Event | None:
        """The event at the cursor, the newest one if none was chosen; None if none is listed."""
        return self._listed[self._at] if self._listed else None

    @property
    def _at(self) -> int:
        """Its place among the listed ones; of two alike, the one that was chosen."""
        same = (
            i for i, e in enumerate(self._listed) if self._chosen and (e.id, e) == (self._chosen.id, self._chosen)
        )
        return next(same, 0)

    def move(self, by: int) -> None:
        """Move the cursor by so many events, at most to an end."""
        if self._listed:
            self._chosen = self._listed[max(0, min(self._at + by, len(self._listed) - 1))]
            self.redraw()
            self._into_sight()

    def _into_sight(self) -> None:
        owned = [y for y, owner in enumerate(self._owners) if owner == self._at]
        if not owned:
            return
        top, height = self.scroll_offset.y, self.size.height
        if owned[0] < top:
            self.scroll_to(y=owned[0], animate=False)
        elif owned[-1] >= top + height:
            self.scroll_to(y=owned[-1] - height + 1, animate=False)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        y = -1 if offset is None else offset.y + self.scroll_offset.y
        if self._listed and 0 <= y < len(self._owners):
            self._chosen = self._listed[self._owners[y]]
            self.redraw()
            self.post_message(self.Opened())

    def lines(self) -> Sequence[Text]:
        drawn = self._drawn(self.room)
        self._owners = [owner for _, owner in drawn]
        return [text for text, _ in drawn]

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self._drawn(width))

    def _drawn(self, width: int) -> list[tuple[Text, int]]:
        """Every line, with the listed event that it belongs to."""
        if not self._listed:
            said = "No event is like that." if self._frame.study.events else NOBODY
            return [(line((part, self.pen("dim"))), 0) for part in wrap(said, max(10, width))]
        times = [moment(e.at, self._frame.now) for e in self._listed]
        at_width = max(map(len, times))
        by_width = min(WIDEST_BY, max(len(e.by) for e in self._listed))
        indent = " " * (at_width + by_width + 6)
        chosen, drawn = self._at, []
        for i, (event, at) in enumerate(zip(self._listed, times, strict=True)):
            lead = f"{CHOSEN if i == chosen else ' '} {at:<{at_width}}  {fit(event.by, by_width)}  "
            first, *rest = wrap(event.sentence, max(10, width - len(indent)))
            own = [line((lead, self.pen("dim")), first), *(line(indent, part) for part in rest)]
            for text in own if i == chosen else ():
                text.truncate(width, pad=True)
                text.stylize(self.pen("cursor"))
            drawn += [(text, i) for text in own]
        return drawn
