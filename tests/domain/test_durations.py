"""Durations as people write them."""

from __future__ import annotations

import pytest

from hpt_tui.domain.durations import seconds


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("40h", 144_000.0),
        ("30m", 1800.0),
        ("30min", 1800.0),
        ("2d", 172_800.0),
        ("90s", 90.0),
        ("1h30m", 5400.0),
        ("1.5H", 5400.0),
        ("90", 90.0),
        ("0:14", 14.0),
        ("1:00:05", 3605.0),
    ],
)
def test_a_duration_is_read_with_its_units(text: str, meant: float) -> None:
    assert seconds(text) == meant


@pytest.mark.parametrize("text", ["", "h", "4x", "-3h", "1h 30m", "1e3", "nan", "0:99"])
def test_what_is_no_duration_is_none(text: str) -> None:
    assert seconds(text) is None
