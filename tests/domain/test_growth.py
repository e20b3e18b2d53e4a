"""What is kept from photo to photo is what a fresh look would say (issue 3), however a study grows."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from hpt_tui.domain.flags.flag import Flag
from hpt_tui.domain.flags.rules import check
from hpt_tui.domain.progress import Progress, progress
from hpt_tui.domain.snapshot import Control, StudySnapshot
from hpt_tui.domain.space import Bound, ParamValue
from hpt_tui.domain.trial import Direction, TrialRow, TrialState
from hpt_tui.domain.trial_ledger import TrialLedger, trials_of
from hpt_tui.domain.trials import Trials
from tests.builders import NOON, study, trial

VALUES = (0.5, 0.7, 0.9, 0.9, 0.95, -0.0, 0.0, math.inf, -math.inf, math.nan)
ENDS = (TrialState.COMPLETE, TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED)


def by_value(trials: Trials, direction: Direction) -> list[int]:
    """The ranking, row by row."""
    rows = [t for t in trials if t.state is TrialState.COMPLETE and t.value is not None]
    sign = 1 if direction is Direction.MINIMIZE else -1

    def key(row: TrialRow) -> tuple[bool, float, int]:
        value = row.value or 0.0
        return math.isnan(value), 0.0 if math.isnan(value) else sign * value, row.number

    return [row.number for row in sorted(rows, key=key)]


def ended(row: TrialRow, dice: random.Random) -> TrialRow:
    made = trial(row.number, dice.choice(ENDS), dice.choice(VALUES), params=dict(row.params))
    return replace(
        made,
        steps=dice.choice((1, 5, 30)),
        by_hand=made.state is not TrialState.COMPLETE and dice.random() < 0.1,
        reason="interrupted" if made.state is TrialState.FAILED and dice.random() < 0.3 else "",
    )


def drawn(dice: random.Random) -> dict[str, ParamValue]:
    low_end = dice.random() < 0.4
    return {"lr": 1e-4 if low_end else 10 ** dice.uniform(-4, -1), "batch_size": dice.choice((16, 32, 64, 128))}


def growing(dice: random.Random) -> Iterator[Trials]:
    """Photos of a study that runs: trials start, report, end out of order, are found late and taken back."""
    ledger, rows = TrialLedger(), dict[int, TrialRow]()

    def put(row: TrialRow) -> None:
        rows[row.number] = row
        ledger.put(row)

    for _ in range(20):
        for _ in range(dice.choice((0, 1, 1, 3, 3, 3, 70))):
            number = max(rows, default=-1) + dice.choice((1, 1, 1, 2))
            put(trial(number, TrialState.RUNNING, None, params=drawn(dice), steps=0))
        for row in [t for t in rows.values() if t.state is TrialState.RUNNING]:
            what = dice.random()
            if what < 0.4:
                put(ended(row, dice))
            elif what < 0.7:
                put(replace(row, steps=row.steps + 1, last_step=row.steps, last_value=0.1))
        late = [n for n in range(max(rows, default=0)) if n not in rows]
        if late and dice.random() < 0.3:
            put(ended(trial(late[-1], params=drawn(dice)), dice))
        if rows and dice.random() < 0.1:
            put(ended(dice.choice([*rows.values()]), dice))
        yield ledger.photo()


def said(photo: StudySnapshot) -> tuple[tuple[int, ...], tuple[Flag, ...], Progress]:
    return photo.ranked.numbers, check(photo), progress(photo, NOON)


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("seed", range(3))
def test_a_study_that_grew_is_judged_like_one_that_was_read_at_once(seed: int, direction: Direction) -> None:
    control = Control(bounds={"lr": Bound(1e-4, 1e-2)}) if seed % 2 else Control()
    for trials in growing(random.Random(seed)):
        grown = replace(study(direction=direction, control=control), trials=trials)
        fresh = replace(grown, trials=trials_of(trials))
        assert said(grown) == said(fresh)
        assert list(grown.ranked.numbers) == by_value(trials, direction)


def test_an_older_photo_is_still_ranked_as_it_was() -> None:
    photos = [*growing(random.Random(11))]
    for trials in (*photos, *reversed(photos)):
        assert list(replace(study(), trials=trials).ranked.numbers) == by_value(trials, Direction.MAXIMIZE)


def test_a_ranking_stays_the_very_same_while_no_trial_completes() -> None:
    ledger = TrialLedger()
    for row in (trial(0), trial(1, TrialState.RUNNING, None)):
        ledger.put(row)
    before = replace(study(), trials=ledger.photo()).ranked.places
    ledger.put(trial(1, TrialState.PRUNED, 0.3))
    assert replace(study(), trials=ledger.photo()).ranked.places is before


def test_other_settings_are_judged_anew() -> None:
    """The trials are the same; the space, and so the edge, is not."""
    rows = [trial(n, value=0.9 + n / 1000, params={"lr": 0.099}) for n in range(30)]
    before = study(rows)
    after = replace(before, control=Control(bounds={"lr": Bound(1e-4, 1.0)}))
    assert [flag.parameters for flag in check(before) if flag.id == "edge"] == [("lr",)]
    assert not [flag for flag in check(after) if flag.id == "edge"]
