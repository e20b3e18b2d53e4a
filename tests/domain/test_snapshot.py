"""What a photo of a study answers."""

from __future__ import annotations

import dataclasses
import math

from hpt_tui.domain.snapshot import EMPTY_SNAPSHOT, Control
from hpt_tui.domain.space import Bound, FloatRange
from hpt_tui.domain.trial import Direction, TrialState
from tests.builders import NOON, curve, study, trial


def test_an_empty_study_has_no_best() -> None:
    assert EMPTY_SNAPSHOT.best is None
    assert EMPTY_SNAPSHOT.baseline is None
    assert not EMPTY_SNAPSHOT.ranked
    assert set(EMPTY_SNAPSHOT.counts.values()) == {0}


def test_ranked_by_direction_ties_by_number_nan_last() -> None:
    values = [0.5, 0.9, 0.9, math.nan, 0.7]
    trials = [trial(n, value=v) for n, v in enumerate(values)]
    assert [t.number for t in study(trials).ranked] == [1, 2, 4, 0, 3]
    assert [t.number for t in study(trials, direction=Direction.MINIMIZE).ranked] == [0, 4, 1, 2, 3]


def test_a_value_of_zero_ranks_as_zero() -> None:
    trials = [trial(0, value=-1.0), trial(1, value=0.0), trial(2, value=1.0)]
    assert [t.number for t in study(trials).ranked] == [2, 1, 0]


def test_only_complete_trials_can_be_best() -> None:
    """C8: the last value of a pruned one is no result."""
    trials = [trial(0, TrialState.PRUNED, 0.99), trial(1, value=0.5), trial(2, TrialState.FAILED, None)]
    best = study(trials).best
    assert best is not None
    assert best.number == 1


def test_several_objectives_have_no_best_but_complete_trials() -> None:
    several = dataclasses.replace(study([trial(0)]), directions=(Direction.MAXIMIZE, Direction.MINIMIZE))
    assert not several.single
    assert several.best is None
    assert len(several.complete) == 1


def test_the_baseline_counts_once_it_is_complete() -> None:
    """G27."""
    assert study([trial(0, TrialState.RUNNING, None, baseline=True)]).baseline is None
    found = study([trial(0, baseline=True), trial(1)]).baseline
    assert found is not None
    assert found.number == 0


def test_the_space_is_the_one_that_steering_put_in_force() -> None:
    steered = study(control=Control(bounds={"lr": Bound(1e-4, 1.0, NOON)}))
    assert steered.space["lr"] == FloatRange(1e-4, 1.0, log=True)
    assert steered.declared["lr"] == FloatRange(1e-4, 1e-1, log=True)


def test_counts_running_and_curves() -> None:
    photo = study([trial(0), trial(1, TrialState.RUNNING, None)], curves=[curve(1, "val_acc", [0.1])])
    assert photo.counts[TrialState.RUNNING] == 1
    assert [t.number for t in photo.running] == [1]
    assert photo.curve(1, "val_acc") is not None
    assert photo.curve(1, "loss") is None
    assert photo.curve(0, "val_acc") is None
    assert photo.by_number[1].number == 1
