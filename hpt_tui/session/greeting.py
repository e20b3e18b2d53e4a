"""What there is to say of a search once: how it begins, and what its first trials show to be missing."""

from __future__ import annotations

from hpt_tui.domain.advice.guard import grid_note
from hpt_tui.domain.frame import Notice
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.unreported import pruner_note


class Greeting:
    """Tells each of it once, while the session steers."""

    def __init__(self, told: tuple[str, ...]) -> None:
        """``told``: what is to be said first, of how the search was started."""
        self._told, self._begun, self._unreported = told, False, False

    def newly(self, study: StudySnapshot, now: float) -> tuple[Notice, ...]:
        told, self._told = self._told, ()
        if not self._begun:
            told, self._begun = (*told, grid_note(study, now)), True
        if not self._unreported and (note := pruner_note(study)):
            told, self._unreported = (*told, note), True
        return tuple(Notice(line) for line in told if line)
