"""G24.2: all trials come out alike, so that the search has nothing to learn from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hpt_tui.domain import figures, names
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices
from hpt_tui.domain.trial import Direction, TrialState
from hpt_tui.domain.trials import ParamColumn, Places, Trials


@dataclass(frozen=True, slots=True)
class _Values:
    """What the values of the complete trials span."""

    smallest: float
    largest: float
    median: float

    @property
    def spread(self) -> float:
        return self.largest - self.smallest


def all_alike(study: StudySnapshot, limits: Thresholds) -> Iterator[Flag]:
    """Complete trials with different parameters whose values hardly differ, in percentage points for an accuracy
    and relative to the median otherwise (C5). Where the pruner ended more trials than it let through, those that
    came through are alike by its choice, and only identical ones are told."""
    count = len(study.ranked)
    values = _values(study) if count >= limits.alike_trials else None
    if values is None:
        return
    spread = values.spread
    alike, measured, allowed = _judge(values, _points_per_unit(study, values), limits)
    chosen = study.counts[TrialState.PRUNED] > count
    if (spread > 0 and (not alike or chosen)) or _of_one_configuration(study):
        return
    metric = figures.plain(study.metric)
    what = f"within {measured} of each other" if spread > 0 else f"exactly {figures.metric(values.smallest)}"
    yield Flag(
        "all-alike",
        Severity.WARNING if spread > 0 else Severity.CRITICAL,
        f"{metric} of all {count} complete trials is {what}, whatever the parameters",
        "The space is too narrow, its parameters don't reach the model, or the objective returns the wrong value.",
        "Check that the objective uses its parameters; widen the space and check that the sampler covers it.",
        (
            ("smallest", figures.metric(values.smallest)),
            ("largest", figures.metric(values.largest)),
            ("spread", measured),
            ("alike within", allowed),
            ("judged", f"{count} complete trials; pruned ones left out"),
        ),
        trials=study.ranked[: limits.trials_shown].numbers,
        why_no_order="Whether the objective uses its parameters is to be seen in its code only.",
        rule="G24.2",
    )


def _values(study: StudySnapshot) -> _Values | None:
    """None where not all of them are finite."""
    places, values = study.ranked.places, study.trials.columns.values
    middle = (places[(len(places) - 1) // 2], places[len(places) // 2])
    first, last, low, high = (float(values[place, 0]) for place in (places[0], places[-1], *middle))
    # NaN and infinities are at an end of the ranking.
    if not math.isfinite(first) or not math.isfinite(last):
        return None
    return _Values(min(first, last), max(first, last), low if low == high else (low + high) / 2)


def _of_one_configuration(study: StudySnapshot) -> bool:
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


def _points_per_unit(study: StudySnapshot, values: _Values) -> float | None:
    """How many percentage points one unit of an accuracy is: 100 on 0..1, 1 on 0..100; None for anything else."""
    if study.direction is not Direction.MAXIMIZE or not names.is_accuracy(study.metric) or values.smallest < 0:
        return None
    if values.largest <= 1:
        return 100.0
    return 1.0 if values.largest <= 100 else None


def _judge(values: _Values, points_per_unit: float | None, limits: Thresholds) -> tuple[bool, str, str]:
    """Whether they are alike, how far apart they are, and how far they may be, the latter two in words."""
    spread = values.spread
    if points_per_unit is not None:
        points = spread * points_per_unit
        return (
            points <= limits.alike_points,
            f"{points:.3g} percentage points",
            f"{limits.alike_points:g} percentage points",
        )
    size = abs(values.median) or max(abs(values.smallest), abs(values.largest)) or 1.0
    return (
        spread <= limits.alike_relative * size,
        f"{spread / size * 100:.3g} % of the median",
        f"{limits.alike_relative * 100:g} % of the median",
    )
