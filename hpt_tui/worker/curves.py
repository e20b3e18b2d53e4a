"""Where the curves of the running trial go."""

from __future__ import annotations

from collections.abc import Mapping

from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage

from hpt_tui.errors import StorageLostError
from hpt_tui.store.batching import waits
from hpt_tui.store.metrics import MetricWriter, metric_writer
from hpt_tui.worker.narration import say
from hpt_tui.worker.patience import MOMENT
from hpt_tui.worker.station import RunningTrial, Station


class CurveSink:
    """Where ``hpt_tui.log`` goes. A failing write never harms the trial: it is repeated for a minute, said, and
    until one succeeds again each is tried but once."""

    def __init__(self, storage: BaseStorage) -> None:
        self._storage = storage
        self._writer: MetricWriter | None = None
        self._warned = False
        self._patience = MOMENT

    def write(self, station: Station, running: RunningTrial, step: int, metrics: Mapping[str, float]) -> None:
        with station.gate:
            try:
                station.patiently(lambda: self._write(running.trial_id, step, metrics), "logging", self._patience)
                self._patience = MOMENT
            except (StorageLostError, UpdateFinishedTrialError, KeyError) as error:
                if not self._warned:
                    say(f"curves are not recorded: {error}")
                self._warned, self._patience = True, 0.0

    def _write(self, trial_id: int, step: int, metrics: Mapping[str, float]) -> None:
        if self._writer is None:
            self._writer = metric_writer(self._storage)
        if not waits(self._storage, trial_id, step, metrics):
            self._writer(trial_id, step, metrics)
