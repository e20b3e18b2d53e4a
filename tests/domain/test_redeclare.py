"""Issue 4, item 2: what a parameter may be declared as in a successor, and what of its values can be kept."""

from __future__ import annotations

import pytest

from hpt_tui.domain.redeclare import Redeclaration, drawn_for, fits, option_of, redeclared, typed
from hpt_tui.domain.space import Choices, FloatRange, IntRange, ParamValue, Range
from hpt_tui.errors import OrderRefusedError

LR = FloatRange(1e-4, 1e-1)
WIDTH = IntRange(8, 64, step=8)
KIND = Choices(("sgd", "adamw"))


@pytest.mark.parametrize(
    ("current", "change", "expected"),
    [
        (KIND, Redeclaration("p", ("sgd", "adamw", "lion")), Choices(("sgd", "adamw", "lion"))),
        (KIND, Redeclaration("p", ("adamw", "sgd")), Choices(("adamw", "sgd"))),
        (KIND, Redeclaration("p", ("adamw",)), Choices(("adamw",))),
        (Choices((16, 32)), Redeclaration("p", ("32", "64")), Choices((32, 64))),
        (Choices((True, False)), Redeclaration("p", ("False",)), Choices((False,))),
        (Choices((None, 0.1)), Redeclaration("p", ("None", "0.1", "0.2")), Choices((None, 0.1, 0.2))),
        (LR, Redeclaration("p", log=True), FloatRange(1e-4, 1e-1, log=True)),
        (LR, Redeclaration("p", log=True, high=1.0), FloatRange(1e-4, 1.0, log=True)),
        (FloatRange(0, 1, step=0.25), Redeclaration("p", log=True, low=0.25), FloatRange(0.25, 1.0, log=True)),
        (FloatRange(1e-4, 1, log=True), Redeclaration("p", log=False), FloatRange(1e-4, 1.0)),
        (WIDTH, Redeclaration("p", log=True), IntRange(8, 64, log=True)),
        (WIDTH, Redeclaration("p", floats=True), FloatRange(8.0, 64.0)),
        (WIDTH, Redeclaration("p", floats=True, log=True, low=4), FloatRange(4.0, 64.0, log=True)),
    ],
)
def test_a_parameter_is_declared_anew(current: Range, change: Redeclaration, expected: Range) -> None:
    new = redeclared(current, change)
    assert new == expected
    if isinstance(new, Choices) and isinstance(expected, Choices):
        assert [type(o) for o in new.options] == [type(o) for o in expected.options]


@pytest.mark.parametrize(
    ("current", "change", "problem"),
    [
        (KIND, Redeclaration("p", ("sgd", "adamw")), "exactly these choices"),
        (KIND, Redeclaration("p"), "at least one choice"),
        (KIND, Redeclaration("p", ("sgd", "sgd")), "given twice"),
        (KIND, Redeclaration("p", log=True), "categorical"),
        (Choices((16, 32)), Redeclaration("p", ("16", "many")), "no value like 16"),
        (LR, Redeclaration("p", ("a",)), "numeric"),
        (LR, Redeclaration("p", high=1.0), "no fork"),
        (LR, Redeclaration("p", log=False), "declared so already"),
        (LR, Redeclaration("p", floats=True), "floats already"),
        (LR, Redeclaration("p", log=True, low=1.0, high=0.5), "below the upper"),
        (LR, Redeclaration("p", log=True, high=float("nan")), "below the upper"),
        (FloatRange(0, 1), Redeclaration("p", log=True), "a log scale cannot"),
        (IntRange(0, 8), Redeclaration("p", log=True), "starts at 1"),
        (WIDTH, Redeclaration("p", log=True, high=64.5), "whole numbers"),
    ],
)
def test_what_makes_no_sense_is_refused(current: Range, change: Redeclaration, problem: str) -> None:
    with pytest.raises(OrderRefusedError, match=problem):
        redeclared(current, change)


@pytest.mark.parametrize(
    ("range_", "value", "kept"),
    [
        (KIND, "sgd", True),
        (KIND, "lion", False),
        (Choices((1, 2)), True, False),
        (Choices((float("nan"),)), float("nan"), True),
        (LR, 1e-4, True),
        (LR, 0.2, False),
        (LR, float("nan"), False),
        (LR, "1e-3", False),
        (FloatRange(0, 1, step=0.25), 0.75, True),
        (FloatRange(0, 1, step=0.25), 0.8, False),
        (WIDTH, 16, True),
        (WIDTH, 17, False),
        (IntRange(1, 8), 2.5, False),
        (FloatRange(8, 64), 16, True),
    ],
)
def test_a_value_fits_or_its_trial_drops_out(range_: Range, value: ParamValue, kept: bool) -> None:
    assert fits(range_, value) is kept


@pytest.mark.parametrize(
    ("code", "declared", "drawn"),
    [
        (KIND, Choices(("a",)), Choices(("a",))),
        (LR, FloatRange(1e-4, 1, log=True), FloatRange(1e-4, 1, log=True)),
        (FloatRange(1, 8), IntRange(1, 8), IntRange(1, 8)),
        (IntRange(1, 8), FloatRange(0.5, 8.5), FloatRange(1.0, 8.0, step=1.0)),
        (IntRange(1, 8), FloatRange(1, 9, step=2.0), FloatRange(1, 9, step=2.0)),
        (IntRange(1, 8), FloatRange(1, 8, step=0.5), None),
        (IntRange(1, 8), FloatRange(1, 8, log=True), None),
        (KIND, LR, None),
        (LR, KIND, None),
    ],
)
def test_an_unchanged_code_gets_only_what_it_can_take(code: Range, declared: Range, drawn: Range | None) -> None:
    """Code that asks for whole numbers gets whole numbers, also where the study declares floats."""
    assert drawn_for(code, declared) == drawn


@pytest.mark.parametrize(
    ("current", "text", "change"),
    [
        (KIND, "sgd, lion", Redeclaration("p", ("sgd", "lion"))),
        (LR, "0.0001 .. 0.1 log", Redeclaration("p", log=True)),
        (LR, "1e-5..1 log", Redeclaration("p", log=True, low=1e-5, high=1.0)),
        (WIDTH, "8 .. 64 linear", Redeclaration("p", log=False, floats=True)),
        (WIDTH, "8 .. 64 whole log", Redeclaration("p", log=True)),
    ],
)
def test_what_is_typed_over_the_present_declaration(current: Range, text: str, change: Redeclaration) -> None:
    assert typed("p", current, text) == change


@pytest.mark.parametrize("text", ["", "many", "1 .. ", "1 .. 2 logarithmic", "a .. b log"])
def test_what_cannot_be_read_says_how_it_is_written(text: str) -> None:
    with pytest.raises(OrderRefusedError, match=r"written LOW|neither log"):
        typed("p", LR, text)


def test_a_typed_choice_is_the_known_one_or_of_their_kind() -> None:
    assert option_of("0.1", (0.1, 0.2)) == 0.1
    assert option_of("0.3", ("0.1",)) == "0.3"
    assert option_of("true", (True,)) is True
    assert option_of("[1]", (1,)) is None
