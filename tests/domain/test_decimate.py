"""Long curves as few points (issue 3, item 1): exact smoothing, and points that draw the same picture."""

from __future__ import annotations

import numpy as np
import pytest

from hpt_tui.domain.decimate import extremes, smoothed, smoothed_on
from hpt_tui.domain.trials import Floats


def loop(values: Floats, weight: float) -> list[float]:
    """The moving average as its definition says."""
    total, mass, smooth = 0.0, 0.0, []
    for value in values.tolist():
        total, mass = weight * total + (1 - weight) * value, weight * mass + (1 - weight)
        smooth.append(total / mass)
    return smooth


@pytest.mark.parametrize("weight", [0.6, 0.9, 0.999])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 63, 64, 65, 5000])
def test_smoothing_is_the_plain_loop(count: int, weight: float) -> None:
    values = np.random.default_rng(count).normal(size=count) * 10.0 ** np.linspace(-3, 3, count)
    assert smoothed(values, weight) == pytest.approx(loop(values, weight), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("weight", [0.0, 0.6, 0.9])
@pytest.mark.parametrize(("known", "new"), [(1, 1), (3, 100), (5000, 7)])
def test_smoothing_goes_on_where_it_ended(known: int, new: int, weight: float) -> None:
    values = np.random.default_rng(known).normal(size=known + new)
    former = smoothed(values[:known], weight)
    assert smoothed_on(former, values[known:], weight) == pytest.approx(smoothed(values, weight)[known:], rel=1e-9)


def test_smoothing_starts_at_the_first_value_and_leaves_its_input_alone() -> None:
    values = np.array([1.0, 0.0, 0.0])
    values.flags.writeable = False
    assert smoothed(values, 0.0) is values
    first, second, third = smoothed(values, 0.6)
    assert first == pytest.approx(1.0)
    assert 0 < third < second < 1


def test_a_short_curve_stays_whole() -> None:
    assert extremes(np.arange(100), np.zeros(100), 25, 0.0, 99.0).tolist() == list(range(100))
    assert extremes(np.arange(0), np.zeros(0), 25, 0.0, 99.0).tolist() == []


def test_spikes_and_ends_stay() -> None:
    values = np.sin(np.arange(10_000) / 100)
    values[5003], values[7777] = 9.0, -9.0
    kept = extremes(np.arange(10_000), values, 60, 0.0, 9_999.0)
    assert {0, 5003, 7777, 9_999} <= set(kept.tolist())
    assert len(kept) <= 4 * 60
    assert (np.diff(kept) > 0).all()


@pytest.mark.parametrize("seed", range(5))
def test_each_column_keeps_its_lowest_and_its_highest_however_the_steps_are_spread(seed: int) -> None:
    dice = np.random.default_rng(seed)
    steps = np.cumsum(dice.integers(1, 1 + 10 ** dice.integers(0, 3), size=20_000))
    values = np.cumsum(dice.normal(size=20_000))
    low, high, columns = 0.0, float(steps[-1]), 170
    kept = extremes(steps, values, columns, low, high)
    column = np.floor(0.5 + (columns - 1) * (steps - low) / (high - low)).astype(int)
    for at in np.unique(column):
        mine, here = values[kept][column[kept] == at], values[column == at]
        assert (mine[0], mine.min(), mine.max(), mine[-1]) == (here[0], here.min(), here.max(), here[-1])


def test_all_points_in_one_column_are_four() -> None:
    kept = extremes(np.arange(1000), np.r_[5.0, np.full(997, 1.0), 9.0, 7.0], 2, -1e9, 1e9)
    assert kept.tolist() == [0, 1, 998, 999]
