"""G24: duplicated configurations."""

from __future__ import annotations

import dataclasses

import pytest

from hpt_tui.domain.flags.duplicates import duplicates
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.orders.search import StopStudy
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, FloatRange, IntRange, Range
from hpt_tui.domain.trial import Direction, TrialState
from tests.builders import study, trial

LIMITS = Thresholds()


def drawn(kinds: list[int], *, states: TrialState = TrialState.COMPLETE, noisy: bool = False) -> StudySnapshot:
    """One trial each; equal numbers are equal configurations, the higher the better."""
    return study(
        trial(n, states, 0.5 + kind / 1000 + (n / 1e6 if noisy else 0), params={"lr": 1e-3 * (kind + 1)})
        for n, kind in enumerate(kinds)
    )


def test_repeats_are_counted_and_the_worst_is_named() -> None:
    (flag,) = duplicates(drawn([*range(20), 7, 7, 7, 7, 9, 9]), LIMITS)
    assert flag.summary.startswith("6 of the last 26 trials (23 %) repeat a configuration")
    assert dict(flag.evidence)["run most often"] == "#7 #20 #21 #22 #23 (5 x)"
    assert dict(flag.evidence)["different configurations"] == 20
    assert flag.trials[:5] == (7, 20, 21, 22, 23)
    assert flag.order is None


def test_a_sampler_that_is_stuck_is_told_though_its_results_differ() -> None:
    (flag,) = duplicates(drawn([*range(20), *[19] * 20], noisy=True), LIMITS)
    assert "20 of the last 40" in flag.summary


def test_pruned_repeats_cost_as_well() -> None:
    assert [*duplicates(drawn([*range(20), *range(5)], states=TrialState.PRUNED), LIMITS)]


def test_a_space_that_is_exhausted_is_told_with_an_order_to_stop() -> None:
    space: dict[str, Range] = {"depth": IntRange(1, 3), "optimizer": Choices(("sgd", "adamw"))}
    trials = [
        dataclasses.replace(
            trial(n, value=n % 6 / 10, ranges=space),
            params={"depth": 1 + n % 3, "optimizer": ("sgd", "adamw")[n % 6 // 3]},
        )
        for n in range(18)
    ]
    (flag,) = duplicates(study(trials, declared=space), LIMITS)
    assert dict(flag.evidence)["the space holds"] == 6
    assert flag.order == StopStudy(reason="duplicates")
    assert "all of them have been run" in flag.cause


def test_the_same_option_of_other_choices_is_the_same_configuration() -> None:
    one, other = Choices(("sgd", "adamw")), Choices(("adamw", "sgd"))
    trials = [
        trial(n, params={"lr": 1e-3 * (n % 10 + 1), "optimizer": "sgd"}, ranges={"optimizer": (one, other)[n % 2]})
        for n in range(20)
    ]
    assert [*duplicates(study(trials, declared={"optimizer": one}), LIMITS)]


@pytest.mark.parametrize("seed", ["seed", "random_state", "model__randomSeed"])
def test_runs_with_other_seeds_are_no_duplicates(seed: str) -> None:
    trials = [trial(n, params={"lr": 1e-3 * (n // 5 + 1), seed: n % 5}) for n in range(40)]
    assert not [*duplicates(study(trials), LIMITS)]
    same = [trial(n, params={"lr": 1e-3 * (n // 5 + 1), seed: 1}) for n in range(40)]
    assert [*duplicates(study(same), LIMITS)]


@pytest.mark.parametrize("direction", Direction)
def test_the_final_validation_is_on_purpose(direction: Direction) -> None:
    """G28: the best five with three seeds, whose results differ."""
    worth = range(40) if direction is Direction.MAXIMIZE else range(40, 0, -1)
    found = [trial(n, value=0.5 + w / 100, params={"lr": 1e-3 * (n + 1)}) for n, w in enumerate(worth)]
    again = [
        trial(40 + n, value=found[39 - n % 5].values[0] + 0.0001 * (n + 1), params={"lr": 1e-3 * (40 - n % 5)})
        for n in range(10)
    ]
    assert not [*duplicates(study([*found, *again], direction=direction), LIMITS)]


@pytest.mark.parametrize(
    "snapshot",
    [
        pytest.param(study(), id="empty"),
        pytest.param(drawn([*range(100)]), id="all different"),
        pytest.param(drawn([*range(97), 0, 1, 2]), id="three of a hundred"),
        pytest.param(drawn([0] * 9), id="too few"),
        pytest.param(drawn([*range(20), 0, 1]), id="two accidents"),
        pytest.param(drawn([0] * 40, states=TrialState.FAILED), id="retries of a failed one"),
        pytest.param(drawn([0] * 40, states=TrialState.WAITING), id="waiting"),
        pytest.param(study(dataclasses.replace(trial(n), params={}, ranges={}) for n in range(30)), id="no space"),
        pytest.param(
            study(trial(n, params={"x": (0.1 + 0.2 * (n % 2)) * (n + 1)}) for n in range(50)),
            id="nearly the same numbers",
        ),
    ],
)
def test_healthy_studies_are_silent(snapshot: StudySnapshot) -> None:
    assert not [*duplicates(snapshot, LIMITS)]


def test_only_the_newest_are_judged() -> None:
    assert not [*duplicates(drawn([*[0] * 500, *range(1000)]), LIMITS)]


def test_a_range_that_was_widened_meanwhile_changes_nothing() -> None:
    wide, narrow = FloatRange(1e-4, 1.0, log=True), FloatRange(1e-4, 1e-1, log=True)
    trials = [
        trial(n, params={"lr": 1e-3 * (n % 10 + 1)}, ranges={"lr": wide if n > 9 else narrow}) for n in range(20)
    ]
    assert "10 of the last 20" in next(duplicates(study(trials), LIMITS)).summary
