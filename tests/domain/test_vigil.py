"""Alerts over time: since when each is up, which have gone, which are muted (issue 6, item 1)."""

from __future__ import annotations

from hpt_tui.domain.vigil import NO_VIGIL, REMEMBERED, MuteFlag
from tests.builders import NOON, flag

EDGE, SPIKY = flag("edge", parameters=("lr",)), flag("spiky-loss")
NONE: frozenset[tuple[str, tuple[str, ...]]] = frozenset()


def test_a_flag_is_up_since_it_was_first_seen_until_it_goes() -> None:
    first = NO_VIGIL.after((EDGE,), NONE, NOON)
    second = first.after((EDGE, SPIKY), NONE, NOON + 60)
    assert second.since == {EDGE.key: NOON, SPIKY.key: NOON + 60}
    third = second.after((SPIKY,), NONE, NOON + 90)
    (gone,) = third.cleared
    assert (gone.flag, gone.since, gone.until) == (EDGE, NOON, NOON + 90)
    again = third.after((EDGE, SPIKY), NONE, NOON + 120)
    assert (again.since[EDGE.key], again.cleared) == (NOON + 120, ())


def test_nothing_new_is_the_very_same_vigil() -> None:
    first = NO_VIGIL.after((EDGE,), NONE, NOON)
    assert first.after((EDGE,), NONE, NOON + 60) is first


def test_a_muted_flag_is_told_apart_and_is_neither_gone_nor_new_when_it_is_heard_again() -> None:
    first = NO_VIGIL.after((EDGE, SPIKY), NONE, NOON)
    muted = first.after((EDGE, SPIKY), frozenset({EDGE.key}), NOON + 5)
    assert (muted.flags, muted.muted, muted.cleared) == ((SPIKY,), (EDGE,), ())
    heard = muted.after((EDGE, SPIKY), NONE, NOON + 9)
    assert (heard.flags, heard.since[EDGE.key]) == ((EDGE, SPIKY), NOON)


def test_only_the_last_ones_that_went_are_remembered() -> None:
    many = tuple(flag("edge", parameters=(str(n),)) for n in range(REMEMBERED + 3))
    assert len(NO_VIGIL.after(many, NONE, NOON).after((), NONE, NOON + 1).cleared) == REMEMBERED


def test_muting_is_of_one_flag_and_its_parameters() -> None:
    assert MuteFlag("edge", ("lr",)).key == EDGE.key
