"""G24.2, C5: all trials come out alike."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import pytest

from hpt_tui.domain.flags.all_alike import all_alike
from hpt_tui.domain.flags.flag import Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import Direction, TrialState
from tests.builders import study, trial

LIMITS = Thresholds()


def valued(
    values: Sequence[float],
    *,
    metric: str = "val_acc",
    direction: Direction = Direction.MAXIMIZE,
    pruned: int = 0,
    same: bool = False,
) -> StudySnapshot:
    trials = [trial(n, value=v, params={"lr": 1e-3 if same else 1e-3 * (n + 1)}) for n, v in enumerate(values)]
    trials += [trial(len(values) + n, TrialState.PRUNED, 0.1) for n in range(pruned)]
    return study(trials, metric=metric, direction=direction)


def spread(low: float, high: float, count: int = 10) -> list[float]:
    return [low + (high - low) * n / (count - 1) for n in range(count)]


def test_an_accuracy_is_judged_in_percentage_points() -> None:
    (flag,) = all_alike(valued(spread(0.900, 0.904)), LIMITS)
    assert flag.severity is Severity.WARNING
    assert "within 0.4 percentage points" in flag.summary
    assert dict(flag.evidence)["alike within"] == "0.5 percentage points"
    assert flag.rule == "G24.2"


def test_so_is_one_in_percent() -> None:
    assert [*all_alike(valued(spread(90.0, 90.4)), LIMITS)]
    assert not [*all_alike(valued(spread(90.0, 90.6)), LIMITS)]


def test_a_small_accuracy_is_still_judged_in_points() -> None:
    """0.020 and 0.024 are 20 % apart, but four tenths of a point."""
    assert [*all_alike(valued(spread(0.020, 0.024)), LIMITS)]


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6, -1.0])
def test_any_other_objective_is_judged_relative_to_its_median(scale: float) -> None:
    near = [v * scale for v in spread(2.000, 2.009)]
    far = [v * scale for v in spread(2.00, 2.02)]
    (flag,) = all_alike(valued(near, metric="val_loss", direction=Direction.MINIMIZE), LIMITS)
    assert "% of the median" in str(dict(flag.evidence)["spread"])
    assert not [*all_alike(valued(far, metric="val_loss", direction=Direction.MINIMIZE), LIMITS)]


@pytest.mark.parametrize(
    "snapshot",
    [
        pytest.param(study(), id="empty"),
        pytest.param(valued([0.9] * 9), id="too few"),
        pytest.param(valued(spread(0.90, 0.91)), id="a point apart"),
        pytest.param(valued([*[0.9] * 30, 0.5]), id="all but one"),
        pytest.param(valued(spread(0.900, 0.901), same=True), id="the same configuration again"),
        pytest.param(valued([0.9] * 20), id="exactly the same: constant tells it"),
        pytest.param(
            valued(spread(0.900, 0.904), pruned=11), id="alike because the pruner let only those through"
        ),
        pytest.param(valued([*[0.9] * 10, math.inf]), id="one infinite"),
        pytest.param(valued(spread(-1.0, 1.0), metric="r2_acc"), id="round zero"),
    ],
)
def test_healthy_studies_are_silent(snapshot: StudySnapshot) -> None:
    assert not [*all_alike(snapshot, LIMITS)]


def test_several_objectives_have_no_single_spread() -> None:
    two = dataclasses.replace(valued([0.9] * 20), directions=(Direction.MAXIMIZE, Direction.MINIMIZE))
    assert not [*all_alike(two, LIMITS)]
