"""Watching one study's health: nothing is written, and no worker is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from hpt_tui.config import limits
from hpt_tui.domain.checkup import Checkup, checkup
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.stopping import NO_BUDGET, Budget
from hpt_tui.session.moves import Moves
from hpt_tui.store.address import Address
from hpt_tui.store.reader import Reader, open_reader
from hpt_tui.supervisor.fleet import Fleet


class Lookout:
    """Looks at a study, and at the ones it is compared with, as often as it is asked to; used as a context, which
    gives the storage back.

    Raises from its constructor StorageError, StudyNotFoundError or StorageLostError, and
    InputError for a configuration that means nothing.
    """

    def __init__(
        self,
        address: Address,
        study: str,
        against: Sequence[str] = (),
        budget: Budget = NO_BUDGET,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock, self._budget, self._limits = clock, budget, limits(study).flags
        self._fleet, self._moves = Fleet(None, lambda _: ()), Moves()
        with ExitStack() as opened:
            self._readers = [open_reader(address, name) for name in (study, *against)]
            for reader in self._readers:
                opened.callback(reader.close)
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._opened.close()

    def look(self) -> Checkup:
        """The study as it is now.

        Raises:
            StorageLostError: the storage does not answer; the next look may succeed.
        """
        study, *others = [_whole(reader) for reader in self._readers]
        now = self._clock()
        around = self._moves.seen(study, self._fleet.views(now, study), now, tuple(others))
        return checkup(study, around, self._budget, self._limits)


def _whole(reader: Reader) -> StudySnapshot:
    found = reader.poll()
    while reader.behind:
        found = reader.poll()
    return found
