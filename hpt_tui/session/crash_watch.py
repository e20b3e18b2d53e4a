"""Worker processes that crash one after the other pause the search, as trials that keep failing do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hpt_tui.domain.event import Event
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialState
from hpt_tui.supervisor.restarts import CRASHES, WINDOW

if TYPE_CHECKING:
    from hpt_tui.store.control import StudyControl


class CrashWatch:
    """Counts the crashes of all workers of one machine since the last trial that completed or was pruned, on
    whatever machine: a single worker that crashes beside others that are well gives up alone."""

    def __init__(self, host: str) -> None:
        self._host, self._finished = host, 0
        self._crashes: list[tuple[float, str]] = []
        self._halted = False

    def taken_up(self, study: StudySnapshot) -> bool:
        """Whether somebody has just gone on with a search that was paused so: slots that were given up get another
        chance."""
        before, self._halted = self._halted, study.control.halt is not None
        return before and not self._halted

    def look(
        self, control: StudyControl, study: StudySnapshot, crashed: Sequence[tuple[int, str]], now: float
    ) -> None:
        """Pause the search if it is too much with the processes that have just ``crashed``, by slot, with what is
        to be told of each.

        Raises:
            StorageLostError: the storage does not answer.
        """
        finished = study.counts[TrialState.COMPLETE] + study.counts[TrialState.PRUNED]
        if finished > self._finished:
            self._crashes.clear()
        self._finished = finished
        recent = [(at, told) for at, told in self._crashes if abs(now - at) < WINDOW]
        self._crashes = recent + [(now, f"worker {slot} {told}") for slot, told in crashed]
        if not crashed or len(self._crashes) < CRASHES:
            return
        count, tail = len(self._crashes), "\n".join(told for _, told in self._crashes)
        self._crashes.clear()
        if study.control.paused or study.control.stopping:
            return
        why = f"{count} worker processes crashed within {WINDOW:.0f} s and no trial finished between them"
        last = f"{crashed[-1][0]} of {self._host}"
        control.halt(last, why, tail, now)
        control.record(Event(now, "", "crash-loop", last, "", f"paused: {why}"))
