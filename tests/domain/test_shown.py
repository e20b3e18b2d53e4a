"""Columns of numbers as they are shown: the same digits as the texts have."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpt_tui.domain import figures, shown

NUMBERS = st.one_of(
    st.floats(), st.floats(-20_000, 20_000), st.floats(0, 1), st.integers(1, 999).map(lambda n: n / 8e3)
)


def same(found: float, text: str) -> bool:
    expected = float(text)
    return math.isclose(found, expected, rel_tol=1e-12) or (math.isnan(found) and math.isnan(expected))


@given(st.lists(NUMBERS, min_size=1, max_size=8))
def test_metrics_are_rounded_as_they_are_written(values: list[float]) -> None:
    found = shown.metrics(np.array(values, np.float64))
    assert all(same(f, figures.metric(v)) for f, v in zip(found.tolist(), values, strict=True))


@given(st.lists(NUMBERS, min_size=1, max_size=8), st.booleans())
def test_parameters_are_rounded_as_they_are_written(values: list[float], log: bool) -> None:
    found = shown.parameters(np.array(values, np.float64), log=log)
    assert all(same(f, figures.parameter(v, log=log)) for f, v in zip(found.tolist(), values, strict=True))


@pytest.mark.parametrize(("value", "text"), [(0.00125, "1.3e-3"), (0.00135, "1.4e-3"), (2.5e-5, "2.5e-5")])
def test_a_tie_is_rounded_by_what_the_number_really_is(value: float, text: str) -> None:
    assert same(shown.parameters(np.array([value]), log=True)[0], figures.parameter(value, log=True))
    assert float(figures.parameter(value, log=True)) == float(text)
