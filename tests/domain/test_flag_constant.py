"""G24: the objective is constant."""

from __future__ import annotations

import dataclasses
import math

import pytest

from hpt_tui.domain.flags.constant import constant
from hpt_tui.domain.flags.flag import Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import Direction, TrialState
from tests.builders import study, trial

LIMITS = Thresholds()


def valued(
    values: list[float],
    *,
    direction: Direction = Direction.MAXIMIZE,
    pruned: int = 0,
    same: bool = False,
) -> StudySnapshot:
    trials = [trial(n, value=v, params={"lr": 1e-3 if same else 1e-3 * (n + 1)}) for n, v in enumerate(values)]
    trials += [trial(len(values) + n, TrialState.PRUNED, 0.1) for n in range(pruned)]
    return study(trials, direction=direction)


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("value", [0.1, 0.0, -3.5])
def test_identical_values_are_critical(value: float, direction: Direction) -> None:
    (flag,) = constant(valued([value] * 10, direction=direction), LIMITS)
    assert flag.severity is Severity.CRITICAL
    assert f"of all 10 complete trials is exactly {value:.{4 if abs(value) < 1 else 3}f}" in flag.summary
    assert dict(flag.evidence)["complete trials"] == 10


def test_they_are_told_even_after_much_pruning() -> None:
    assert [*constant(valued([0.9] * 10, pruned=50), LIMITS)]


@pytest.mark.parametrize(
    "snapshot",
    [
        pytest.param(study(), id="empty"),
        pytest.param(valued([0.9] * 9), id="too few"),
        pytest.param(valued([0.9 + n * 1e-9 for n in range(20)]), id="all alike, but not the same"),
        pytest.param(valued([*[0.9] * 30, 0.5]), id="all but one"),
        pytest.param(valued([0.9] * 20, same=True), id="one configuration: duplicates tells it"),
        pytest.param(valued([*[0.9] * 20, math.nan]), id="one NaN"),
        pytest.param(valued([math.inf] * 20), id="all infinite: early-death tells it"),
        pytest.param(
            dataclasses.replace(valued([0.9] * 20), directions=(Direction.MAXIMIZE, Direction.MINIMIZE)),
            id="several objectives",
        ),
    ],
)
def test_healthy_studies_are_silent(snapshot: StudySnapshot) -> None:
    assert not [*constant(snapshot, LIMITS)]
