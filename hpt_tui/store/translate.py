"""Optuna's trials and distributions in our own words. No connection, no clock."""

from __future__ import annotations

import math
from datetime import datetime

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from hpt_tui.domain.space import Choices, FloatRange, IntRange, Range
from hpt_tui.domain.trial import Curve, Direction, TrialRow, TrialState
from hpt_tui.store import keys

_STATES = {
    OptunaState.WAITING: TrialState.WAITING,
    OptunaState.RUNNING: TrialState.RUNNING,
    OptunaState.COMPLETE: TrialState.COMPLETE,
    OptunaState.PRUNED: TrialState.PRUNED,
    OptunaState.FAIL: TrialState.FAILED,
}


def to_direction(direction: StudyDirection) -> Direction:
    return Direction.MAXIMIZE if direction is StudyDirection.MAXIMIZE else Direction.MINIMIZE


def to_range(distribution: BaseDistribution) -> Range:
    """The range of ``distribution``; one of a kind unknown to us shows as a choice of its own text."""
    match distribution:
        case FloatDistribution(low=low, high=high, log=log, step=step):
            return FloatRange(low, high, log, step)
        case IntDistribution(low=low, high=high, log=log, step=step):
            return IntRange(low, high, log, step)
        case CategoricalDistribution(choices=choices):
            return Choices(tuple(choices))
    return Choices((str(distribution),))


def to_distribution(range_: Range) -> BaseDistribution:
    """The distribution that :func:`to_range` makes ``range_`` of."""
    match range_:
        case FloatRange(low=low, high=high, log=log, step=step):
            return FloatDistribution(low, high, log, step)
        case IntRange(low=low, high=high, log=log, step=int_step):
            return IntDistribution(low, high, log, int_step)
        case Choices(options=options):
            return CategoricalDistribution(options)


def to_row(trial: FrozenTrial, *, noted: bool = False, starred: bool = False) -> TrialRow:
    """``trial`` without its curves; ``noted``, ``starred``: what people say of it.

    Times become epoch seconds: Optuna 5 hands out naive local ones.
    """
    reported = trial.intermediate_values
    last = max(reported, default=None)
    how, text = _end(trial)
    return TrialRow(
        number=trial.number,
        state=_STATES[trial.state],
        values=tuple(trial.values) if trial.values is not None else (),
        params=dict(trial.params),
        ranges={name: to_range(d) for name, d in trial.distributions.items()},
        started=_epoch(trial.datetime_start),
        ended=_epoch(trial.datetime_complete),
        steps=len(reported),
        last_step=last,
        last_value=None if last is None else reported[last],
        non_finite=not all(map(math.isfinite, reported.values())),
        baseline=is_baseline(trial),
        reason=text,
        worker=worker if isinstance(worker := trial.user_attrs.get(keys.TRIAL_WORKER), str) else "",
        by_hand=how in keys.BY_HAND,
        noted=noted,
        starred=starred,
        infeasible=any(value > 0 for value in trial.constraints.values()),
        validates=keys.decode_validates(trial.user_attrs.get(keys.TRIAL_VALIDATES)),
    )


def is_baseline(trial: FrozenTrial) -> bool:
    return trial.user_attrs.get(keys.TRIAL_BASELINE) is True


def reported_curve(trial: FrozenTrial, metric: str) -> Curve | None:
    """What the objective reported, by step; None if it reported nothing."""
    if not trial.intermediate_values:
        return None
    steps = tuple(sorted(trial.intermediate_values))
    return Curve.of(trial.number, metric, steps, [trial.intermediate_values[s] for s in steps])


def _end(trial: FrozenTrial) -> tuple[str, str]:
    end = trial.user_attrs.get(keys.TRIAL_END)
    # Who marks a trial as lost cannot do it in one act with failing it: its worker may tell it in between.
    lost = isinstance(end, dict) and end.get("how") in keys.BURIED and trial.state is not OptunaState.FAIL
    if isinstance(end, dict) and not lost:
        return str(end.get("how", "")), str(end.get("text", ""))
    return "", ""


def _epoch(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
