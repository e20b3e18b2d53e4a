"""G24.4: over 90 % of the trials are pruned."""

from __future__ import annotations

import pytest

from hpt_tui.domain.flags.flag import Severity
from hpt_tui.domain.flags.over_pruned import over_pruned
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialRow, TrialState
from tests.builders import study, trial

LIMITS = Thresholds()


def ended(complete: int, pruned: int, *, by_hand: int = 0, failed: int = 0) -> StudySnapshot:
    states = (
        [TrialState.COMPLETE] * complete + [TrialState.PRUNED] * (pruned + by_hand) + [TrialState.FAILED] * failed
    )
    first_by_hand = complete + pruned
    trials: list[TrialRow] = [
        trial(n, state, 0.5, steps=11, by_hand=first_by_hand <= n < first_by_hand + by_hand)
        for n, state in enumerate(states)
    ]
    return study(trials)


def test_nineteen_of_twenty_pruned_fires_with_its_shares() -> None:
    (flag,) = over_pruned(ended(1, 19), LIMITS)
    assert flag.severity is Severity.WARNING
    assert flag.summary == "19 of 20 finished trials (95 %) were pruned; the best is chosen from 1"
    assert dict(flag.evidence)["median steps before pruning"] == 11
    assert "pruner" in flag.fix
    assert "widen" in flag.fix
    assert flag.rule == "G24.4"


def test_nothing_left_is_critical() -> None:
    (flag,) = over_pruned(ended(0, 20), LIMITS)
    assert flag.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("complete", "pruned", "by_hand", "failed"),
    [
        pytest.param(0, 0, 0, 0, id="empty"),
        pytest.param(0, 19, 0, 0, id="too few to judge"),
        pytest.param(2, 18, 0, 0, id="exactly 90 %"),
        pytest.param(30, 70, 0, 0, id="a median pruner's usual share"),
        pytest.param(5, 5, 200, 0, id="pruned by hand"),
        pytest.param(1, 15, 0, 100, id="failed ones do not make up the number"),
    ],
)
def test_healthy_studies_are_silent(complete: int, pruned: int, by_hand: int, failed: int) -> None:
    assert not [*over_pruned(ended(complete, pruned, by_hand=by_hand, failed=failed), LIMITS)]


def test_hand_pruned_trials_are_told_but_not_counted() -> None:
    (flag,) = over_pruned(ended(1, 30, by_hand=4), LIMITS)
    evidence = dict(flag.evidence)
    assert (evidence["pruned by the pruner"], evidence["pruned by hand, not counted"]) == (30, 4)
