"""A cockpit that stands before another one."""

from __future__ import annotations

from hpt_tui.domain.frame import Cockpit, Frame
from hpt_tui.domain.logs import LogRequest
from hpt_tui.domain.orders.order import Order


class Relay:
    """Another cockpit: its frames come up, and all that is asked of it goes down, as they are."""

    def __init__(self, cockpit: Cockpit) -> None:
        self._cockpit = cockpit

    def tick(self) -> Frame:
        return self._cockpit.tick()

    def look_at(self, trials: frozenset[int]) -> None:
        self._cockpit.look_at(trials)

    def read_log(self, request: LogRequest | None) -> None:
        self._cockpit.read_log(request)

    def submit(self, order: Order) -> None:
        self._cockpit.submit(order)

    def close(self, *, stop_workers: bool) -> None:
        self._cockpit.close(stop_workers=stop_workers)
