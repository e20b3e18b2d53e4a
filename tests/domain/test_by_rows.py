"""What is computed on columns is what going through the trials one by one gives (issue 3), on random studies."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from hpt_tui.domain.flags.constant import constant
from hpt_tui.domain.flags.contrast import drawable
from hpt_tui.domain.flags.searched import gain, was_searched
from hpt_tui.domain.flags.thresholds import DEFAULT_THRESHOLDS as LIMITS
from hpt_tui.domain.progress import IDLE, RATE_WINDOW, progress
from hpt_tui.domain.snapshot import Control, StudySnapshot
from hpt_tui.domain.space import (
    Bound,
    Choices,
    FloatRange,
    IntRange,
    NumericRange,
    ParamValue,
    Range,
    Side,
    contains,
    position,
)
from hpt_tui.domain.trial import Direction, TrialRow, TrialState
from tests.builders import NOON, study

LR, WIDER, BATCH = FloatRange(1e-4, 1e-1, log=True), FloatRange(1e-4, 1.0, log=True), IntRange(16, 128, log=True)
DRAWN: Mapping[str, tuple[Range, ...]] = {
    "lr": (LR, LR, WIDER),
    "batch": (BATCH, Choices((16, 32, "64", True))),
    "kind": (Choices(("a", "b")), Choices(("b", "a", None))),
}
BOUNDED: Mapping[str, NumericRange] = {"lr": LR, "batch": BATCH}
ENDED = (TrialState.COMPLETE, TrialState.PRUNED)


def value(range_: Range, dice: random.Random) -> ParamValue:
    if isinstance(range_, Choices):
        return dice.choice(range_.options)
    drawn = dice.choice((range_.low, range_.high, range_.low * (range_.high / range_.low) ** dice.random()))
    return round(drawn) if isinstance(range_, IntRange) else drawn


def row(number: int, dice: random.Random) -> TrialRow:
    """Any trial: some lack a parameter, some a range that anybody knows, some a time or a value."""
    ranges = {name: dice.choice(many) for name, many in DRAWN.items() if dice.random() < 0.9}
    state = dice.choice((*ENDED, *ENDED, *TrialState))
    started = NOON + 15 * number + dice.random() * 20 + 4000 * (number > 60)
    return TrialRow(
        number,
        state,
        values=(dice.choice((0.1, 0.2, 0.9, dice.random(), float("nan"))),) if dice.random() < 0.9 else (),
        params={name: value(range_, dice) for name, range_ in ranges.items()},
        ranges={name: range_ for name, range_ in ranges.items() if dice.random() < 0.9},
        started=started if dice.random() < 0.9 else None,
        ended=started + dice.random() * 60 if state.finished and dice.random() < 0.95 else None,
        steps=dice.randint(0, 30),
        by_hand=dice.random() < 0.1,
    )


def made(seed: int) -> StudySnapshot:
    dice = random.Random(seed)
    rows = [row(n, dice) for n in range(dice.choice((0, 5, 40, 120)))]
    bounds = {"lr": Bound(1e-3, 1e-2), "batch": Bound(16, 64), "kind": Bound(0, 1), "gone": Bound(0, 1)}
    direction = dice.choice([*Direction])
    declared: dict[str, Range] = {name: many[0] for name, many in DRAWN.items()}
    return study(
        rows, direction=direction, declared=declared, control=Control(bounds=bounds), steps=dice.choice((None, 30))
    )


SEEDS = pytest.mark.parametrize("photo", [made(seed) for seed in range(40)], ids=range(40))


def number(trial: TrialRow, name: str) -> float | None:
    found = trial.params.get(name)
    return float(found) if isinstance(found, (int, float)) and not isinstance(found, bool) else None


@SEEDS
@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("name", BOUNDED)
def test_an_end_was_searched(photo: StudySnapshot, name: str, side: Side) -> None:
    having = [t for t in photo.ranked if name in t.params]
    sign, end = (1, BOUNDED[name].high) if side is Side.HIGH else (-1, BOUNDED[name].low)
    own = [t.ranges.get(name) for t in having]
    ends = [r if r is None or isinstance(r, Choices) else (r.high if sign > 0 else r.low) for r in own]
    reached = sum(not isinstance(e, (int, float)) or sign * e >= sign * end for e in ends)
    ended = [number(t, name) for t in photo.trials if t.state in ENDED]
    beyond = sum(v is not None and sign * v > sign * end for v in ended)
    expected = reached >= LIMITS.edge_fresh and beyond < LIMITS.edge_beyond
    column = photo.trials.columns.params.get(name)
    if column is not None:
        places = np.array([t.number for t in having], dtype=np.intp)
        assert was_searched(photo.trials, column, places, side, end, LIMITS) == expected


@SEEDS
@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("name", BOUNDED)
def test_the_gain_of_an_end(photo: StudySnapshot, name: str, side: Side) -> None:
    having = [t for t in photo.complete if name in t.params]
    losses: dict[bool, list[float]] = {True: [], False: []}
    for trial in having[len(having) // 2 :]:
        at = position(number(trial, name) or 0.0, BOUNDED[name])
        outer = (at if side is Side.LOW else 1 - at) <= LIMITS.edge_lean
        losses[outer].append(photo.direction.loss(trial.values[0]))
    pairs = [(there, other) for there in losses[True] for other in losses[False]]
    column = photo.trials.columns.params.get(name)
    if column is not None:
        found = gain(photo, column, BOUNDED[name], side, LIMITS)
        if min(map(len, losses.values())) < LIMITS.apart_trials:
            assert found is None
        else:
            wins = sum((there < other) + 0.5 * (there == other) for there, other in pairs)
            assert found == pytest.approx(wins / len(pairs))


@SEEDS
def test_drawable(photo: StudySnapshot) -> None:
    steered = {name: range_ for name in BOUNDED if not isinstance(range_ := photo.space[name], Choices)}
    expected = [
        all(v is None or contains(range_, v) for name, range_ in steered.items() for v in [number(t, name)])
        for t in photo.trials
    ]
    assert drawable(photo, np.arange(len(photo.trials))).tolist() == expected


@SEEDS
def test_the_pace_of_this_sitting_and_what_pruning_saved(photo: StudySnapshot) -> None:
    rows = list(photo.trials)
    now = max((t.ended for t in rows if t.ended is not None), default=NOON) + 20
    found = progress(photo, now)
    assert found.finished == sum(t.counted for t in rows)
    starts = [t.started for t in rows if t.started is not None]
    ends = sorted(t.ended for t in rows if t.ended is not None)
    until = now if photo.running or not ends else ends[-1]
    assert found.elapsed == (until - min(starts) if starts else None)
    since = busy = -1e300
    for start, end in sorted((t.started, t.ended or until) for t in rows if t.started is not None):
        since, busy = (start if start - busy > IDLE else since), max(busy, end)
    window = min(RATE_WINDOW, until - since)
    recent = sum(end > until - window for end in ends)
    assert found.per_minute == (recent * 60 / window if photo.running and recent > 1 else None)
    full = max((t.steps for t in photo.complete), default=0) or photo.steps
    pruned = [t for t in rows if t.state is TrialState.PRUNED]
    of = (full or 0) * sum(t.state in ENDED for t in rows)
    saved = sum(max(0, (full or 0) - t.steps) for t in pruned) / of if pruned and full else None
    assert found.saved == saved


@pytest.mark.parametrize("seed", range(30))
def test_trials_of_one_configuration_are_no_search(seed: int) -> None:
    """1, 1.0 and True are the same to Python, and so to the objective."""
    dice = random.Random(seed)
    options = dice.choice(((1, 1.0, True), (1, 2), ("a",), (None, "None")))
    rows = [
        TrialRow(
            n,
            TrialState.COMPLETE,
            values=(0.5,),
            params={"x": 0.5, "c": dice.choice(options)} if dice.random() < 0.99 else {"x": 0.5},
            ranges={"x": dice.choice((LR, WIDER)), "c": Choices(options)},
        )
        for n in range(12)
    ]
    one = all(t.params == rows[0].params for t in rows)
    assert bool([*constant(study(rows), LIMITS)]) == (not one)
    assert bool([*constant(study([replace(t, params={"x": t.number}) for t in rows]), LIMITS)])
