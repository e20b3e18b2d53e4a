"""``run --stop-when``: which rules of G26 stop the search, and which only say so."""

from __future__ import annotations

import pytest

from hpt_tui.domain.stop_when import StopWhen, parse_stop_when
from hpt_tui.domain.stopping import Action, Budget


def test_rules_stop_unless_they_say_warn() -> None:
    found = parse_stop_when("same-best, no-improvement:warn,improvement:stop")
    assert found == StopWhen(
        (("same-best", Action.STOP), ("no-improvement", Action.WARN), ("improvement", Action.STOP))
    )
    assert found.ends == {"same-best", "improvement"}
    assert found.ids == {"same-best", "improvement", "no-improvement"}


def test_budgets_have_their_limit() -> None:
    found = parse_stop_when("time=1h30m,gpu-hours=80:warn,trials=200")
    assert found.budget == Budget(200, 5400.0, 80.0)
    assert found.ends == {"time", "trials"}
    assert parse_stop_when("trials").budget == Budget()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "names no stop rule"),
        (" , ", "names no stop rule"),
        ("best", "there is no stop rule 'best'; there are improvement, same-best"),
        ("same-best:shout", "same-best can warn or stop, not 'shout'"),
        ("same-best=5", "same-best takes no limit"),
        ("time", "time needs a limit, e.g. time=40h"),
        ("time=soon", "time needs a limit"),
        ("gpu-hours=-1", "gpu-hours needs a limit"),
        ("gpu-hours=nan", "gpu-hours needs a limit"),
        ("trials=1.5", "trials needs a limit, e.g. trials=200"),
        ("trials=", "trials needs a limit"),
    ],
)
def test_what_means_nothing_is_said(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_stop_when(text)
