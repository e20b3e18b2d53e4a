"""Trials, directions and curves, the odd values included."""

from __future__ import annotations

import math

import pytest

from hpt_tui.domain.trial import Curve, Direction, TrialState
from tests.builders import NOON, curve, trial


@pytest.mark.parametrize("state", TrialState)
def test_finished_means_that_nothing_more_will_come(state: TrialState) -> None:
    assert state.finished == (state not in (TrialState.WAITING, TrialState.RUNNING))


@pytest.mark.parametrize(
    ("direction", "value", "than", "better"),
    [
        (Direction.MAXIMIZE, 0.9, 0.8, True),
        (Direction.MAXIMIZE, 0.8, 0.9, False),
        (Direction.MINIMIZE, 0.8, 0.9, True),
        (Direction.MINIMIZE, 0.9, 0.9, False),
        (Direction.MAXIMIZE, 0.1, math.nan, True),
        (Direction.MAXIMIZE, math.nan, 0.1, False),
        (Direction.MINIMIZE, math.nan, 0.1, False),
        (Direction.MINIMIZE, math.nan, math.nan, False),
        (Direction.MAXIMIZE, math.inf, 0.9, True),
        (Direction.MINIMIZE, math.inf, 0.9, False),
    ],
)
def test_better_never_means_nan(direction: Direction, value: float, than: float, better: bool) -> None:
    assert direction.better(value, than) == better


def test_a_duration_runs_on_while_the_trial_does() -> None:
    running = trial(0, TrialState.RUNNING, None)
    assert running.duration(NOON) == 3600
    assert trial(0, seconds=14).duration(NOON) == 14
    assert trial(0, TrialState.WAITING, None).duration(NOON) is None


def test_a_clock_that_goes_back_makes_no_negative_duration() -> None:
    assert trial(0, TrialState.RUNNING, None).duration(NOON - 1e6) == 0


def test_the_value_is_the_first_one_or_unknown() -> None:
    assert trial(0, value=0.5).value == 0.5
    assert trial(0, TrialState.RUNNING, None).value is None


def test_a_curve_draws_only_its_finite_points() -> None:
    drawn = curve(0, "loss", [1.0, math.nan, math.inf, 0.5], first=1)
    assert drawn.steps[drawn.finite].tolist() == [1, 4]
    assert drawn.values[drawn.finite].tolist() == [1.0, 0.5]


def test_a_curve_has_a_value_for_every_step() -> None:
    with pytest.raises(ValueError, match="2 steps but 1 values"):
        Curve.of(0, "loss", (0, 1), (1.0,))
