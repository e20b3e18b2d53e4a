"""A fork that is made beside the tick: copying takes as long as there are trials, and the screen goes on."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import replace

from hpt_tui.domain import figures
from hpt_tui.domain.forking import Fork, next_name, plan_fork
from hpt_tui.domain.frame import Notice
from hpt_tui.domain.orders.fork import ForkStudy
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.errors import HptError, OrderRefusedError
from hpt_tui.store.address import Address

TOLD_EVERY = 5.0
"""Seconds between two notices of how far the copying is."""


class Forks:
    """Makes one fork at a time. If this process ends meanwhile, ordering the same fork again goes on with it."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._notices: queue.SimpleQueue[Notice] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._told = 0.0

    def begin(self, order: ForkStudy, study: StudySnapshot, now: float) -> str:
        """Start making it; what to say of it.

        Raises:
            OrderRefusedError: it makes no sense for the study, or another one is being made.
        """
        if self._thread is not None and self._thread.is_alive():
            raise OrderRefusedError("a fork", "is being made already", "wait for it")
        if study.outline is not None:
            raise OrderRefusedError(study.name, "is still being read", "fork it in a moment")
        fork = plan_fork(study, order.changes, order.name)
        self._thread = threading.Thread(
            target=self._make, args=(fork, study.successor != ""), name="hpt-fork", daemon=True
        )
        self._thread.start()
        return order.said(fork.events(now)[0])

    def told(self) -> tuple[Notice, ...]:
        """What there is to tell since the last call."""
        found = []
        while not self._notices.empty():
            found.append(self._notices.get())
        return tuple(found)

    def _make(self, fork: Fork, begun: bool) -> None:
        # Only a fork takes Optuna's half a second of imports.
        from hpt_tui.store.connect import list_studies
        from hpt_tui.store.fork import make_fork

        try:
            taken = list_studies(self._address)
            if fork.name in taken and not begun:
                fork = replace(fork, name=next_name(fork.study, taken))
            done = make_fork(self._address, fork, self._copied)
        except HptError as error:
            self._notices.put(Notice(error.line, failed=True))
        else:
            copied = f"{figures.count(done.copied)} trials copied"
            self._notices.put(Notice(f"the search goes on in {fork.name}: {copied}; the workers move over"))

    def _copied(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._told >= TOLD_EVERY and done < total:
            self._told = now
            self._notices.put(Notice(f"forking: {figures.count(done)} of {figures.count(total)} trials copied"))
