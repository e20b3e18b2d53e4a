"""Bounds in a study, a key a side (issue 4, items 1 and 7), and as earlier versions wrote them."""

from __future__ import annotations

import math
from collections.abc import Iterable

import optuna
import pytest

from hpt_tui.domain.space import Bound, FloatRange, Side
from hpt_tui.store import keys
from hpt_tui.store.bound_documents import at_odds, code_bounds, encode_bound
from hpt_tui.store.control import StudyControl

CODE = FloatRange(0.0, 1.0)


def written(key: str, low: float, high: float, at: float, code: FloatRange = CODE) -> tuple[str, object]:
    return f"{key}x", encode_bound(Bound(low, high, at), code)


def in_force(documents: Iterable[tuple[str, object]]) -> Bound | None:
    return keys.decode_control(dict(documents)).bounds.get("x")


@pytest.mark.parametrize(
    ("documents", "bound"),
    [
        ([written(keys.BOUND, -1, 2, 5.0)], Bound(-1, 2, 5.0)),
        ([written(keys.BOUND_LOW, -1, 1, 5.0)], Bound(-1, 1, 5.0)),
        ([written(keys.BOUND_HIGH, 0, 2, 5.0)], Bound(0, 2, 5.0)),
        ([written(keys.BOUND_LOW, -1, 1, 5.0), written(keys.BOUND_HIGH, 0, 2, 4.0)], Bound(-1, 2, 5.0)),
        ([written(keys.BOUND, -9, 9, 4.0), written(keys.BOUND_HIGH, 0, 2, 5.0)], Bound(-9, 2, 5.0)),
        ([written(keys.BOUND, -9, 9, 6.0), written(keys.BOUND_HIGH, 0, 2, 5.0)], Bound(-9, 9, 6.0)),
        ([written(keys.BOUND, -9, 9, 5.0), written(keys.BOUND_LOW, -1, 2, 5.0)], Bound(-1, 9, 5.0)),
        ([written(keys.BOUND_LOW, 5, 9, 6.0), written(keys.BOUND_HIGH, 0, 3, 5.0)], Bound(5, 9, 6.0)),
        ([written(keys.BOUND_LOW, 5, 9, 5.0), written(keys.BOUND_HIGH, 0, 3, 6.0)], Bound(0, 3, 6.0)),
        ([written(keys.BOUND_LOW, 3, 9, 5.0), written(keys.BOUND_HIGH, 0, 3, 6.0)], Bound(0, 3, 6.0)),
    ],
    ids=[
        *("both sides under one key", "lower", "upper", "each side its own", "one side moved again"),
        *("an older version moved both again", "at the same moment"),
        *("no range between, lower newer", "no range between, upper newer", "a point between"),
    ],
)
def test_each_side_is_as_it_was_last_ordered_and_a_range_is_left(
    documents: list[tuple[str, object]], bound: Bound
) -> None:
    assert in_force(documents) == in_force(reversed(documents)) == bound


@pytest.mark.parametrize("low", [math.nan, math.inf, "0", None, True, 2.0])
def test_a_side_that_cannot_be_read_says_nothing(low: object) -> None:
    odd = (f"{keys.BOUND_LOW}x", {"low": low, "high": 2.0, "at": 9.0})
    assert in_force([odd]) is None
    assert in_force([odd, written(keys.BOUND, -1, 1, 5.0)]) == Bound(-1, 1, 5.0)


def test_the_codes_bounds_are_those_of_the_newest_order() -> None:
    older = written(keys.BOUND, -1, 2, 5.0)
    newer = written(keys.BOUND_HIGH, -1, 3, 6.0, FloatRange(-0.5, 1.5))
    assert code_bounds(dict([older]), keys.BOUNDS, "x") == (0.0, 1.0)
    assert code_bounds(dict([older, newer]), keys.BOUNDS, "x") == (-0.5, 1.5)
    assert code_bounds(dict([older, newer]), keys.BOUNDS, "y") is None


@pytest.fixture
def control() -> StudyControl:
    study = optuna.create_study()
    return StudyControl(study._storage, study._study_id, "ann@box")


def test_a_clock_that_is_slow_moves_what_an_older_version_wrote_all_the_same(control: StudyControl) -> None:
    control.storage.set_study_user_attr(control.study_id, *written(keys.BOUND, -1, 2, 100.0))
    control.change_bound("x", CODE, -1, 5, at=7.0, sides=(Side.HIGH,))
    assert in_force(control.attributes().items()) == Bound(-1, 5, 100.0)


def test_an_order_on_one_side_leaves_the_others_document_alone(control: StudyControl) -> None:
    control.change_bound("x", CODE, -1, 1, at=1.0, sides=(Side.LOW,))
    before = control.attributes()
    control.change_bound("x", CODE, 0, 3, at=2.0, sides=(Side.HIGH,))
    after = control.attributes()
    assert after[f"{keys.BOUND_LOW}x"] == before[f"{keys.BOUND_LOW}x"]
    assert in_force(after.items()) == Bound(-1, 3, 2.0)


def test_an_order_settles_what_was_at_odds(control: StudyControl) -> None:
    """The side that was overruled would come back with the next order on the other one."""
    for key, low, high, at in ((keys.BOUND_LOW, 5.0, 9.0, 2.0), (keys.BOUND_HIGH, 0.0, 3.0, 1.0)):
        control.storage.set_study_user_attr(control.study_id, *written(key, low, high, at))
    assert at_odds(control.attributes(), keys.BOUNDS, "x")
    control.change_bound("x", CODE, 2.0, 9.0, at=3.0, sides=(Side.LOW,))
    assert in_force(control.attributes().items()) == Bound(2.0, 9.0, 3.0)
    assert not at_odds(control.attributes(), keys.BOUNDS, "x")
