"""The sampler and the pruner that the study asks for, in the worker's study."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from optuna.study import Study

from hpt_tui.domain.space import Bound
from hpt_tui.search.pruners import make_pruner
from hpt_tui.search.samplers import Search, make_sampler
from hpt_tui.store.record import StudyRecord
from hpt_tui.worker.narration import say
from hpt_tui.worker.station import Station


class Searching:
    """Lets ``study`` sample and prune by the method that its record names, from one trial to the next."""

    def __init__(self, study: Study, station: Station) -> None:
        self._study, self._station = study, station
        self._record: StudyRecord | None = None

    def follow(self) -> None:
        """Take over what the orders say by now. Between two trials only.

        Raises:
            InputError: the method cannot be had here: a package is missing, a grid has no end.
        """
        record = self._station.orders.record or StudyRecord("", "", "", "")
        if record == self._record:
            return
        before, self._record = self._record, record
        search = Search.of(record, self._study.study_name)
        self._study.sampler = make_sampler(record.method, search, self._bounds, self._fixed)
        self._study.pruner = make_pruner(record.method.pruner, record.steps)
        if before is None or before.method != record.method:
            say(f"searching by {record.method.words}")

    def _bounds(self) -> Mapping[str, Bound]:
        running = self._station.running
        return running.bounds if running is not None else {}

    def _fixed(self) -> Collection[str]:
        running = self._station.running
        return running.fixed if running is not None else ()
