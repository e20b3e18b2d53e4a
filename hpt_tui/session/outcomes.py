"""What the workers did, said once: what came of orders to end trials, and which phase of a plan began."""

from __future__ import annotations

from hpt_tui.domain.event import Event
from hpt_tui.domain.frame import Notice
from hpt_tui.domain.unreported import NO_STEPS

ENDED = "ended"
"""The act of such an event."""
PHASE = "phase"
"""That a phase of a plan began."""


class Outcomes:
    """Tells of each event once that came after the first look."""

    def __init__(self) -> None:
        self._seen: tuple[Event, ...] | None = None

    def newly(self, events: tuple[Event, ...]) -> tuple[Notice, ...]:
        before, self._seen = self._seen, events
        if before is None or events is before:
            return ()
        known = set(before)
        fresh = [e for e in events if e not in known]
        ended = tuple(Notice(f"{e.subject} {e.after}") for e in fresh if e.act == ENDED)
        begun = tuple(Notice(e.sentence) for e in fresh if e.act == PHASE)
        return ended + begun + tuple(Notice(e.after, failed=True) for e in fresh if e.act == NO_STEPS)
