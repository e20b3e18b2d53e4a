"""The keys that go to machines: their GPUs, their workers, what those print."""

from __future__ import annotations

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.logs import LogRequest
from hpt_tui.domain.orders.workers import RemoveWorker
from hpt_tui.tui.screens.gpus import GpuDialog
from hpt_tui.tui.screens.insight import InsightScreen
from hpt_tui.tui.screens.log import LogReader, LogWanted
from hpt_tui.tui.widgets.workers import Workers


class FleetScreen(InsightScreen):
    """A screen with a panel of workers, one of which may be selected."""

    @property
    def _worker(self) -> str:
        """The worker that is selected; empty while another panel has the focus."""
        panel = self.query_one(Workers)
        return panel.selected.worker if panel.has_focus and panel.selected is not None else ""

    def action_gpus(self) -> None:
        if not self._refuses():
            self.app.push_screen(GpuDialog(self.frame), lambda order: self.steer(order) if order else None)

    def action_remove_worker(self) -> None:
        self.steer(RemoveWorker(self._worker))

    def action_logs(self) -> None:
        """The selected worker's where the panel of workers has the focus, else the selected trial's."""
        if worker := self._worker:
            self.read_log(LogRequest(worker=worker))
        elif (number := self.table.cursor) is None:
            self.say("There is no trial whose output could be shown.", failed=True)
        else:
            self.read_log(LogRequest(number))

    def read_log(self, request: LogRequest) -> None:
        self.app.push_screen(LogReader(self.frame, request))

    def stop_reading(self, frame: Frame) -> None:
        """Have no log read that no window shows any more."""
        wanted = {getattr(screen, "reads", None) for screen in self.app.screen_stack}
        if frame.log is not None and frame.log.request not in wanted:
            self.post_message(LogWanted(None))
