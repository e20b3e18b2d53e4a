"""A user who gives orders to the search from the shell, and remembers which."""

from __future__ import annotations

import socket
import time
from collections import Counter
from dataclasses import dataclass, field

from hpt_tui.domain.event import Event
from hpt_tui.domain.orders.order import WrittenOrder
from hpt_tui.domain.orders.workers import WantWorkers
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.errors import HptError, OrderRefusedError
from hpt_tui.session.errand import Errand
from hpt_tui.store.address import Address
from hpt_tui.store.reader import open_reader
from tests.chaos.search import NAME, WORKERS


@dataclass
class Hand:
    """Gives orders; ``sent`` are those that were carried out and read back."""

    address: Address
    sent: list[Event] = field(default_factory=list)
    refused: int = 0
    doubtful: Counter[str] = field(default_factory=Counter)
    """What was said of orders of which nobody knows whether they got through, and how often."""
    revived: int = 0

    def give(self, order: WrittenOrder) -> bool:
        """Whether the order was carried out."""
        now = time.time()
        try:
            with Errand(self.address, NAME, lambda: now) as errand:
                self.sent += [done.event for done in errand.carry_out([order])]
        except OrderRefusedError:
            self.refused += 1
            return False
        except HptError as error:
            self.doubtful[error.line] += 1
            return False
        return True

    def look(self) -> StudySnapshot | None:
        """The study, whole; None while the storage is away."""
        try:
            reader = open_reader(self.address, NAME)
        except HptError:
            return None
        try:
            study = reader.poll()
            while study.outline is not None:
                study = reader.poll()
        except HptError:
            return None
        else:
            return study
        finally:
            reader.close()

    def revive(self) -> None:
        """Ask for as many workers as there are to be: slots that were given up get another chance."""
        if self.give(WantWorkers(socket.gethostname(), WORKERS)):
            self.revived += 1
