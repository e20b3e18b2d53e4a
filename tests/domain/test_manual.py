"""G10, G6, G8: what a search by hand makes of curves, and which rate it tries next."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest

from hpt_tui.domain.flags.thresholds import DEFAULT_THRESHOLDS
from hpt_tui.domain.manual.proposal import Ending
from hpt_tui.domain.manual.step import search_range
from hpt_tui.domain.manual.verdict import Verdict
from hpt_tui.domain.space import IntRange, Range, Side
from tests.domain.manual_runs import LOSSES, NOISE, STEPS, Made, by_hand, step


def accuracies(kind: str) -> list[float]:
    """The same seen as an accuracy: a loss of 2.3 is chance, one of 0 is perfect."""
    return [0.9 * (1 - x / 2.3) + 0.1 if math.isfinite(x) else x for x in np.clip(LOSSES[kind], None, 2.5)]


def verdict(*runs: Made, accuracy: bool = False) -> Verdict:
    return step(by_hand(*runs, accuracy=accuracy)).runs[-1].verdict


@pytest.mark.parametrize("accuracy", [False, True], ids=["loss", "accuracy"])
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("well", Verdict.WELL),
        ("well, noisy", Verdict.WELL),
        ("slow", Verdict.SLOW),
        ("crawls", Verdict.SLOW),
        ("oscillates", Verdict.OSCILLATES),
        ("noisy", Verdict.OSCILLATES),
        ("stuck", Verdict.STUCK),
        ("diverges", Verdict.DIVERGED),
    ],
)
def test_g6_a_curve_is_judged_by_its_look_whether_it_falls_or_rises(
    kind: str, expected: Verdict, accuracy: bool
) -> None:
    values = accuracies(kind) if accuracy else LOSSES[kind]
    assert verdict((1e-2, values), accuracy=accuracy) is expected


def test_a_loss_that_ends_above_its_start_has_diverged() -> None:
    assert verdict((1e-2, LOSSES["rises"])) is Verdict.DIVERGED


@pytest.mark.parametrize(
    ("kind", "following"),
    [("oscillates", 5e-3), ("stuck", 3.3e-3), ("slow", 3e-2), ("crawls", 1e-1), ("diverges", 1e-3)],
)
def test_g10_halved_where_it_oscillates_lowered_where_stuck_raised_where_slow(kind: str, following: float) -> None:
    found = step(by_hand((1e-2, LOSSES[kind]))).proposal
    assert found is not None
    assert found.value == pytest.approx(following)
    assert "#0" in found.why


def test_where_halving_has_not_helped_it_goes_down_by_ten() -> None:
    """G24.1."""
    found = step(by_hand((1e-1, LOSSES["oscillates"]), (5e-2, LOSSES["oscillates"]))).proposal
    assert found is not None
    assert found.value == pytest.approx(5e-3)
    assert "after halving too" in found.why


def test_it_stops_where_it_converges_well_and_names_the_run_and_a_range() -> None:
    found = step(by_hand((1e-1, LOSSES["oscillates"]), (5e-2, LOSSES["well"])))
    assert (found.ending, found.proposal) == (Ending.CONVERGED, None)
    assert found.found is not None
    assert found.found.number == 1
    assert search_range(found.found.rate, DEFAULT_THRESHOLDS) == (5e-3, 5e-1)


def test_between_too_high_and_too_low_it_goes_to_the_geometric_mean() -> None:
    found = step(by_hand((1e-1, LOSSES["oscillates"]), (1e-3, LOSSES["slow"])))
    assert found.proposal is not None
    assert found.proposal.value == pytest.approx(1e-2)
    assert "between #1, too low at 1.0e-3, and #0, too high at 1.0e-1" in found.proposal.why


def test_a_bracket_that_is_narrow_ends_the_loop() -> None:
    found = step(by_hand((1e-2, LOSSES["oscillates"]), (7.1e-3, LOSSES["slow"])))
    assert found.ending is Ending.NARROWED


def test_no_rate_is_proposed_twice() -> None:
    """Whatever the curves say, in whatever order."""
    kinds = ("slow", "oscillates", "stuck", "crawls", "diverges")
    for dice in range(200):
        random = np.random.default_rng(dice)
        runs: list[Made] = [(1e-2, LOSSES[kinds[random.integers(5)]])]
        while (found := step(by_hand(*runs, most=12))).proposal is not None and found.ending is None:
            assert all(abs(found.proposal.value / rate - 1) > 0.01 for rate, _ in runs), runs
            runs.append((found.proposal.value, LOSSES[kinds[random.integers(5)]]))


def test_after_so_many_runs_it_ends_with_the_best_of_them() -> None:
    slow = [(rate, LOSSES["crawls"]) for rate in (1e-5, 1e-4, 1e-3)]
    found = step(by_hand(*slow, most=3))
    assert (found.ending, found.proposal) == (Ending.LIMIT, None)
    assert found.found is not None
    assert step(by_hand(*slow, most=4)).proposal is not None


def test_a_bound_holds_and_it_says_that_it_would_leave_it() -> None:
    found = step(by_hand((3e-1, LOSSES["crawls"])))
    assert found.proposal is not None
    assert (found.proposal.value, found.proposal.wanted, found.proposal.side) == (1.0, 3.0, Side.HIGH)
    at_bound = step(by_hand((3e-1, LOSSES["crawls"]), (1.0, LOSSES["crawls"])))
    assert (at_bound.ending, at_bound.proposal and at_bound.proposal.wanted) == (Ending.BOUND, 10.0)


def test_a_stepped_or_whole_parameter_gets_a_value_on_its_grid() -> None:
    whole: Mapping[str, Range] = {"lr": IntRange(1, 1000)}
    found = step(by_hand((100, LOSSES["stuck"]), space=whole, parameter="lr", start=100.0)).proposal
    assert found is not None
    assert found.value == 33


def test_a_plateau_that_two_rates_share_is_not_the_rates_doing() -> None:
    """G6: what is left needs capacity, or more training."""
    found = step(by_hand((1e-2, LOSSES["stuck"]), (3.3e-3, [x + 0.005 for x in LOSSES["stuck"]])))
    assert found.ending is Ending.CONVERGED
    assert "larger model" in found.runs[-1].why


def test_a_higher_plateau_than_that_of_a_slow_run_at_a_lower_rate_is_too_high() -> None:
    early = list(0.9 + 1.4 * np.exp(-STEPS / 1.5))
    low = list(2.3 - 0.09 * STEPS)
    found = step(by_hand((1e-3, low), (1e-1, early)))
    assert found.runs[-1].verdict is Verdict.STUCK
    assert found.proposal is not None
    assert found.proposal.value == pytest.approx(1e-2)


def test_a_flat_line_is_too_high_or_too_low_by_the_run_that_moved() -> None:
    flat = list(2.3 + 0.001 * NOISE)
    assert verdict((1e-2, LOSSES["slow"]), (1e-1, flat)) is Verdict.STUCK
    assert verdict((1e-2, LOSSES["stuck"]), (1e-5, flat)) is Verdict.SLOW
    assert verdict((5e-1, flat)) is Verdict.STUCK, "high in its range"
    assert verdict((1e-4, flat)) is Verdict.SLOW, "low in its range"
