"""The trials that the table lists, row by row."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from hpt_tui.domain.frame import EMPTY_FRAME, Frame
from hpt_tui.domain.quantities import TIME
from hpt_tui.domain.snapshot import EMPTY_SNAPSHOT, StudySnapshot
from hpt_tui.domain.trial_filter import Filter, passing, read
from hpt_tui.domain.trials import Places
from hpt_tui.tui.listing import Listing, Order


class Follow(Enum):
    """What the cursor goes along with."""

    TRIAL = ""
    NEWEST = "newest"
    BEST = "best"


@dataclass(slots=True)
class Listed:
    """The rows of a listing. A text that is no filter leaves the one before in force."""

    listing: Listing = field(default_factory=Listing)
    problem: str = ""
    """Why the text of the listing is no filter."""
    _wanted: Filter = field(default_factory=Filter)
    _order: Order = field(default_factory=Order)
    _study: StudySnapshot = EMPTY_SNAPSHOT
    _places: Places = field(default_factory=lambda: np.empty(0, np.intp))

    def __len__(self) -> int:
        return len(self._places)

    @property
    def running(self) -> bool:
        """Whether the rows may change with the time alone."""
        return self.listing.column == TIME or self._wanted.running

    def take(self, listing: Listing, frame: Frame = EMPTY_FRAME) -> None:
        """List others, from the next update on."""
        self.listing = listing
        found = read(listing.text, frame.study, frame.now)
        self.problem = found.problem
        if not found.problem:
            self._wanted = found

    def update(self, frame: Frame) -> None:
        """List the trials of ``frame``."""
        if self.problem:
            # It may ask for a parameter that there is by now.
            self.take(self.listing, frame)
        self._study = study = frame.study
        order = self._order.of(self.listing, study, frame.now)
        mask = passing(self._wanted, study, frame.now)
        if self.listing.state is not None:
            state = study.trials.in_state(self.listing.state)
            mask = state if mask is None else mask & state
        self._places = order if mask is None else order[mask[order]]

    def numbers(self, most: int | None = None) -> tuple[int, ...]:
        """The numbers of the trials from the top, all or so many."""
        return self._study.trials.select(self._places[:most]).numbers

    def number(self, row: int) -> int:
        """The number of the trial in ``row``."""
        return int(self._study.trials.columns.numbers[self._places[row]])

    def row_of(self, number: int | None) -> int | None:
        """The row in which a trial is listed; None if it is not."""
        place = None if number is None else self._study.trials.place(number)
        if place is None:
            return None
        rows = np.flatnonzero(self._places == place)
        return int(rows[0]) if len(rows) else None

    def cursor(self, follow: Follow, number: int | None, row: int) -> tuple[int, int | None]:
        """The row and the trial that a cursor goes to which was on trial ``number``, in ``row``."""
        if not len(self):
            return 0, None
        if follow is Follow.NEWEST:
            number = int(self._study.trials.columns.numbers[self._places.max()])
        elif follow is Follow.BEST:
            number = self._study.best.number if self._study.best is not None else self.number(0)
        at = self.row_of(number)
        if at is None:
            at = min(row, len(self) - 1)
        return at, self.number(at)
