"""A cockpit that has finished when the final validation has (G28), whatever else the study does."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hpt_tui.domain.candidates import missing_runs, open_runs
from hpt_tui.domain.frame import Cockpit, Frame
from hpt_tui.domain.orders.validation import Validate
from hpt_tui.session.relay import Relay

TRIES = 3
"""How often a run that keeps getting lost is tried again, here."""


class Validating(Relay):
    """Another cockpit, in which runs that are lost on the way are given another try."""

    def __init__(self, cockpit: Cockpit, order: Validate) -> None:
        super().__init__(cockpit)
        self._order = order
        self._tried: Counter[tuple[int, int]] = Counter()
        self._asked: frozenset[int] = frozenset()
        """The lost runs that were asked for again."""

    def tick(self) -> Frame:
        frame = self._cockpit.tick()
        study = frame.study
        if frame.stale_since is not None or study.outline is not None or not frame.opened or frame.more:
            return frame
        again = self._lost(frame)
        if fresh := again - self._asked:
            self._asked |= fresh
            self._cockpit.submit(self._order)
        over = frame.finished or not open_runs(study)
        return replace(frame, finished=over and not again and not self._to_be_buried(frame))

    def _lost(self, frame: Frame) -> frozenset[int]:
        """The lost runs, by number, that are worth another try."""
        study, found = frame.study, set[int]()
        if study.control.stops_by(frame.now) or study.control.paused:
            return frozenset()
        for run in missing_runs(study, self._order.top, self._order.seeds):
            if run.lost is None:
                continue
            if run.lost not in self._asked:
                self._tried[run.of, run.seed] += 1
            if self._tried[run.of, run.seed] <= TRIES:
                found.add(run.lost)
        return frozenset(found)

    @staticmethod
    def _to_be_buried(frame: Frame) -> bool:
        """Whether a run is still its worker's, who may be dead: then somebody will soon say that it is lost."""
        leased = {lease.worker for lease in frame.study.leases}
        trials = frame.study.trials
        return any(run.worker in leased for run in frame.study.running if run.number in trials.columns.validates)
