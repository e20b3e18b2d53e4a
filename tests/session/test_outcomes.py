"""What the workers did is said once, in every session that looks (G17, L6)."""

from __future__ import annotations

from hpt_tui.domain.event import Event
from hpt_tui.session.outcomes import Outcomes


def test_a_phase_that_begins_is_told_once_and_none_from_before() -> None:
    first, second = (
        Event(float(n), "w@lab", "phase", name, "", "x") for n, name in enumerate(("explore", "refine"))
    )
    outcomes = Outcomes()
    assert outcomes.newly((first,)) == ()
    told = outcomes.newly((first, second))
    assert [notice.text for notice in told] == ["phase refine: x"]
    assert outcomes.newly((first, second)) == ()
