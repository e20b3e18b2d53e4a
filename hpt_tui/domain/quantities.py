"""What trials can be sorted and compared by, each as one array over all trials."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hpt_tui.domain import figures, shown
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, FloatRange, ParamValue
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.trials import CODES, Mark, ParamColumn, Trials

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

NUMBER, STATE, VALUE, STEPS, TIME = "#", "state", "value", "step", "time"
"""The quantities that every study has; of several objectives, the further ones are ``value:1``, ``value:2`` …"""
WORKER, STARTED, NOTED = "worker", "started", "noted"
PARAM = "param:"
"""A parameter's quantity is called ``param:NAME``."""

_STATE_ORDER = np.full(len(TrialState), 9.0)
for _at, _state in enumerate((TrialState.RUNNING, TrialState.COMPLETE, TrialState.PRUNED)):
    _STATE_ORDER[CODES[_state]] = _at


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """What the trials chose of a categorical parameter."""

    options: tuple[ParamValue, ...]
    """Of all ranges, one after the other; the last one is None, for the trials that chose nothing."""
    at: Ints
    """(n,) places in ``options``."""


def ordering(study: StudySnapshot, quantity: str, now: float) -> Floats:
    """(n,) numbers that sort the trials by ``quantity``, small ones first; NaN where it is unknown. Texts come
    after numbers, by alphabet. The very same array as long as nothing in it changes."""
    trials, name = study.trials, f"order by {quantity}"
    c = trials.columns
    if quantity.startswith(PARAM):
        column = c.params.get(quantity.removeprefix(PARAM))
        if column is None:
            return trials.derive(name, (c.numbers,), lambda: np.full(len(trials), math.nan))
        return trials.derive(name, (column,), lambda: _param_order(column))
    match quantity:
        case "#":
            return trials.derive(name, (c.numbers,), lambda: c.numbers.astype(np.float64))
        case "state":
            return trials.derive(name, (c.states,), lambda: _STATE_ORDER[c.states])
        case "step":
            return trials.derive(name, (c.steps,), lambda: np.where(c.steps > 0, c.steps, math.nan))
        case "worker":
            return trials.derive(name, (c.workers,), lambda: _ranks(c.worker_ids)[c.workers])
        case "started":
            return c.started
        case "noted":
            noted = trials.marked(Mark.NOTED)
            return trials.derive(name, (c.marks,), lambda: np.where(noted, 1.0, math.nan))
        case "time":
            return durations(trials, now)
    return values(study, objective(quantity))


def comparable(study: StudySnapshot, quantity: str, now: float) -> Floats:
    """(n,) the numbers of ``quantity`` as they are shown; NaN where it is unknown or a text."""
    trials = study.trials
    if quantity.startswith(PARAM):
        column = trials.columns.params.get(quantity.removeprefix(PARAM))
        if column is None:
            return np.full(len(trials), math.nan)
        return trials.derive(f"shown {quantity}", (column,), lambda: _shown(trials, quantity, column))
    found = ordering(study, quantity, now)
    if quantity == TIME:
        return np.floor(found)
    if quantity.partition(":")[0] == VALUE:
        return trials.derive(f"shown {quantity}", (found,), lambda: shown.metrics(found))
    return found


def objective(quantity: str) -> int:
    """Which objective ``value``, ``value:1`` … is about."""
    return int(quantity.partition(":")[2] or 0)


def values(study: StudySnapshot, of: int = 0) -> Floats:
    """(n,) an objective's values; of the first one, what a trial without a value has reported last."""
    trials = study.trials
    c = trials.columns
    if of >= c.values.shape[1]:
        return trials.derive(f"values {of}", (c.numbers,), lambda: np.full(len(trials), math.nan))
    if of:
        return trials.derive(f"values {of}", (c.values,), lambda: c.values[:, of].copy())
    return trials.derive(
        "values",
        (c.values, c.marks, c.last_values),
        lambda: np.where(
            trials.marked(Mark.VALUED),
            c.values[:, 0],
            np.where(trials.marked(Mark.REPORTED), c.last_values, math.nan),
        ),
    )


def durations(trials: Trials, now: float) -> Floats:
    """(n,) seconds, until ``now`` for the ones that still run; NaN for those that have not started."""
    c = trials.columns
    return np.maximum(np.where(np.isnan(c.ended), now, c.ended) - c.started, 0.0)


def chosen(trials: Trials, name: str) -> Chosen:
    """The choices of the parameter ``name``, which the study has."""
    column = trials.columns.params[name]
    return trials.derive(f"chosen {name}", (column,), lambda: _chosen(column))


def _chosen(column: ParamColumn) -> Chosen:
    options = [r.options if isinstance(r, Choices) else () for r in column.ranges]
    starts = np.array([*accumulate((len(o) for o in options), initial=0)])
    choice = np.array([*(isinstance(r, Choices) for r in column.ranges), False])
    among = choice[column.drawn]
    places = np.where(among, column.values, 0).astype(np.int64)
    flat = np.where(among, starts[column.drawn] + places, starts[-1])
    return Chosen((*(o for some in options for o in some), None), flat)


def _param_order(column: ParamColumn) -> Floats:
    if not any(isinstance(r, Choices) for r in column.ranges):
        return column.values
    picked = _chosen(column)
    numbers = np.array([_number(o) for o in picked.options])
    numeric = np.where(np.isnan(column.numeric), numbers[picked.at], column.numeric)
    texts = [o if isinstance(o, str) else "" for o in picked.options]
    if not any(isinstance(o, str) for o in picked.options):
        return numeric
    ranks = np.where([isinstance(o, str) for o in picked.options], _ranks(("", *texts))[1:], math.nan)
    # Numbers by their rank, too: a text's place after the largest of them must not be lost in its size.
    distinct, at = np.unique(numeric[~np.isnan(numeric)], return_inverse=True)
    numeric[~np.isnan(numeric)] = at
    return np.where(np.isnan(numeric), ranks[picked.at] + len(distinct), numeric)


def _ranks(texts: tuple[str, ...]) -> Floats:
    """Each text's place in the alphabet; NaN for an empty one in front, which stands for none."""
    place = {text: at for at, text in enumerate(sorted(set(texts)))}
    found = np.array([float(place[text]) for text in texts])
    if texts and not texts[0]:
        found[0] = math.nan
    return found


def _number(option: ParamValue) -> float:
    return float(option) if isinstance(option, (int, float)) else math.nan


def _shown(trials: Trials, quantity: str, column: ParamColumn) -> Floats:
    """The parameter's numbers as they are shown: each by the range that it was drawn from."""
    found = column.numeric.copy()
    for log in (False, True):
        fractions = np.array([*(isinstance(r, FloatRange) and r.log is log for r in column.ranges), False])
        which = fractions[column.drawn]
        found[which] = shown.parameters(found[which], log=log)
    if any(isinstance(r, Choices) for r in column.ranges):
        picked = chosen(trials, quantity.removeprefix(PARAM))
        options = np.array([_number(_as_shown(o)) for o in picked.options])
        found = np.where(np.isnan(found), options[picked.at], found)
    return found


def _as_shown(option: ParamValue) -> ParamValue:
    return float(figures.parameter(option)) if isinstance(option, float) else option
