"""The words of the trials table: a cell's text, and which trials have the longest ones."""

from __future__ import annotations

import math

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
from hpt_tui.domain.trials import STATES, Ints, Mark, ParamColumn, Places, TrialColumns
from hpt_tui.tui.text import clip
from hpt_tui.tui.words import STATE_SIGNS

_TENS = 10.0 ** np.array([*range(309), *range(-330, 0)])
"""Powers of ten, at the place of the power; the negative ones from the end."""
AGAIN = "↻"
"""Before the number of a run of the final validation."""
TEXT_WIDTH = 20
"""Cells that a choice, or a worker's name, has at most."""


def cell(study: StudySnapshot, place: int, key: str, now: float) -> str:
    """What the column ``key`` says of the trial at ``place``, not yet aligned."""
    c = study.trials.columns
    match key:
        case "#":
            number = int(c.numbers[place])
            signs = ("★" if c.marks[place] & Mark.STARRED else "") + (AGAIN if number in c.validates else "")
            return f"{signs}{number}"
        case "state":
            state = STATES[c.states[place]]
            return f"{STATE_SIGNS[state]} {state}"
        case "step":
            done = figures.count(int(c.steps[place])) if c.steps[place] else figures.UNKNOWN
            return done if study.steps is None else f"{done}/{figures.count(study.steps)}"
        case "time":
            return figures.duration(_seconds(c, place, now))
        case "worker":
            return clip(c.worker_ids[c.workers[place]], TEXT_WIDTH) or figures.UNKNOWN
        case "started":
            return clock(float(c.started[place]))
        case "noted":
            return "yes" if c.marks[place] & Mark.NOTED else ""
    if key.startswith(PARAM):
        return _parameter(c.params.get(key.removeprefix(PARAM)), place)
    return figures.metric(_value(c, place, quantities.objective(key)))


def clock(at: float) -> str:
    """``11-23 14:03``, in the user's time zone."""
    return figures.local_time(at, "%m-%d %H:%M")


def value_at(trial: TrialRow, objective: int) -> float | None:
    """One of several objectives' values."""
    return trial.values[objective] if objective < len(trial.values) else None


def _seconds(c: TrialColumns, place: int, now: float) -> float:
    """How long it ran, or has run; NaN where that is unknown."""
    ended = c.ended[place]
    if np.isnan(ended) and not STATES[c.states[place]].finished:
        ended = now
    return max(0.0, float(ended - c.started[place])) if ended == ended else math.nan


def _value(c: TrialColumns, place: int, objective: int) -> float | None:
    """An objective's value; of the first one, what a trial without a value has reported last."""
    if c.marks[place] & Mark.VALUED:
        return float(c.values[place, objective]) if objective < c.values.shape[1] else None
    return float(c.last_values[place]) if c.marks[place] & Mark.REPORTED and not objective else None


def _parameter(column: ParamColumn | None, place: int) -> str:
    if column is None or (drawn := column.drawn[place]) < 0:
        return figures.UNKNOWN
    range_ = column.ranges[drawn]
    log = not isinstance(range_, Choices) and range_.log
    return clip(figures.parameter(column.value(place), log=log), TEXT_WIDTH)


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
        NUMBER: (c.numbers, c.marks, c.validates), STEPS: (c.steps,), TIME: (c.started, c.ended),
        WORKER: (c.workers,), STATE: (), STARTED: (), NOTED: (),
    }  # fmt: skip
    return sources[key]


def widest(study: StudySnapshot, key: str, places: Places, now: float) -> Places:
    """Of ``places`` some among which are the longest texts of the column, before and after the decimal point."""
    c = study.trials.columns
    if key.startswith(PARAM):
        column = c.params.get(key.removeprefix(PARAM))
        return places[:0] if column is None else _widest_param(column, places)
    match key:
        case "#":
            starred = places[(c.marks[places] & Mark.STARRED) != 0]
            again = places[study.trials.validating[places]]
            both = starred[study.trials.validating[starred]]
            return np.concatenate([_extremes(c.numbers, some) for some in (places, starred, again, both)])
        case "step":
            return _extremes(c.steps, places)
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


def _extremes(counts: Ints, places: Places) -> Places:
    return places[_ends(counts[places].astype(np.float64))]


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
