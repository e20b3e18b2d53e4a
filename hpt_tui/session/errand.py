"""One errand to a study, from the shell: look at it, give orders, read back what came of them, and go.

The orders are those of the screen and are carried out by the same code; nobody keeps workers here meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from hpt_tui.domain.event import Event
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.orders.order import WrittenOrder
from hpt_tui.domain.steering import check_open, steering_problem
from hpt_tui.errors import OrderRefusedError, StorageLostError
from hpt_tui.session.helm import write
from hpt_tui.session.keeper import kept_here
from hpt_tui.store.address import Address
from hpt_tui.store.reader import open_reader
from hpt_tui.supervisor.fleet import Fleet


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one order."""

    event: Event
    """As it stands in the journal now."""
    said: str
    """What the order does, and when that shows."""
    in_force: bool
    """Whether the study shows it, read back; False: another order has taken its place already."""


class Errand:
    """A study that orders are given to; used as a context, which gives its storage back. Of a big one no more is
    read than the orders need.

    Raises from its constructor StorageError, StudyNotFoundError or StorageLostError. Nothing is written, and the
    storage is not even opened for writing, before :meth:`carry_out`.
    """

    def __init__(self, address: Address, study: str, clock: Callable[[], float] = time.time) -> None:
        self._address, self._study, self._clock = address, study, clock
        self._fleet = Fleet(None, lambda _: ())
        self._reader = open_reader(address, study)
        try:
            self.frame = self._look()
        except BaseException:
            self._reader.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._reader.close()

    def foresee(self, orders: Sequence[WrittenOrder]) -> tuple[Event, ...]:
        """What would be recorded of the orders.

        Raises:
            OrderRefusedError: one of them makes no sense for the study as it is, or nobody would hear of it.
        """
        if problem := steering_problem(self.frame.study):
            raise OrderRefusedError("steering", problem)
        while not all(order.enough(self.frame.study) for order in orders):
            self.frame = self._look()
        if self.frame.study.outline is None:
            self.whole()
        for order in orders:
            check_open(self.frame.study, order)
        return tuple(order.foreseen(self.frame, self.frame.now) for order in orders)

    def whole(self) -> Frame:
        """All of the study: of a big one a part is read first."""
        # Of a big study the trials are there before what they were drawn from.
        while self.frame.study.outline is not None or self._reader.behind:
            self.frame = self._look()
        return self.frame

    def carry_out(self, orders: Sequence[WrittenOrder]) -> tuple[Done, ...]:
        """Write the orders into the study, all or, where one is refused, none; ``frame`` shows it afterwards.

        Raises:
            OrderRefusedError: as :meth:`foresee`.
            StorageError: the storage cannot be written to.
            StorageLostError: it went away, or does not show what was written; some orders may be in force.
        """
        self.foresee(orders)
        from hpt_tui.store.author import author
        from hpt_tui.store.connect import close_storage, find_study, open_storage, quiet_optuna
        from hpt_tui.store.control import StudyControl

        quiet_optuna()
        storage = open_storage(self._address, writable=True)
        try:
            control = StudyControl(storage, find_study(storage, self._study, self._address.label), author())
            # What was shown to whoever agreed may be minutes old, and others steer meanwhile.
            self.frame = self._look()
            self.foresee(orders)
            before, now = set(self.frame.study.events), self._clock()
            said = [write(order, self.frame, control, now) for order in orders]
        finally:
            close_storage(storage)
        self.frame = self._look()
        ours = [e for e in self.frame.study.events if e not in before and (e.at, e.by) == (now, control.by)]
        if len(ours) != len(said):
            raise StorageLostError("the order", "was written, but the study does not show it", "look at it again")
        return tuple(
            Done(event, text, order.shows(self.frame.study))
            for order, event, text in zip(orders, ours, said, strict=True)
        )

    def kept_here(self) -> bool:
        """As :func:`~hpt_tui.session.keeper.kept_here`."""
        return kept_here(self._address, self._study)

    def _look(self) -> Frame:
        study, now = self._reader.poll(), self._clock()
        return Frame(study=study, workers=self._fleet.views(now, study), now=now, opened=True)
