"""G15, G23: times from a study's own finished trials."""

from __future__ import annotations

from hpt_tui.domain.advice.measured import measure
from hpt_tui.domain.advice.situation import Measured
from hpt_tui.domain.advice.thresholds import DEFAULT_ADVICE
from hpt_tui.domain.trial import TrialRow, TrialState
from tests import builders
from tests.builders import NOON

COMPLETE = [builders.trial(n, seconds=s, steps=30) for n, s in enumerate((50.0, 60.0, 900.0))]
PRUNED = [builders.trial(10 + n, TrialState.PRUNED, seconds=20.0, steps=10) for n in range(3)]
OTHERS = [
    builders.trial(20, TrialState.RUNNING, None),
    builders.trial(21, TrialState.FAILED, None, seconds=1.0),
    builders.trial(22, TrialState.WAITING, None),
]


def measured(trials: list[TrialRow]) -> Measured | None:
    return measure(builders.study(trials), NOON, DEFAULT_ADVICE)


def test_a_trial_costs_the_medians_of_complete_and_pruned_ones_by_their_shares() -> None:
    found = measured(COMPLETE + PRUNED + OTHERS)
    assert found is not None
    assert (found.complete, found.pruned, found.trial, found.pruned_trial) == (3, 3, 60.0, 20.0)
    assert (found.step, found.pruned_share, found.cost) == (2.0, 0.5, 40.0)
    assert found.saved == 60 / 180


def test_without_pruned_trials_a_complete_one_is_what_a_trial_costs() -> None:
    found = measured(COMPLETE)
    assert found is not None
    assert (found.cost, found.pruned_trial, found.saved) == (60.0, None, None)


def test_two_complete_trials_are_too_few_to_stand_for_the_rest() -> None:
    assert measured(COMPLETE[:2] + PRUNED) is None
