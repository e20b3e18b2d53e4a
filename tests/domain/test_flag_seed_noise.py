"""G24, G28: seed noise larger than the gap between the top candidates."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from hpt_tui.domain.flags.seed_noise import seed_noise
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import Direction, TrialState
from tests.builders import study, trial

LIMITS = Thresholds()


def runs(
    *of_each: Sequence[float],
    direction: Direction = Direction.MAXIMIZE,
    seeds: bool = True,
    state: TrialState = TrialState.COMPLETE,
) -> StudySnapshot:
    """Ten poor trials, then each configuration with so many runs."""
    poor = 0.1 if direction is Direction.MAXIMIZE else 9.0
    trials = [trial(n, value=poor + n / 1000, params={"lr": 1e-4 * (n + 1)}) for n in range(10)]
    for at, values in enumerate(of_each):
        for seed, value in enumerate(values):
            params = {"lr": 1e-2 * (at + 1), **({"seed": seed} if seeds else {})}
            trials.append(trial(len(trials), state, value, params=params))
    return study(trials, direction=direction)


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("seeds", [True, False], ids=["a seed parameter", "the same parameters again"])
def test_noise_above_the_gap_is_told_with_both_numbers(direction: Direction, seeds: bool) -> None:
    snapshot = runs((0.90, 0.92, 0.94), (0.90, 0.92, 0.94), direction=direction, seeds=seeds)
    (flag,) = seed_noise(snapshot, LIMITS)
    figures = dict(flag.evidence)
    assert figures["standard deviation between seeds"] == "0.02"
    assert figures["gap between the two best means"] == "0"
    assert flag.trials == (10, 11, 12, 13, 14, 15)


@pytest.mark.parametrize(
    "snapshot",
    [
        pytest.param(study(), id="empty"),
        pytest.param(runs((0.95, 0.951, 0.952), (0.90, 0.901, 0.902)), id="far apart"),
        pytest.param(
            runs((0.3, 0.301), (0.4, 0.401), direction=Direction.MINIMIZE), id="far apart, the other way round"
        ),
        pytest.param(runs((0.9,), (0.91,), (0.92,)), id="each run once"),
        pytest.param(runs((0.90, 0.95)), id="one configuration only"),
        pytest.param(runs((0.9, 0.9), (0.9, 0.9)), id="deterministic: the seed was the same"),
        pytest.param(runs((0.90, 0.94), (0.91, 0.93), state=TrialState.PRUNED), id="pruned runs have no result"),
        pytest.param(
            dataclasses.replace(runs((0.90, 0.94), (0.91, 0.93)), directions=(Direction.MAXIMIZE,) * 2),
            id="several objectives",
        ),
    ],
)
def test_healthy_studies_are_silent(snapshot: StudySnapshot) -> None:
    assert not [*seed_noise(snapshot, LIMITS)]


def test_repeats_among_the_poor_put_nothing_in_doubt() -> None:
    """The best was run once, and the repeated ones are far behind it."""
    several = runs((0.50, 0.54), (0.51, 0.53))
    best = trial(len(several.trials), value=0.99, params={"lr": 0.1})
    assert not [*seed_noise(study([*several.trials, best]), LIMITS)]
