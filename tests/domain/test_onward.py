"""A clock that is set back leaves nobody waiting."""

from __future__ import annotations

from hpt_tui.domain.onward import Onward


def test_time_goes_on_from_where_it_stood_whenever_the_clock_is_set_back() -> None:
    onward = Onward()
    read = [onward(now) for now in (100.0, 101.0, 50.0, 51.0, 51.0, 20.0, 30.0, 90.0)]
    assert read == [100.0, 101.0, 101.0, 102.0, 102.0, 102.0, 112.0, 172.0]
