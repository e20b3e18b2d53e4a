"""G9: what a range test shows, on curves that are made for it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpt_tui.domain.lr_range import (
    FEWEST_STEPS,
    MOST_STEPS,
    DivergenceWatch,
    LrRange,
    Outcome,
    default_steps,
    default_sweep,
    factor,
    judged,
    rates_between,
    smoothed,
    valley,
)
from hpt_tui.domain.trials import Floats

STEPS, LOW, HIGH = 200, 1e-6, 10.0
RATES = rates_between(LOW, HIGH, STEPS)


def learning(falls_at: float = 1e-3, diverges_at: float = 1.0, noise: float = 0.0, top: float = 2.3) -> Floats:
    """Flat, falling to a fifth around ``falls_at``, and up to infinity from ``diverges_at`` on."""
    logs = np.log10(RATES)
    fall = 0.8 * top / (1 + np.exp(-4 * (logs - math.log10(falls_at))))
    rise = np.expm1(np.maximum(0.0, 6 * (logs - math.log10(diverges_at))))
    found: Floats = top - fall + rise + np.random.default_rng(1).normal(0, noise * top, STEPS)
    return found


def of(losses: Floats) -> LrRange:
    """Judged, as far as the sweep would have come."""
    watch, run = DivergenceWatch(len(losses)), 0
    for loss in losses.tolist():
        run += 1
        if watch.diverges(loss):
            break
    return judged(RATES[:run].tolist(), losses[:run].tolist(), STEPS, 2.0)


@pytest.mark.parametrize("noise", [0.0, 0.02, 0.08])
def test_g9_a_loss_that_falls_and_diverges(noise: float) -> None:
    found = of(learning(noise=noise))
    assert found.outcome is Outcome.DIVERGED
    assert found.outcome.sure
    assert found.broken is not None
    assert 1.0 < RATES[found.broken] < 5.0
    suggested = found.suggestions
    assert suggested is not None
    # The falling curve is steepest at 1e-3 and lowest before 1.
    assert 3e-4 < suggested.steepest < 4e-3
    assert 3e-3 < suggested.tenth < 0.11
    assert 1e-5 < suggested.valley < suggested.tenth * 10
    assert suggested.low <= suggested.steepest / 10
    assert suggested.high == pytest.approx(suggested.tenth * 10, rel=0.1)


@pytest.mark.parametrize("shift", [0.01, 1.0, 30.0])
def test_the_suggestions_move_with_the_curve(shift: float) -> None:
    steepest = [of(learning(1e-3 * s, 0.3 * s)).suggestions for s in (1.0, shift)]
    assert steepest[0] is not None
    assert steepest[1] is not None
    assert steepest[1].steepest / steepest[0].steepest == pytest.approx(shift, rel=0.1)


def test_g18_the_range_spans_as_many_orders_as_a_learning_rate_needs() -> None:
    found = of(learning(falls_at=0.1, diverges_at=0.3)).suggestions
    assert found is not None
    assert found.high / found.low >= 100
    wide = judged(RATES.tolist(), learning(falls_at=0.1, diverges_at=0.3).tolist(), STEPS, 4.0).suggestions
    assert wide is not None
    assert wide.high / wide.low >= 10_000


def test_a_bounded_loss_turns_without_diverging() -> None:
    logs = np.log10(RATES)
    losses = 2.3 - 1.2 / (1 + np.exp(-4 * (logs + 3))) + 1.2 / (1 + np.exp(-8 * logs))
    found = of(losses)
    assert found.outcome is Outcome.TURNED
    assert found.broken is not None
    assert 0.3 < RATES[found.broken] < 3


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_a_loss_that_still_falls_at_the_end_is_unsure(noise: float) -> None:
    found = of(learning(falls_at=1.0, diverges_at=1e9, noise=noise))
    assert found.outcome is Outcome.FALLING
    assert not found.outcome.sure
    assert found.broken is None
    assert found.suggestions is not None


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.1, 0.5])
@pytest.mark.parametrize("seed", range(5))
def test_a_flat_loss_suggests_nothing(noise: float, seed: int) -> None:
    found = of(2.3 + np.random.default_rng(seed).normal(0, noise, STEPS))
    assert (found.outcome, found.suggestions, found.outcome.sure) == (Outcome.FLAT, None, False)


@pytest.mark.parametrize(
    "losses",
    [
        [math.nan],
        [math.inf],
        [2.3, math.nan],
        [2.3, 2.2, 9e9],
        [2.3 * 1.5**k for k in range(10)],
        [2.3 + 0.01 * (k % 2) for k in range(60)] + [math.nan],
    ],
)
def test_a_loss_that_diverges_before_it_falls_does_so_at_once(losses: list[float]) -> None:
    found = judged(RATES[: len(losses)].tolist(), losses, STEPS, 2.0)
    assert (found.outcome, found.suggestions) == (Outcome.AT_ONCE, None)
    assert found.broken is not None


def test_nan_after_a_fall_is_a_divergence() -> None:
    losses = learning(diverges_at=1e9)
    losses[150] = math.nan
    found = of(losses)
    assert (found.outcome, found.broken) == (Outcome.DIVERGED, 150)
    assert np.isfinite(found.smooth[:150]).all()
    assert math.isnan(found.smooth[150])


def test_a_loss_below_0_and_one_that_vanishes_do_not_diverge_by_their_noise() -> None:
    noise = np.random.default_rng(0).normal(0, 0.002, STEPS)
    for losses in (np.linspace(0.5, -3.0, STEPS) + noise, 2.0 * np.geomspace(1, 1e-6, STEPS) + np.abs(noise)):
        assert of(losses).broken is None


def test_a_loss_that_falls_to_a_hundredth_keeps_its_beginning() -> None:
    logs = np.log10(RATES)
    losses = 2.3 * 10 ** (-2 / (1 + np.exp(-4 * (logs + 3)))) + np.expm1(np.maximum(0.0, 6 * (logs - 0)))
    found = of(losses)
    assert found.outcome is Outcome.DIVERGED
    assert found.smooth[:20] == pytest.approx(np.full(20, 2.3), rel=0.01)


def test_one_loss_that_leaps_is_no_divergence() -> None:
    losses = learning(diverges_at=1e9)
    losses[60] *= 8
    assert of(losses).broken is None


def test_fastai_stops_over_four_times_the_best() -> None:
    watch = DivergenceWatch(20)
    assert factor(20) == 0.5
    assert [watch.diverges(x) for x in (1.0, 1.0, 5.0, 12.0)] == [False, False, False, True]
    assert watch.limit == pytest.approx(4.0)


def test_smoothing_has_no_lag_and_keeps_a_line_and_a_constant() -> None:
    assert smoothed(np.full(50, 3.0), 0.9) == pytest.approx(np.full(50, 3.0))
    line = smoothed(np.arange(101.0), 0.8)
    assert line[50] == pytest.approx(50)
    bump = np.zeros(101)
    bump[40] = 1.0
    assert int(np.argmax(smoothed(bump, 0.9))) == 40


def by_fastai(losses: list[float]) -> int:
    """What fastai's documentation describes, by brute force."""
    longest = [1] * len(losses)
    for i in range(len(losses)):
        longest[i] = 1 + max([longest[j] for j in range(i) if losses[i] < losses[j]], default=0)
    end = longest.index(max(longest))
    third = (end - max(0, end - longest[end])) / 3
    return max(0, end - longest[end]) + int(third) + int(third / 2)


