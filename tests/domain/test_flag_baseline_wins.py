"""G24.6, G27: the baseline beats the tuned best."""

from __future__ import annotations

import dataclasses

import pytest

from hpt_tui.domain.flags.baseline_wins import baseline_wins
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import Direction, TrialState
from tests.builders import study, trial

LIMITS = Thresholds()


def against(
    baseline: float,
    tuned: list[float],
    direction: Direction = Direction.MAXIMIZE,
    *,
    state: TrialState | None = None,
) -> StudySnapshot:
    first = trial(0, state or TrialState.COMPLETE, baseline, baseline=True)
    return study([first, *(trial(n, value=v) for n, v in enumerate(tuned, 1))], direction=direction)


def test_a_better_baseline_fires_with_the_gap() -> None:
    (flag,) = baseline_wins(against(0.95, [0.9 + n / 1000 for n in range(10)]), LIMITS)
    assert flag.summary.startswith(
        "The baseline's val_acc 0.9500 is better than the best of 10 tuned ones (0.9090)"
    )
    assert dict(flag.evidence)["gap"] == "0.0410"
    assert flag.trials == (0, 10)
    assert flag.rule == "G24.6"


def test_an_equal_one_fires_as_well() -> None:
    (flag,) = baseline_wins(against(0.9, [0.9] * 10), LIMITS)
    assert "as good as" in flag.summary


def test_minimising_turns_it_round() -> None:
    assert [*baseline_wins(against(0.1, [0.2] * 10, Direction.MINIMIZE), LIMITS)]
    assert not [*baseline_wins(against(0.3, [0.2] * 10, Direction.MINIMIZE), LIMITS)]


@pytest.mark.parametrize(
    "snapshot",
    [
        pytest.param(study(), id="empty"),
        pytest.param(against(0.95, [0.9] * 9), id="too few tuned ones"),
        pytest.param(against(0.9, [0.91] * 10), id="beaten"),
        pytest.param(against(0.9, [*[0.1] * 10, 0.9001]), id="beaten by a hair"),
        pytest.param(study([trial(n, value=0.9) for n in range(20)]), id="no baseline"),
        pytest.param(against(0.95, [0.9] * 20, state=TrialState.RUNNING), id="the baseline still runs"),
        pytest.param(against(0.95, [0.9] * 20, state=TrialState.FAILED), id="the baseline failed"),
    ],
)
def test_healthy_studies_are_silent(snapshot: StudySnapshot) -> None:
    assert not [*baseline_wins(snapshot, LIMITS)]


def test_several_objectives_have_no_best() -> None:
    two = dataclasses.replace(against(0.95, [0.9] * 20), directions=(Direction.MAXIMIZE, Direction.MINIMIZE))
    assert not [*baseline_wins(two, LIMITS)]
