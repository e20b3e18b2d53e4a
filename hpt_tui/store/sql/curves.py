"""Which curves a snapshot has, from wherever they come."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hpt_tui.domain.snapshot import RECENT
from hpt_tui.domain.trial import Curve, Direction, TrialState
from hpt_tui.domain.trials import CODES, RUNNING, Mark, Trials
from hpt_tui.store.sql.following import Following
from hpt_tui.store.sql.shelf import Shelf
from hpt_tui.store.sql.trial_table import TrialTable

_WAITING = CODES[TrialState.WAITING]
_COMPLETE = CODES[TrialState.COMPLETE]


class CurveChoice:
    """The curves of the running trials, the best one, the newest ones, and those that somebody looks at."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._last: Mapping[int, tuple[Curve, ...]] = {}
        self.behind = False
        """Whether some of them have not been read yet."""

    def choose(
        self,
        table: TrialTable,
        following: Following | None,
        looking_at: frozenset[int],
        terms: tuple[str, Direction | None, bool],
    ) -> Mapping[int, tuple[Curve, ...]]:
        """The curves by trial number; the very same mapping as long as nothing has changed.

        ``terms``: what the reported metric is called, the direction of a single objective, and whether our own
        table is there.
        """
        metric, direction, logs = terms
        wanted = _wanted(table.photo(), looking_at, direction)
        ids = {number: table.id_of[number] for number in wanted}
        found: dict[int, tuple[Curve, ...]] = {}
        for number, trial_id in ids.items():
            followed = following.curves(trial_id, number, metric) if following is not None else None
            if followed is not None:
                found[number] = followed
        rest = {number: trial_id for number, trial_id in ids.items() if number not in found}
        self.behind = not self._shelf.ask(list(rest.values()), logs=logs)
        for number, trial_id in rest.items():
            found[number] = self._shelf.curves(trial_id, number, metric)
        found = {number: curves for number, curves in sorted(found.items()) if curves}
        if not _same(found, self._last):
            self._last = found
        return self._last


def _wanted(trials: Trials, looking_at: frozenset[int], direction: Direction | None) -> list[int]:
    """The numbers of the trials whose curves are shown, the most wanted first; no trial that only waits: what
    stands under its id was logged by an earlier, deleted one."""
    c = trials.columns
    places = [p for number in sorted(looking_at) if (p := trials.place(number)) is not None]
    places += trials.derive("running places", (c.states,), lambda: np.flatnonzero(c.states == RUNNING)).tolist()
    if direction is not None and (best := _best(trials, direction)) is not None:
        places.append(best)
    places += range(len(trials) - 1, max(-1, len(trials) - 1 - RECENT), -1)
    return [int(c.numbers[place]) for place in dict.fromkeys(places) if c.states[place] != _WAITING]


def _best(trials: Trials, direction: Direction) -> int | None:
    """The place of the best complete trial, the first of equals."""
    c = trials.columns

    def find() -> int | None:
        complete = (c.states == _COMPLETE) & ((c.marks & int(Mark.VALUED)) != 0)
        losses = np.where(complete, c.values[:, 0], np.nan) * (1 if direction is Direction.MINIMIZE else -1)
        return int(np.nanargmin(losses)) if not np.isnan(losses).all() else None

    return trials.derive(f"best place {direction}", (c.states, c.marks, c.values), find)


def _same(one: Mapping[int, tuple[Curve, ...]], other: Mapping[int, tuple[Curve, ...]]) -> bool:
    return one.keys() == other.keys() and all(
        len(curves) == len(other[number]) and all(a is b for a, b in zip(curves, other[number], strict=True))
        for number, curves in one.items()
    )
