"""Many values at once lie where each of them does."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpt_tui.domain.scale import positions
from hpt_tui.domain.space import FloatRange, IntRange, NumericRange, position

RANGES: list[NumericRange] = [
    FloatRange(1e-5, 1e-1, log=True),
    FloatRange(0.0, 0.6),
    FloatRange(-1.0, 1.0, step=0.25),
    IntRange(16, 128, log=True),
    IntRange(1, 8),
]


@pytest.mark.parametrize("range_", RANGES, ids=repr)
@given(values=st.lists(st.floats(-10, 200), max_size=40))
def test_like_one_by_one(range_: NumericRange, values: list[float]) -> None:
    expected = [position(value, range_) for value in values]
    assert positions(np.array(values), range_).tolist() == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("range_", RANGES, ids=repr)
@pytest.mark.parametrize("count", [1, 3, 8, 100])
def test_the_ends_are_exactly_0_and_1(range_: NumericRange, count: int) -> None:
    assert set(positions(np.full(count, float(range_.low)), range_).tolist()) == {0.0}
    assert set(positions(np.full(count, float(range_.high)), range_).tolist()) == {1.0}


def test_nothing_is_on_a_log_scale_at_zero_or_below() -> None:
    found = positions(np.array([0.0, -1.0, math.nan]), FloatRange(1e-3, 1.0, log=True)).tolist()
    assert found[:2] == [-math.inf, -math.inf]
    assert math.isnan(found[2])


def test_a_range_of_one_value_has_everything_in_its_middle() -> None:
    assert positions(np.array([3.0, 4.0]), IntRange(3, 3)).tolist() == [0.5, 0.5]
