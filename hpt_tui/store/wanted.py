"""Which trials' curves a snapshot has."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hpt_tui.domain.ranking import ranking
from hpt_tui.domain.snapshot import RECENT
from hpt_tui.domain.trial import Curve, Direction, TrialState
from hpt_tui.domain.trials import CODES, RUNNING, Trials

Curves = Mapping[int, tuple[Curve, ...]]
"""By trial number, the reported metric's curve first."""

_WAITING = CODES[TrialState.WAITING]


def wanted(trials: Trials, looking_at: frozenset[int], direction: Direction | None) -> list[int]:
    """The numbers of the trials whose curves are shown, the most wanted first: those that somebody looks at, the
    running ones, the best one (of a single objective's ``direction``) and the newest ones.

    None of a trial that only waits: what stands under its id was logged by an earlier, deleted one.
    """
    c = trials.columns
    places = [p for number in sorted(looking_at) if (p := trials.place(number)) is not None]
    places += trials.derive("running places", (c.states,), lambda: np.flatnonzero(c.states == RUNNING)).tolist()
    if direction is not None:
        places += ranking(trials, direction)[:1].tolist()
    places += range(len(trials) - 1, max(-1, len(trials) - 1 - RECENT), -1)
    return [int(c.numbers[place]) for place in dict.fromkeys(places) if c.states[place] != _WAITING]


def same_curves(one: Curves, other: Curves) -> bool:
    """Whether they hold the very same curves."""
    return one.keys() == other.keys() and all(
        len(curves) == len(other[number]) and all(a is b for a, b in zip(curves, other[number], strict=True))
        for number, curves in one.items()
    )
