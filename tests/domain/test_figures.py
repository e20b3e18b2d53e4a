"""Numbers as text."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpt_tui.domain import figures


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0.0000"),
        (0.97777, "0.9778"),
        (-0.5, "-0.5000"),
        (12.3456, "12.35"),
        (123.456, "123.5"),
        (9999.0, "9999"),
        (12345.0, "1.234e4"),
        (1e-5, "1.000e-5"),
        (1e100, "1.000e100"),
        (-1e-10, "-1.000e-10"),
        (math.nan, "NaN"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
    ],
)
def test_metric(value: float | None, text: str) -> None:
    assert figures.metric(value) == text


@pytest.mark.parametrize(
    ("value", "log", "text"),
    [
        (0.089, True, "8.9e-2"),
        (1.0, True, "1.0e0"),
        (123456.0, True, "1.2e5"),
        (0.2, False, "0.2"),
        (0.123456, False, "0.1235"),
        (64, True, "64"),
        (True, False, "True"),
        ("adamw", False, "adamw"),
        (None, False, "None"),
        (math.nan, True, "NaN"),
    ],
)
def test_parameter(value: object, log: bool, text: str) -> None:
    assert figures.parameter(value, log=log) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (math.inf, "–"),
        (0, "0:00"),
        (14.9, "0:14"),
        (725, "12:05"),
        (7500, "2 h 05"),
        (359_999, "99 h 59"),
        (360_000, "4 d 04 h"),
        (-5, "0:00"),
    ],
)
def test_duration(seconds: float | None, text: str) -> None:
    assert figures.duration(seconds) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (0.001, "<1 %"), (0.005, "<1 %"), (0.5, "50 %"), (0.956, "96 %"), (1, "100 %")]
)
def test_percent(share: float, text: str) -> None:
    assert figures.percent(share) == text


def test_count_groups_by_thin_spaces() -> None:
    assert figures.count(1234567) == "1\u2009234\u2009567"
    assert figures.count(42) == "42"


@given(st.text())
def test_plain_is_printable_and_as_long(text: str) -> None:
    assert figures.plain(text).isprintable()
    assert len(figures.plain(text)) == len(text)


def test_plain_takes_the_teeth_out_of_escapes_and_bidi() -> None:
    assert figures.plain("\x1b[31mlr\u202e\n") == " [31mlr  "


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_every_float_has_a_text(value: float) -> None:
    assert figures.metric(value)
    assert figures.parameter(value, log=True)
    assert figures.duration(value)
