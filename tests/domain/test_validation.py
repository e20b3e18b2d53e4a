"""What the final validation says (G28, G27): means, intervals, ranks and ties, by numbers worked out by hand."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest

from hpt_tui.domain.baseline import Worth, baseline_verdict
from hpt_tui.domain.flags.duplicates import duplicates
from hpt_tui.domain.flags.thresholds import DEFAULT_THRESHOLDS
from hpt_tui.domain.orders.validation import Validate, seconds_left
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import Direction, TrialRow, TrialState, Validates
from hpt_tui.domain.validation import validation
from hpt_tui.errors import OrderRefusedError
from tests.builders import NOON, curve, frame, study, trial


def validated(
    *found: Sequence[float | None], direction: Direction = Direction.MAXIMIZE, baseline: int | None = 0
) -> StudySnapshot:
    """A study of the configurations 0, 1 …, each found once with 0.5, and validated with these values; None is a
    run that failed."""
    rows = [
        trial(n, value=0.5, params={"lr": 10.0**-n}, baseline=n == baseline, steps=0) for n in range(len(found))
    ]
    numbers = itertools.count(len(found))
    for n, values in enumerate(found):
        for seed, value in enumerate(values, 1):
            state = TrialState.FAILED if value is None else TrialState.COMPLETE
            told = Validates(n, seed)
            rows.append(trial(next(numbers), state, value, params={"lr": 10.0**-n}, steps=0, validates=told))
    return study(rows, direction=direction)


def test_mean_deviation_and_interval_by_the_runs_of_one_configuration() -> None:
    """1, 2, 3: mean 2, deviation 1, and t(0.975, 2) / sqrt 3 = 2.48414 around it."""
    result = validation(validated((1.0, 2.0, 3.0), (9.0,))).results[1]
    assert (result.mean, result.deviation) == (2.0, 1.0)
    assert result.margin == pytest.approx(2.4841377)


def test_the_noise_is_pooled_over_all_configurations() -> None:
    """Squares 2 + 8 over 2 + 2 degrees of freedom: sqrt 2.5; one comparison, so t(0.975, 4) = 2.77645."""
    noise = validation(validated((1.0, 2.0, 3.0), (6.0, 8.0, 10.0))).noise
    assert noise is not None
    assert noise.freedom == 4
    assert noise.deviation == pytest.approx(2.5**0.5)
    assert noise.critical == pytest.approx(2.7764451)
    assert noise.least(3, 3) == pytest.approx(2.7764451 * 2.5**0.5 * (2 / 3) ** 0.5)


@pytest.mark.parametrize("sign", [1, -1], ids=["maximize", "minimize"])
def test_ranks_leave_ties_where_noise_decides(sign: int) -> None:
    clear, close, far = (0.90, 0.91, 0.92), (0.89, 0.90, 0.91), (0.50, 0.51, 0.52)
    signed = [[sign * v for v in values] for values in (far, clear, close)]
    seen = validation(validated(*signed, direction=Direction.MAXIMIZE if sign > 0 else Direction.MINIMIZE))
    assert [(r.candidate.of, r.rank, r.tied) for r in seen.results] == [(1, 1, False), (2, 1, True), (0, 3, False)]
    assert seen.winner is seen.results[0]
    assert seen.tied == (seen.results[1],)


def test_more_configurations_need_a_larger_difference() -> None:
    two, six = (validation(validated(*[(0.1, 0.2, 0.3)] * n)).noise for n in (2, 6))
    assert two is not None
    assert six is not None
    # t(1 - 0.025 / 5, 12): Bonferroni's correction for five comparisons with the winner.
    assert six.critical == pytest.approx(3.0545396)


def test_the_search_own_value_counts_nowhere() -> None:
    seen = study(
        [
            trial(0, value=0.5, params={"lr": 1e-1}),
            trial(1, value=0.99, params={"lr": 1e-2}),
            trial(2, value=0.7, params={"lr": 1e-2}, validates=Validates(1, 1)),
            trial(3, value=0.8, params={"lr": 1e-2}, validates=Validates(1, 2)),
        ]
    )
    found = validation(seen)
    assert found.winner is not None
    assert (found.winner.candidate.value, found.winner.mean) == (0.99, 0.75)


def test_a_seed_that_failed_is_told_and_one_that_is_to_come_is_open() -> None:
    seen = validated((0.5, None, 0.7), (0.4, 0.4, 0.4))
    waiting = trial(9, TrialState.WAITING, params={"lr": 1.0}, validates=Validates(0, 4))
    seen = study([*seen.trials, waiting])
    best = validation(seen).results[0]
    assert [run.validates for run in best.failures] == [Validates(0, 2)]
    assert ([run.number for run in best.open], validation(seen).open) == ([9], 1)
    assert len(best.values) == 2


def test_a_configuration_whose_seeds_all_failed_has_no_rank() -> None:
    found = validation(validated((None, None), (0.4, 0.5)))
    assert [(r.candidate.of, r.rank, r.mean) for r in found.results] == [(1, 1, 0.45), (0, None, None)]


def test_of_one_seed_each_the_noise_is_unknown() -> None:
    found = validation(validated((0.5,), (0.6,)))
    assert found.noise is None
    assert [r.rank for r in found.results] == [1, 2]
    assert found.results[0].margin is None
    assert "the seed noise is unknown" in found.baseline.summary


def test_nothing_validated() -> None:
    found = validation(study([trial(0), trial(1, params={"lr": 1e-2})]))
    assert (found.results, found.winner, found.baseline.worth) == ((), None, Worth.UNKNOWN)


@pytest.mark.parametrize(
    ("default", "tuned", "worth"),
    [
        ((0.50, 0.51, 0.52), (0.90, 0.91, 0.92), Worth.BETTER),
        ((0.89, 0.90, 0.91), (0.90, 0.91, 0.92), Worth.WITHIN_NOISE),
        ((0.90, 0.91, 0.92), (0.50, 0.51, 0.52), Worth.WORSE),
    ],
)
def test_the_winner_against_the_default(
    default: tuple[float, ...], tuned: tuple[float, ...], worth: Worth
) -> None:
    seen = validated(default, tuned)
    assert validation(seen).baseline.worth is worth
    assert baseline_verdict(seen).worth is worth, "and the checklist says the same"


def test_two_seeds_with_the_very_same_curve_are_told() -> None:
    def rows(other: float) -> StudySnapshot:
        runs = [trial(n, value=0.5, params={"lr": 1e-1}, steps=2, validates=Validates(0, n)) for n in (1, 2)]
        curves = [curve(1, "val_acc", [0.4, 0.5]), curve(2, "val_acc", [other, 0.5])]
        return study([trial(0, params={"lr": 1e-1}), *runs], curves=curves)

    assert validation(rows(0.4)).results[0].same == ((1, 2),)
    assert validation(rows(0.3)).results[0].same == ()
    assert validation(replace(rows(0.4), curves={})).results[0].same == (), "not known without the curves"


def test_the_runs_are_no_duplicates() -> None:
    rows: list[TrialRow] = [
        trial(n, value=0.5 + n / 100, params={"lr": 10.0 ** -(n % 7 + n / 100)}) for n in range(30)
    ]
    runs = [
        trial(100 + 10 * n + s, value=0.5, params=dict(rows[n].params), validates=Validates(n, s))
        for n in range(15)
        for s in range(5)
    ]
    assert not [*duplicates(study([*rows, *runs]), DEFAULT_THRESHOLDS)]
    plain = [replace(run, validates=None) for run in runs]
    assert [*duplicates(study([*rows, *plain]), DEFAULT_THRESHOLDS)]


# The order


def test_the_order_says_what_is_to_be_run() -> None:
    seen = study([trial(n, value=n / 10, params={"lr": 10.0**-n}, baseline=n == 0) for n in range(4)])
    event = Validate(2, 3).foreseen(frame(seen), NOON)
    assert event.sentence == "validate 3 configurations x 3 seeds: 9 to run"
    assert seconds_left(seen, 2, 3, 2) == pytest.approx(9 * 14.0 / 2)


def test_there_is_nothing_to_order_once_all_is_there() -> None:
    seen = validated((0.5,), (0.6,))
    with pytest.raises(OrderRefusedError, match="has all its runs already"):
        Validate(2, 1).foreseen(frame(seen), NOON)
    assert Validate(2, 1).shows(seen)
