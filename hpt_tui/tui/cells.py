"""The words of the trials table: a cell's text, and which trials have the longest ones."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from hpt_tui.domain import figures, quantities, shown
from hpt_tui.domain.quantities import (
    NOTED,
    NUMBER,
    PARAM,
    STARTED,
    STATE,
    STEPS,
    TIME,
    VALUE,
    WORKER,
    Floats,
)
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, FloatRange
from hpt_tui.domain.trial import TrialRow
from hpt_tui.domain.trials import ParamColumn, Places
from hpt_tui.tui.text import clip
from hpt_tui.tui.words import STATE_SIGNS

_TENS = 10.0 ** np.array([*range(309), *range(-330, 0)])
"""Powers of ten, at the place of the power; the negative ones from the end."""
TEXT_WIDTH = 20
"""Cells that a choice, or a worker's name, has at most."""


def cell(study: StudySnapshot, trial: TrialRow, key: str, now: float) -> str:
    """What the column ``key`` says of ``trial``, not yet aligned."""
    match key:
        case "#":
            return str(trial.number)
        case "state":
            return f"{STATE_SIGNS[trial.state]} {trial.state}"
        case "step":
            done = figures.count(trial.steps) if trial.steps else figures.UNKNOWN
            return done if study.steps is None else f"{done}/{figures.count(study.steps)}"
        case "time":
            ended = trial.ended is not None or not trial.state.finished
            return figures.duration(trial.duration(now)) if ended else figures.UNKNOWN
        case "worker":
            return clip(trial.worker, TEXT_WIDTH) or figures.UNKNOWN
        case "started":
            return clock(trial.started)
        case "noted":
            return "yes" if trial.noted else ""
    if key.startswith(PARAM):
        return _parameter(trial, key.removeprefix(PARAM))
    of = quantities.objective(key)
    return figures.metric(value_at(trial, of) if of else shown_value(trial))


def clock(at: float | None) -> str:
    """``11-23 14:03``, in the user's time zone."""
    return figures.UNKNOWN if at is None else f"{datetime.fromtimestamp(at).astimezone():%m-%d %H:%M}"


def shown_value(trial: TrialRow) -> float | None:
    """The objective value, or what a trial without one has reported last."""
    return trial.value if trial.value is not None else trial.last_value


def value_at(trial: TrialRow, objective: int) -> float | None:
    """One of several objectives' values."""
    return trial.values[objective] if objective < len(trial.values) else None


def _parameter(trial: TrialRow, name: str) -> str:
    if name not in trial.params:
        return figures.UNKNOWN
    range_ = trial.ranges.get(name)
    log = range_ is not None and not isinstance(range_, Choices) and range_.log
    return clip(figures.parameter(trial.params[name], log=log), TEXT_WIDTH)


# The longest ones


def source(study: StudySnapshot, key: str) -> tuple[object, ...]:
    """The arrays that the texts of a column are made of: the very same ones as long as no text has changed."""
    c = study.trials.columns
    if key.startswith(PARAM):
        column = c.params.get(key.removeprefix(PARAM))
        return () if column is None else (column.values, column.drawn)
    if key.partition(":")[0] == VALUE:
        return (quantities.values(study, quantities.objective(key)),)
    sources: dict[str, tuple[object, ...]] = {
        NUMBER: (c.numbers,), STEPS: (c.steps,), TIME: (c.started, c.ended), WORKER: (c.workers,),
        STATE: (), STARTED: (), NOTED: (),
    }  # fmt: skip
    return sources[key]


def widest(study: StudySnapshot, key: str, places: Places, now: float) -> Places:
    """Of ``places`` some among which are the longest texts of the column, before and after the decimal point."""
    c = study.trials.columns
    if key.startswith(PARAM):
        column = c.params.get(key.removeprefix(PARAM))
        return places[:0] if column is None else _widest_param(column, places)
    match key:
        case "#" | "step":
            counts = c.numbers if key == NUMBER else c.steps
            return places[_ends(counts[places].astype(np.float64))]
        case "time":
            return places[_longest(quantities.durations(study.trials, now)[places])]
        case "worker":
            return places[np.unique(c.workers[places], return_index=True)[1]]
        case "state" | "started" | "noted":
            return places[:1]
    return places[_classes(quantities.values(study, quantities.objective(key))[places], digits=4)]


def _widest_param(column: ParamColumn, places: Places) -> Places:
    drawn = column.drawn[places]
    if len(drawn) and (drawn == drawn[0]).all():
        return _widest_of(column, int(drawn[0]), places)
    codes = np.unique(drawn).tolist()
    return np.concatenate([places[:0], *(_widest_of(column, code, places[drawn == code]) for code in codes)])


def _widest_of(column: ParamColumn, code: int, places: Places) -> Places:
    """The same among trials that drew from the same range."""
    if code < 0:
        return places[:1]
    range_, numbers = column.ranges[code], column.values[places]
    if isinstance(range_, Choices):
        short = np.int16 if len(range_.options) < 2**15 else np.int64
        return places[np.unique(numbers.astype(short), return_index=True)[1]]
    if isinstance(range_, FloatRange):
        return places[_classes(numbers, 2 if range_.log else 4, stripped=not range_.log)]
    return places[_ends(numbers)]


def _ends(numbers: Floats) -> Places:
    """The smallest and the largest."""
    return np.array([numbers.argmin(), numbers.argmax()] if len(numbers) else [], np.intp)


def _longest(seconds: Floats) -> Places:
    """The longest time below an hour, below 100 hours, and beyond: each has a form of its own."""
    found = [np.flatnonzero(np.isnan(seconds))[:1]]
    for low, high in ((0, 3600), (3600, 360_000), (360_000, np.inf)):
        among = np.flatnonzero((seconds >= low) & (seconds < high))
        found.append(among[np.argmax(seconds[among])][None] if len(among) else among)
    return np.concatenate(found)


def _classes(numbers: Floats, digits: int, *, stripped: bool = False) -> Places:
    """One number for each length that a text of ``digits`` significant digits can have: those of a class have the
    same sign, power of ten, and, where zeros at the end are ``stripped``, as many of these."""
    finite = np.isfinite(numbers)
    odd = [np.flatnonzero(which)[:1] for which in (np.isnan(numbers), np.isposinf(numbers), np.isneginf(numbers))]
    at = np.flatnonzero(finite)
    sizes = np.abs(numbers[at])
    powers = shown.exponents(sizes).astype(np.int16)
    with np.errstate(over="ignore", under="ignore"):
        mantissas = sizes / _TENS[powers]
    # One that is rounded up to the next power of ten may be longer.
    classes = powers * 2 + (mantissas >= 10 - 5 / 10**digits)
    classes = classes * 2 + (numbers[at] < 0)
    if stripped:
        classes = classes * (digits + 1) + _zeros(mantissas, digits)
    return np.concatenate([*odd, at[np.unique(classes, return_index=True)[1]]])


def _zeros(mantissas: Floats, digits: int) -> NDArray[np.int16]:
    """How many zeros end each number when it is written with so many digits."""
    whole = np.rint(mantissas * 10 ** (digits - 1))
    found = np.zeros(len(whole), np.int16)
    some = np.arange(len(whole))
    with np.errstate(invalid="ignore"):
        for _ in range(digits):
            some = some[whole[some] % 10 == 0]
            found[some] += 1
            whole[some] /= 10
    return found
