"""The trials of one study as they are read: which ids they have, and the columns they fill."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hpt_tui.domain.trial import TrialRow, TrialState
from hpt_tui.domain.trial_ledger import TrialLedger
from hpt_tui.domain.trials import CODES, Ints, Mark, Places, Trials
from hpt_tui.store.sql.heads import Head, Heads
from hpt_tui.store.sql.trial_clock import TrialClock

OPEN = (CODES[TrialState.WAITING], CODES[TrialState.RUNNING])
RUNNING = CODES[TrialState.RUNNING]
FINISHED = np.array([code not in OPEN for code in range(len(CODES))])


class TrialTable:
    """A ledger of trials beside their ids in the database."""

    def __init__(self, objectives: int, clock: TrialClock) -> None:
        self.ledger, self.clock = TrialLedger(objectives), clock
        self.objectives = objectives
        self.id_of: dict[int, int] = {}
        """By number; of two trials with one number, the later id."""
        self.number_of: dict[int, int] = {}
        self.open: dict[int, Head] = {}
        """By id, the trials that wait or run."""
        self.anchor: Head | None = None
        """A finished trial: as long as it is what it was, the ids mean what they meant."""
        self.last_id = 0
        self._noted: frozenset[int] = frozenset()
        self._starred: frozenset[int] = frozenset()

    def lay(self, heads: Heads, now: float) -> Heads:
        """Begin with all trials at once; those that count, by ascending number."""
        # Of equal numbers, unique takes the first of the reversed: the last one.
        _, at = np.unique(heads.numbers[::-1], return_index=True)
        heads = heads.only(len(heads) - 1 - at)
        places = np.arange(len(heads))
        known = np.flatnonzero(np.isfinite(heads.started))
        self.clock.observe_latest(heads.only(known[np.argsort(heads.started[known])[-1:]]), now)
        ledger = self.ledger
        ledger.numbers.write_all(places, heads.numbers)
        ledger.states.write_all(places, heads.states)
        ledger.started.write_all(places, self.clock.epochs(heads.started, heads.numbers))
        ledger.ended.write_all(places, self.clock.epochs(heads.ended, heads.numbers))
        for buffer in (ledger.values, ledger.steps, ledger.last_steps, ledger.last_values, ledger.marks):
            buffer.reach(len(heads))
        numbers, ids = heads.numbers.tolist(), heads.ids.tolist()
        self.id_of, self.number_of = dict(zip(numbers, ids, strict=True)), dict(zip(ids, numbers, strict=True))
        self.last_id = max(ids, default=0)
        for head in heads.only(~FINISHED[heads.states]):
            self.open[head.trial_id] = head
        self.anchor = next(iter(heads.only(np.flatnonzero(FINISHED[heads.states])[:1])), None)
        return heads

    def put(self, head: Head, row: TrialRow) -> None:
        """Add or renew one trial."""
        self.id_of[head.number], self.number_of[head.trial_id] = head.trial_id, head.number
        self.last_id = max(self.last_id, head.trial_id)
        if head.state in OPEN:
            self.open[head.trial_id] = head
        else:
            self.open.pop(head.trial_id, None)
            self.anchor = self.anchor or head
        self.ledger.put(row)

    def places(self, numbers: Ints) -> tuple[Places, NDArray[np.bool_]]:
        """Where the trials of these numbers are, and which of them are there at all."""
        own = self.ledger.numbers.photo()
        at = np.searchsorted(own, numbers)
        return at, (at < len(own)) & (own[np.minimum(at, len(own) - 1)] == numbers)

    def note(self, noted: frozenset[int]) -> None:
        """Mark the trials with these ids, and no others, as noted."""
        for trial_id in noted ^ self._noted:
            if (number := self.number_of.get(trial_id)) is not None:
                self.ledger.mark(number, Mark.NOTED, on=trial_id in noted)
        self._noted = noted

    def star(self, starred: frozenset[int]) -> None:
        """Mark the trials with these numbers, and no others, as starred."""
        for number in starred ^ self._starred:
            self.ledger.mark(number, Mark.STARRED, on=number in starred)
        self._starred = starred

    def remarked(self, head: Head, row: TrialRow) -> TrialRow:
        """``row`` with what people say of the trial."""
        return replace(row, noted=head.trial_id in self._noted, starred=head.number in self._starred)

    def gaps(self) -> list[int]:
        """The numbers after which at least one is missing; -1 for the first ones."""
        numbers = self.ledger.numbers.photo()
        if not len(numbers) or numbers[-1] == len(numbers) - 1:
            return []
        with_start = np.concatenate([[-1], numbers])
        return [int(number) for number in with_start[:-1][np.diff(with_start) > 1]]

    def photo(self) -> Trials:
        return self.ledger.photo()

    def newest(self, most: int) -> Iterable[int]:
        """The ids of the newest trials, the newest first."""
        return (self.id_of[n] for n in self.ledger.numbers.photo()[-most:][::-1].tolist())
