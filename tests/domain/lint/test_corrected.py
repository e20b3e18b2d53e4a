"""The space that lint would have: linted again, nothing is left that lint could correct."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hpt_tui.domain.lint.finding import Level
from hpt_tui.domain.lint.rules import corrected_space, lint
from hpt_tui.domain.space import Choices, FloatRange, IntRange, Range
from hpt_tui.domain.strategy import Strategy
from tests.domain.lint.declarations import HEALTHY, space

NAMES = st.sampled_from(
    [
        "lr",
        "weight_decay",
        "l2",
        "lr_gamma",
        "dropout",
        "batch_size",
        "optimizer",
        "momentum",
        "warmup_ratio",
        "width",
        "n_layers",
        "seed",
        "activation",
        "eps",
        "x",
    ]
)
POSITIVE = st.floats(1e-9, 1e3)


@st.composite
def float_ranges(draw: st.DrawFn) -> FloatRange:
    low, high = sorted((draw(st.one_of(st.just(0.0), POSITIVE)), draw(POSITIVE)))
    return FloatRange(low, high, log=draw(st.booleans()))


@st.composite
def int_ranges(draw: st.DrawFn) -> IntRange:
    low, high = sorted((draw(st.integers(0, 50)), draw(st.integers(1, 5000))))
    return IntRange(low, high, log=low > 0 and draw(st.booleans()))


OPTIONS = st.one_of(POSITIVE, st.sampled_from(["adam", "AdamW", "sgd", None, True]))
RANGES: st.SearchStrategy[Range] = st.one_of(
    float_ranges(),
    int_ranges(),
    st.lists(
        st.one_of(POSITIVE, st.sampled_from(["adam", "AdamW", "sgd", None, True])), min_size=1, max_size=6
    ).map(lambda options: Choices(tuple(options))),
)


def test_a_healthy_space_stays_as_it_is() -> None:
    assert corrected_space(HEALTHY) == HEALTHY.space


def test_corrections_that_meet_in_one_parameter_are_all_made() -> None:
    declared = space(lr=FloatRange(5e-3, 1e-2), batch_size=IntRange(8, 512), dropout=FloatRange(0.0, 0.9))
    assert corrected_space(declared) == {
        "lr": FloatRange(1e-5, 1e-1, log=True),
        "batch_size": IntRange(8, 512, log=True),
        "dropout": FloatRange(0.0, 0.6),
    }


def test_a_parameter_that_is_missing_is_added_last() -> None:
    assert list(corrected_space(space(batch_size=Choices((32, 64))))) == ["batch_size", "lr"]


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(NAMES, RANGES, max_size=6))
def test_what_lint_corrects_is_healthy_afterwards(ranges: dict[str, Range]) -> None:
    corrected = corrected_space(space(ranges))
    assert set(corrected) >= set(ranges)
    left = [f for f in lint(space(corrected)) if f.corrected and f.level is not Level.INFO]
    assert left == []


EXTREME = st.sampled_from([0.0, 5e-324, 1e-300, 0.5, 1.0, 1e299])


@st.composite
def extreme_ranges(draw: st.DrawFn) -> Range:
    low, high = sorted((draw(EXTREME), draw(EXTREME)))
    if draw(st.booleans()):
        return IntRange(int(low), int(high), log=draw(st.booleans()), step=draw(st.sampled_from([1, 7])))
    return FloatRange(
        -low if draw(st.booleans()) else low, high, draw(st.booleans()), draw(st.sampled_from([None, 1e-9]))
    )


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(NAMES, st.one_of(extreme_ranges(), st.just(Choices(()))), max_size=4))
def test_no_range_is_too_odd_to_be_linted(ranges: dict[str, Range]) -> None:
    assert set(corrected_space(replace(space(ranges), strategy=Strategy.GRID))) >= set(ranges)
