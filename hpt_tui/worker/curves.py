"""Where the curves of the running trial go."""

from __future__ import annotations

from collections.abc import Mapping

from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage

from hpt_tui.errors import StorageLostError
from hpt_tui.store.metrics import MetricWriter, metric_writer
from hpt_tui.worker.narration import say
from hpt_tui.worker.station import RunningTrial, Station


class CurveSink:
    """Where ``hpt_tui.log`` goes. A failing write is said once and never harms the trial."""

    def __init__(self, storage: BaseStorage) -> None:
        self._storage = storage
        self._writer: MetricWriter | None = None
        self._warned = False

    def write(self, station: Station, running: RunningTrial, step: int, metrics: Mapping[str, float]) -> None:
        with station.gate:
            try:
                if self._writer is None:
                    self._writer = metric_writer(self._storage)
                self._writer(running.trial_id, step, metrics)
            except (StorageLostError, UpdateFinishedTrialError, KeyError) as error:
                if not self._warned:
                    say(f"curves are not recorded: {error}")
                self._warned = True
