"""The order of the complete trials, kept up as they come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hpt_tui.domain.trial import Direction
from hpt_tui.domain.trials import Floats, Mask, Places, Trials

FEW = 64
"""Up to so many newcomers are put where they belong one by one; with more of them everything is sorted."""


@dataclass(frozen=True, slots=True, eq=False)
class _Ranking:
    places: Places
    losses: Floats
    """Of these places; NaN last."""


def ranking(trials: Trials, direction: Direction) -> Places:
    """The places of the complete trials that violate no constraint, best first by their first value, equal ones by
    number, NaN last. The very same array as long as nothing about it has changed."""
    values, complete = trials.columns.values, trials.candidates

    def ranked(former: _Ranking | None) -> _Ranking:
        losses = values[:, 0] if direction is Direction.MINIMIZE else -values[:, 0]
        return _sorted(complete, losses) if former is None else _updated(former, complete, losses)

    return trials.derived.evolve(f"ranking {direction}", (complete, values), ranked).places


def _sorted(complete: Mask, losses: Floats) -> _Ranking:
    places = np.flatnonzero(complete)
    # Stable, and the numbers ascend already.
    places = places[np.argsort(losses[places], kind="stable")]
    return _Ranking(places, losses[places])


def _updated(former: _Ranking, complete: Mask, losses: Floats) -> _Ranking:
    """What still stands stays in its order; the others are put in."""
    places, known = former.places, former.losses
    within = places < len(complete)
    if not within.all():
        places, known = places[within], known[within]
    now = losses[places]
    stays = complete[places] & ((now == known) | (np.isnan(now) & np.isnan(known)))
    missing = complete.copy()
    missing[places[stays]] = False
    newcomers = np.flatnonzero(missing)
    if len(newcomers) > FEW:
        return _sorted(complete, losses)
    if not stays.all():
        places, known = places[stays], known[stays]
    elif not len(newcomers) and places is former.places:
        return former
    newcomers = newcomers[np.argsort(losses[newcomers], kind="stable")]
    slots = [_slot(places, known, int(new), float(losses[new])) for new in newcomers]
    return _Ranking(np.insert(places, slots, newcomers), np.insert(known, slots, losses[newcomers]))


def _slot(places: Places, losses: Floats, place: int, loss: float) -> int:
    """Where a newcomer belongs: behind the better ones, and behind equal ones of lower numbers."""
    first, end = np.searchsorted(losses, loss, "left"), np.searchsorted(losses, loss, "right")
    return int(first + np.searchsorted(places[first:end], place))
