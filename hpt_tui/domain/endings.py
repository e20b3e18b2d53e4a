"""Which trials finish while somebody watches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trials import Ints, Mask, Rows


class Endings:
    """Tells each trial once that has finished since the first snapshot; costs what changed, not what there is."""

    def __init__(self) -> None:
        self._told: Mask = np.zeros(0, dtype=np.bool_)
        """By number: finished before, or told."""
        self._states: NDArray[np.int8] | None = None
        self._opening = True
        self._existing: int | None = None
        """How many trials a study had that was still being read when it was first seen."""
        self._open: set[int] = set()
        """The numbers of those trials that were seen unfinished then."""

    def newly(self, study: StudySnapshot) -> Rows:
        """Those of ``study`` that have finished since the last call, by number; none while it is still being read:
        they come with the first snapshot of all trials."""
        trials, c = study.trials, study.trials.columns
        if study.outline is not None:
            self._existing = study.total if self._existing is None else self._existing
            self._open.update(c.numbers[~trials.finished].tolist())
            return trials[:0]
        if c.states is self._states:
            return trials[:0]
        self._states = c.states
        places = np.flatnonzero(trials.finished)
        self._reach(int(c.numbers[-1]) + 1 if len(trials) else 0)
        if self._opening:
            self._opening = False
            self._told[self._before(c.numbers[places])] = True
        places = places[~self._told[c.numbers[places]]]
        self._told[c.numbers[places]] = True
        return trials.select(places)

    def _before(self, finished: Ints) -> Ints:
        """Those of the finished ones, by number, that were so when the study was first seen."""
        if self._existing is None:
            return finished
        seen_open = np.isin(finished, np.array([*self._open], dtype=np.int64))
        return finished[(finished < self._existing) & ~seen_open]

    def _reach(self, length: int) -> None:
        if length > len(self._told):
            self._told = np.concatenate([self._told, np.zeros(length, dtype=np.bool_)])
