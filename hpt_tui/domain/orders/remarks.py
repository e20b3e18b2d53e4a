"""What people say of a trial: a star, a note."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hpt_tui.domain.event import Event
from hpt_tui.domain.figures import plain
from hpt_tui.domain.orders.order import OrderBook, WrittenOrder
from hpt_tui.domain.orders.trials import known_trial
from hpt_tui.errors import OrderRefusedError

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Frame
    from hpt_tui.domain.snapshot import StudySnapshot

LONGEST = 20_000
"""Characters of a note."""
BEGINNING = 60
"""So many characters of it stand in the journal."""


@dataclass(frozen=True, slots=True)
class StarTrial(WrittenOrder):
    """Give a trial a star, or take it away: for people, the search goes on as it was."""

    number: int
    on: bool = True

    outlives_a_fork: ClassVar = True
    for_workers: ClassVar = False

    def enough(self, study: StudySnapshot) -> bool:
        return study.outline is None or self.number in study.by_number

    def foreseen(self, frame: Frame, now: float) -> Event:
        known_trial(frame.study, self.number)
        if self.on == (self.number in frame.study.control.starred):
            raise OrderRefusedError(f"trial #{self.number}", "has a star already" if self.on else "has no star")
        return Event(now, "", "star" if self.on else "unstar", f"#{self.number}")

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        book.star(self.number, self.on, now)

    def said(self, event: Event) -> str:
        return f"{event.subject} has a star" if self.on else f"{event.subject} has no star any more"

    def shows(self, study: StudySnapshot) -> bool:
        return self.on == (self.number in study.control.starred)


@dataclass(frozen=True, slots=True)
class NoteTrial(WrittenOrder):
    """Write a note to a trial, where optuna-dashboard shows it too; an empty one takes it away."""

    number: int
    text: str

    outlives_a_fork: ClassVar = True
    for_workers: ClassVar = False

    def enough(self, study: StudySnapshot) -> bool:
        return study.outline is None

    def foreseen(self, frame: Frame, now: float) -> Event:
        known_trial(frame.study, self.number)
        if len(self.text) > LONGEST:
            raise OrderRefusedError("the note", f"is longer than {LONGEST} characters")
        before = frame.study.notes.get(self.number, "")
        if self.text == before:
            raise OrderRefusedError(f"trial #{self.number}", "has this very note" if self.text else "has no note")
        return Event(now, "", "note", f"#{self.number}", _beginning(before), _beginning(self.text) or "none")

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        book.note(self.number, self.text)

    def said(self, event: Event) -> str:
        return f"the note to {event.subject} was {'written' if self.text else 'taken away'}"

    def shows(self, study: StudySnapshot) -> bool:
        return study.notes.get(self.number, "") == self.text


def _beginning(note: str) -> str:
    text = " ".join(plain(note).split())
    return text if len(text) <= BEGINNING else text[: BEGINNING - 1] + "…"
