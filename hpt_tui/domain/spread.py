"""How far the values of the complete trials lie apart."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hpt_tui.domain import names
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices
from hpt_tui.domain.trial import Direction
from hpt_tui.domain.trials import ParamColumn, Places, Trials


@dataclass(frozen=True, slots=True)
class Spread:
    """What the values of the complete trials span."""

    smallest: float
    largest: float
    median: float

    @property
    def spread(self) -> float:
        return self.largest - self.smallest


def values_of(study: StudySnapshot) -> Spread | None:
    """Of the ranked trials; None without any, or where not all of them are finite."""
    places, values = study.ranked.places, study.trials.columns.values
    if not len(places):
        return None
    middle = (places[(len(places) - 1) // 2], places[len(places) // 2])
    first, last, low, high = (float(values[place, 0]) for place in (places[0], places[-1], *middle))
    # NaN and infinities are at an end of the ranking.
    if not math.isfinite(first) or not math.isfinite(last):
        return None
    return Spread(min(first, last), max(first, last), low if low == high else (low + high) / 2)


def of_one_configuration(study: StudySnapshot) -> bool:
    """Whether all complete trials had the same parameters."""
    trials, places = study.trials, study.ranked.places
    return trials.derive(
        "of one configuration", (places, trials.columns.params), lambda: _same_params(trials, places)
    )


def _same_params(trials: Trials, places: Places) -> bool:
    return all(_same_value(column, places) for column in trials.columns.params.values())


def _same_value(column: ParamColumn, places: Places) -> bool:
    drawn, values = column.drawn[places], column.values[places]
    if not np.array_equal(drawn < 0, np.full(len(places), drawn[0] < 0)):
        return False
    if drawn[0] < 0:
        return True
    if not any(isinstance(range_, Choices) for range_ in column.ranges):
        return bool(np.all(values == values[0]))
    # One of each kind: what they stand for is compared, not the places among the options.
    kinds = np.unique(np.stack([drawn, values]), axis=1, return_index=True)[1]
    first, *others = (column.value(int(places[kind])) for kind in kinds)
    return all(other == first for other in others)


def points_per_unit(study: StudySnapshot, values: Spread) -> float | None:
    """How many percentage points one unit of an accuracy is: 100 on 0..1, 1 on 0..100; None for anything else."""
    if study.direction is not Direction.MAXIMIZE or not names.is_accuracy(study.metric) or values.smallest < 0:
        return None
    if values.largest <= 1:
        return 100.0
    return 1.0 if values.largest <= 100 else None
