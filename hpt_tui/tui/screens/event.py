"""One event of the journal in full: who, when, what, the exact values, and whether it can be undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding

from hpt_tui.domain.event import Event
from hpt_tui.domain.figures import UNKNOWN, lasting, local_time
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.orders.undo import UndoEvent, undo_problem
from hpt_tui.errors import OrderRefusedError
from hpt_tui.tui.screens.page import BACK, Page, Sheet, paragraph
from hpt_tui.tui.text import fit, line, moment, wrap
from hpt_tui.tui.widgets.keybar import Hint, KeyBar

LABEL = 10
NOTHING = "–"


class EventPage(Page[None]):
    """Shows an event, and whether it still stands as long as it is open."""

    BINDINGS: ClassVar = [Binding("z", "undo", show=False)]

    def __init__(self, event: Event, frame: Frame, undo: Callable[[Event], None]) -> None:
        """``undo`` asks whether to take an event back."""
        super().__init__()
        self._event, self._frame, self._undo = event, frame, undo
        self.title_text = f"Event {event.short_id}".rstrip()
        self.hints = self._keys()

    def _keys(self) -> tuple[Hint, ...]:
        stands = self._frame.study.outline is None and not undo_problem(self._event, self._frame.study)
        return (Hint("z", "undo it", "undo"), BACK) if stands else (BACK,)

    def action_undo(self) -> None:
        self._undo(self._event)

    def show(self, frame: Frame) -> None:
        changed = frame.study is not self._frame.study
        self._frame = frame
        if changed:
            self.redraw()
            self.query_one(KeyBar).change(self._keys())

    def lines(self, sheet: Sheet, width: int) -> list[Text]:
        event, dim = self._event, sheet.pen("dim")
        told = [("who", event.by or UNKNOWN), ("when", self._when()), ("what", event.act.replace("-", " "))]
        told += [("to what", event.subject)] if event.subject else []
        if event.before or event.after:
            told.append(("in words", f"{event.before or NOTHING} → {event.after or NOTHING}"))
        told += [("exactly" if not i else "", text) for i, text in enumerate(_exactly(event))]
        told += [("why", f"flag {event.why}")] if event.why else []
        told += [("undoes", self._undone())] if event.undoes else []
        told += [("id", event.id)] if event.id else []
        drawn = []
        for label, text in told:
            first, *rest = wrap(text, max(10, width - LABEL))
            drawn.append(line((fit(label, LABEL), dim), first))
            drawn += [line(" " * LABEL, part) for part in rest]
        said, pen = self._standing()
        return [*drawn, line(), *paragraph(said, width, sheet.pen(pen))]

    def _when(self) -> str:
        event, now = self._event, self._frame.now
        ago = f" ({lasting(now - event.at)} ago)" if event.at <= now else ""
        return local_time(event.at, "%Y-%m-%d %H:%M:%S") + ago

    def _undone(self) -> str:
        """The event that this one took back."""
        event = next((e for e in self._frame.study.events if e.id == self._event.undoes), None)
        if event is None:
            return f"{self._event.undoes}, which is not in the journal"
        return f"{event.sentence} ({event.by or UNKNOWN}, {moment(event.at, self._frame.now)})"

    def _standing(self) -> tuple[str, str]:
        """Whether it is still in force and can be undone, or why not; with its pen."""
        event, frame = self._event, self._frame
        if frame.study.outline is not None:
            return "Whether it can be undone is judged once the study has been read.", "dim"
        if problem := undo_problem(event, frame.study):
            return f"It {problem}.", "dim"
        try:
            foreseen = UndoEvent(event.id).foreseen(frame, frame.now)
        except OrderRefusedError as error:
            return f"It is in force, and cannot be undone now: {error.line}.", "warn"
        return f"It is in force. z takes it back: {foreseen.sentence}.", "good"


def _exactly(event: Event) -> list[str]:
    """Each exact value, before and after."""
    was, became = dict(event.was), dict(event.became)
    names = sorted(was.keys() | became.keys())
    return [f"{name}: {was.get(name, NOTHING)} → {became.get(name, 'as it was')}" for name in names]
