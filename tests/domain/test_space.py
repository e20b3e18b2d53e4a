"""C1, C2, L2: where a value lies in its range, and which bounds may be put in force."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hpt_tui.domain.space import (
    Bound,
    Choices,
    FloatRange,
    IntRange,
    NumericRange,
    Side,
    bound_problem,
    contains,
    in_force,
    natural_limit,
    position,
    widened,
)
from tests.builders import NOON, SPACE

LR = FloatRange(1e-4, 1e-1, log=True)
ENDS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 6))


@st.composite
def floats(draw: st.DrawFn) -> FloatRange:
    low, high = sorted((draw(ENDS), draw(ENDS)))
    assume(high - low > 1e-3)
    return FloatRange(low, high)


@st.composite
def log_floats(draw: st.DrawFn) -> FloatRange:
    low = 10 ** draw(st.floats(-12, 5))
    return FloatRange(low, low * 10 ** draw(st.floats(0.1, 6)), log=True)


@st.composite
def stepped_floats(draw: st.DrawFn) -> FloatRange:
    step, cells = draw(st.sampled_from([0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0])), draw(st.integers(1, 50))
    low = draw(st.integers(-20, 20)) * step / 2
    return FloatRange(low, low + cells * step, step=step)


@st.composite
def ints(draw: st.DrawFn) -> IntRange:
    low, step = draw(st.integers(-1000, 1000)), draw(st.integers(1, 64))
    return IntRange(low, low + step * draw(st.integers(1, 100)), step=step)


@st.composite
def log_ints(draw: st.DrawFn) -> IntRange:
    low = draw(st.integers(1, 1000))
    return IntRange(low, low + draw(st.integers(1, 10_000)), log=True)


numeric = st.one_of(floats(), log_floats(), stepped_floats(), ints(), log_ints())
sides = st.sampled_from(list(Side))


def after_widening(range_: NumericRange, side: Side) -> tuple[float, float]:
    new = widened(range_, side)
    return (new, range_.high) if side is Side.LOW else (range_.low, new)


class TestPosition:
    @pytest.mark.parametrize(
        ("range_", "value", "expected"),
        [
            (LR, 1e-4, 0.0),
            (LR, 1e-1, 1.0),
            (LR, 1e-3, 1 / 3),
            (FloatRange(0.0, 0.6), 0.3, 0.5),
            (IntRange(16, 256, log=True), 64, 0.5),
            (IntRange(1, 5), 2, 0.25),
            (LR, 1.0, 4 / 3),
            (LR, 1e-5, -1 / 3),
            (FloatRange(2.0, 2.0), 2.0, 0.5),
        ],
    )
    def test_is_taken_on_the_ranges_own_scale(self, range_: NumericRange, value: float, expected: float) -> None:
        assert position(value, range_) == pytest.approx(expected)

    def test_of_nothing_on_a_log_scale_is_infinitely_low(self) -> None:
        assert position(0.0, LR) == -math.inf

    @given(numeric, st.floats(0, 1))
    def test_is_within_0_and_1_for_what_is_in_the_range(self, range_: NumericRange, at: float) -> None:
        value = min(max(range_.low + at * (range_.high - range_.low), range_.low), range_.high)
        assert contains(range_, value)
        assert -1e-9 <= position(value, range_) <= 1 + 1e-9

    @given(numeric)
    def test_of_the_ends_is_0_and_1(self, range_: NumericRange) -> None:
        assert position(range_.low, range_) == pytest.approx(0, abs=1e-9)
        assert position(range_.high, range_) == pytest.approx(1)


class TestWidened:
    @given(numeric, sides)
    def test_contains_the_old_range(self, range_: NumericRange, side: Side) -> None:
        low, high = after_widening(range_, side)
        assert low <= range_.low
        assert high >= range_.high

    @given(numeric, sides)
    def test_can_be_put_in_force(self, range_: NumericRange, side: Side) -> None:
        assert bound_problem(range_, *after_widening(range_, side)) == ""

    @given(numeric, sides)
    def test_goes_further_unless_the_end_is_natural_or_the_grid_has_no_room(
        self, range_: NumericRange, side: Side
    ) -> None:
        moved = widened(range_, side) != (range_.low if side is Side.LOW else range_.high)
        assert (
            moved or natural_limit(range_, side) or range_.step is not None or 0 <= range_.low <= range_.high <= 1
        )

    @given(numeric)
    def test_of_a_positive_range_stays_positive(self, range_: NumericRange) -> None:
        assume(range_.low >= 0)
        assert widened(range_, Side.LOW) >= 0

    @pytest.mark.parametrize(
        ("range_", "side", "expected"),
        [
            pytest.param(LR, Side.HIGH, 1.0, id="a decade up on a log scale"),
            pytest.param(LR, Side.LOW, 1e-5, id="a decade down"),
            pytest.param(
                FloatRange(1e-3, 1.0, log=True), Side.HIGH, 10.0, id="past 1 on a log scale that reached it"
            ),
            pytest.param(FloatRange(1e-3, 0.5, log=True), Side.HIGH, 1.0, id="not past 1 from within 0..1"),
            pytest.param(FloatRange(0.0, 0.6), Side.HIGH, 0.9, id="half the width"),
            pytest.param(FloatRange(0.0, 0.9), Side.HIGH, 1.0, id="dropout ends at 1"),
            pytest.param(FloatRange(0.1, 0.5), Side.LOW, 0.0, id="and at 0"),
            pytest.param(FloatRange(-1.0, 1.0), Side.LOW, -2.0, id="below 0 where it was below 0"),
            pytest.param(FloatRange(0.0, 0.9, step=0.3), Side.HIGH, 0.9, id="no whole step of room"),
            pytest.param(FloatRange(1.0, 2.0, step=0.3), Side.LOW, 0.4, id="whole steps"),
            pytest.param(IntRange(16, 128, log=True), Side.HIGH, 512, id="4 x for log integers"),
            pytest.param(IntRange(16, 128, log=True), Side.LOW, 4, id="a quarter"),
            pytest.param(IntRange(2, 128, log=True), Side.LOW, 1, id="but 1 at least"),
            pytest.param(IntRange(2, 6), Side.LOW, 1, id="a count has no 0"),
            pytest.param(IntRange(16, 128, step=16), Side.LOW, 16, id="no batch of 0 on the grid"),
            pytest.param(IntRange(10, 110, step=20), Side.HIGH, 170, id="whole steps of integers"),
        ],
    )
    def test_by_example(self, range_: NumericRange, side: Side, expected: float) -> None:
        assert widened(range_, side) == pytest.approx(expected)

    @given(st.one_of(ints(), log_ints()), sides)
    def test_of_integers_is_whole(self, range_: IntRange, side: Side) -> None:
        assert isinstance(widened(range_, side), int)


@pytest.mark.parametrize(
    ("range_", "low", "high"),
    [
        pytest.param(FloatRange(0.0, 0.6), True, False, id="dropout"),
        pytest.param(FloatRange(0.8, 1.0), False, True, id="momentum"),
        pytest.param(LR, False, False, id="learning rate"),
        pytest.param(IntRange(0, 5), True, False, id="count from 0"),
        pytest.param(IntRange(1, 5), True, False, id="count from 1"),
        pytest.param(IntRange(1, 64, log=True), True, False, id="log count from 1"),
        pytest.param(IntRange(16, 128), False, False, id="batch size"),
        pytest.param(FloatRange(-1.0, 1.0), False, False, id="both signs"),
        pytest.param(FloatRange(1e-4, 1.0, log=True), False, False, id="learning rate that was widened to 1"),
    ],
)
def test_natural_limits(range_: NumericRange, low: bool, high: bool) -> None:
    assert (natural_limit(range_, Side.LOW), natural_limit(range_, Side.HIGH)) == (low, high)


class TestBoundProblem:
    @pytest.mark.parametrize(
        ("declared", "low", "high", "says"),
        [
            pytest.param(LR, 0.0, 0.1, "cannot start at 0", id="C1: a log scale from 0"),
            pytest.param(LR, 0.1, 0.1, "below the upper one", id="no width"),
            pytest.param(LR, 0.2, 0.1, "below the upper one", id="turned round"),
            pytest.param(LR, 1e-4, math.inf, "finite", id="infinite"),
            pytest.param(LR, math.nan, 0.1, "finite", id="NaN"),
            pytest.param(IntRange(1, 5), 1, 5.5, "whole numbers", id="half a layer"),
            pytest.param(
                IntRange(1, 5), 1, 1e300, "cannot be drawn", id="whole numbers that no float tells apart"
            ),
            pytest.param(FloatRange(0.0, 1.0), -1e308, 1e308, "as wide", id="a width beyond floats"),
            pytest.param(IntRange(2, 64, log=True), 0.0, 64, "cannot start at 0", id="log integers from 0"),
            pytest.param(IntRange(16, 128, step=16), 16, 130, "steps of 16", id="off the grid above"),
            pytest.param(FloatRange(0.0, 0.6, step=0.1), 0.05, 0.6, "steps of 0.1", id="off the grid below"),
            pytest.param(Choices(("a", "b")), 0, 1, "categorical", id="choices"),
        ],
    )
    def test_is_said(self, declared: NumericRange | Choices, low: float, high: float, says: str) -> None:
        assert says in bound_problem(declared, low, high)

    @pytest.mark.parametrize(
        ("declared", "low", "high"),
        [
            (LR, 1e-5, 1.0),
            (LR, 1e-3, 1e-2),
            (IntRange(16, 128, step=16), 32, 256),
            (FloatRange(0.0, 0.6, step=0.1), 0.1, 0.9),
            (IntRange(2, 64, log=True), 1, 100),
        ],
    )
    def test_is_none(self, declared: NumericRange, low: float, high: float) -> None:
        assert bound_problem(declared, low, high) == ""

    @given(numeric)
    def test_the_declared_bounds_are_fine(self, range_: NumericRange) -> None:
        assert bound_problem(range_, range_.low, range_.high) == ""


class TestInForce:
    def test_a_bound_replaces_the_ends_only(self) -> None:
        steered = in_force(SPACE, {"lr": Bound(1e-5, 1.0, NOON)})
        assert steered["lr"] == FloatRange(1e-5, 1.0, log=True)
        assert {k: v for k, v in steered.items() if k != "lr"} == {k: v for k, v in SPACE.items() if k != "lr"}

    def test_integers_stay_whole_and_keep_their_step(self) -> None:
        steered = in_force({"n": IntRange(16, 128, step=16)}, {"n": Bound(16.0, 256.0)})
        assert steered["n"] == IntRange(16, 256, step=16)
        assert isinstance(steered["n"], IntRange)
        assert isinstance(steered["n"].high, int)

    def test_choices_and_unknown_names_are_left_alone(self) -> None:
        assert in_force(SPACE, {"optimizer": Bound(0, 1), "gone": Bound(0, 1)}) == SPACE


@pytest.mark.parametrize(
    ("range_", "low", "high"),
    [
        (IntRange(1, 64, log=True), 0.0, 64.0),
        (LR, -1.0, 1.0),
        (IntRange(1, 64), 1.5, 64.0),
        (FloatRange(0.0, 1.0, step=0.25), 0.1, 1.0),
        (Choices(("a", "b")), 0.0, 1.0),
    ],
    ids=["log integer from 0", "log below 0", "half an integer", "off the grid", "choices"],
)
def test_a_bound_that_does_not_fit_is_not_in_force(
    range_: FloatRange | IntRange | Choices, low: float, high: float
) -> None:
    """Anybody may write an attribute, and an edit of the code may take a bound its sense."""
    assert in_force({"x": range_}, {"x": Bound(low, high), "gone": Bound(0.0, 1.0)}) == {"x": range_}