@pytest.mark.parametrize("seed", range(20))
def test_the_valley_is_fastais(seed: int) -> None:
    random = np.random.default_rng(seed)
    losses = np.cumsum(random.normal(-0.05, 0.3, 60))
    assert abs(valley(losses) - by_fastai(losses.tolist())) <= 1


def test_the_sweep_is_about_an_epoch_and_wide_enough() -> None:
    assert [default_steps(n) for n in (None, 0, 19, 300, 9_999)] == [FEWEST_STEPS] * 3 + [300, MOST_STEPS]
    assert default_sweep() == (1e-6, 10.0)
    assert default_sweep([1e-8, 5.0]) == pytest.approx((1e-9, 50.0))
    assert default_sweep([0.0, 1e-3]) == (1e-6, 10.0)


@pytest.mark.parametrize(("rates", "losses"), [([], []), ([1.0], [1.0, 2.0])])
def test_what_is_no_test_is_refused(rates: list[float], losses: list[float]) -> None:
    with pytest.raises(ValueError, match=f"{len(rates)} rates and {len(losses)} losses"):
        judged(rates, losses, STEPS, 2.0)


@given(
    st.lists(st.floats(width=32), min_size=1, max_size=60),
    st.integers(20, 200),
    st.floats(1e-12, 1e2),
    st.floats(1.0, 6.0),
)
def test_whatever_the_losses_are_something_is_said(
    losses: list[float], steps: int, low: float, orders: float
) -> None:
    rates = rates_between(low, low * 1e7, max(steps, len(losses)))[: len(losses)]
    found = judged(rates.tolist(), losses, steps, orders)
    assert (found.suggestions is None) == (found.outcome in (Outcome.AT_ONCE, Outcome.FLAT))
    assert len(found.smooth) == len(losses)
    assert (found.broken is None) == (found.outcome in (Outcome.FALLING, Outcome.FLAT))
    if (suggested := found.suggestions) is not None:
        assert rates[0] <= min(suggested.steepest, suggested.valley) <= rates[-1]
        assert 0 < suggested.low < suggested.high <= rates[-1]
        assert suggested.high / suggested.low >= 10**orders * 0.9
