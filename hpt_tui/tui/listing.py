"""Which trials the table lists, in which order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from hpt_tui.domain.quantities import NUMBER, VALUE, Floats, objective, ordering
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import Direction, TrialState
from hpt_tui.domain.trials import Places

FILTERS: tuple[TrialState | None, ...] = (
    None,
    TrialState.RUNNING,
    TrialState.COMPLETE,
    TrialState.PRUNED,
    TrialState.FAILED,
)
FEW = 64
"""Of at least so many trials, one in so many may change before sorting all of them anew is cheaper."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A choice of trials and their order. Unknown values come last whichever way it is sorted."""

    column: str = VALUE
    reverse: bool = False
    """Against the column's natural order: best first, newest first, smallest first."""
    state: TrialState | None = None
    text: str = ""

    def by(self, column: str) -> Listing:
        """Sorted by ``column``; the other way round if it was sorted by that already."""
        return replace(self, column=column, reverse=not self.reverse if column == self.column else False)

    def descending(self, directions: tuple[Direction, ...]) -> bool:
        of = objective(self.column) if self.column.partition(":")[0] == VALUE else -1
        up = 0 <= of < len(directions) and directions[of] is Direction.MAXIMIZE
        return (self.column == NUMBER or up) is not self.reverse


@dataclass(slots=True)
class Order:
    """The order of all trials of a study, kept as long as what it rests on stays as it is."""

    _keys: Floats | None = None
    _descending: bool = False
    _places: Places = field(default_factory=lambda: np.empty(0, np.intp))

    def of(self, listing: Listing, study: StudySnapshot, now: float) -> Places:
        """The places of all trials as ``listing`` sorts them; equal ones by number."""
        keys, descending = ordering(study, listing.column, now), listing.descending(study.directions)
        if keys is not self._keys or descending != self._descending:
            signed = -keys if descending else keys
            self._places = self._sorted(signed, anew=descending != self._descending)
            self._keys, self._descending = keys, descending
        return self._places

    def _sorted(self, keys: Floats, *, anew: bool) -> Places:
        before = self._keys
        if anew or before is None or not 0 < len(before) <= len(keys):
            return np.argsort(keys, kind="stable")
        former = -before if self._descending else before
        same = former == keys[: len(former)]
        same |= np.isnan(former) & np.isnan(keys[: len(former)])
        changed = np.flatnonzero(~np.append(same, np.zeros(len(keys) - len(former), np.bool_)))
        if len(changed) > len(keys) // FEW:
            return np.argsort(keys, kind="stable")
        return moved(self._places, keys, changed) if len(changed) else self._places


def moved(places: Places, keys: Floats, changed: Places) -> Places:
    """``places``, sorted by ``keys`` but for the ``changed`` ones, which may be new: with these at their place."""
    still = np.ones(len(keys), np.bool_)
    still[changed] = False
    rest = places[still[places]]
    sorted_keys = keys[rest]
    goes = changed[np.argsort(keys[changed], kind="stable")]
    first, last = (np.searchsorted(sorted_keys, keys[goes], side) for side in ("left", "right"))
    # Among equal ones, by place.
    at = [a + np.searchsorted(rest[a:b], place) for a, b, place in zip(first, last, goes, strict=True)]
    return np.insert(rest, np.array(at, np.intp), goes)
