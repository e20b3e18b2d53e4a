"""Text on a line: fitting, packing, wrapping, and figures for the screen."""

from __future__ import annotations

import math

import pytest
from rich.cells import cell_len
from rich.style import Style

from hpt_tui.domain import figures
from hpt_tui.domain.figures import UNKNOWN
from hpt_tui.domain.orders.order import Order
from hpt_tui.domain.orders.search import PauseStudy, StopStudy
from hpt_tui.domain.orders.trials import PruneTrial
from hpt_tui.domain.orders.workers import AddWorker
from hpt_tui.domain.space import Choices, FloatRange, IntRange
from hpt_tui.tui.cells import clock
from hpt_tui.tui.text import Piece, clip, fit, line, moment, pack, spread, time_of_day, wrap
from hpt_tui.tui.words import plural, range_text, remedy
from tests.builders import NOON, flag
from tests.tui.scenes import EVIL


@pytest.mark.parametrize("width", [0, 1, 2, 5, 20, 300])
@pytest.mark.parametrize(
    "text",
    ["", "abc", "漢字漢字", "🎉🎉🎉", EVIL, "e\u0301" * 9],
    ids=["empty", "ascii", "cjk", "emoji", "evil", "combining"],
)
def test_fit_is_exact(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width
    assert cell_len(fit(text, width, right=True)) == width
    assert cell_len(clip(text, width)) <= width


@pytest.mark.parametrize("width", [1, 2, 7, 40])
def test_wrap_stays_inside_and_loses_nothing(width: int) -> None:
    text = "a few words and aVeryLongOneThatHasNoSpaceAtAll 漢字漢字漢字 end"
    lines = wrap(text, width)
    assert all(cell_len(part) <= max(width, 2) for part in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_wrap_says_where_it_was_cut() -> None:
    assert wrap("one two three four", 5, 2) == ["one", "two …"]
    assert all(cell_len(part) <= 20 for part in wrap(EVIL, 20, 3))


def test_nothing_in_a_line_is_markup_or_control() -> None:
    text = line(EVIL, (EVIL, Style(bold=True)))
    assert text.plain.count("[bold red]x[/no]") == 2
    assert "\x1b" not in text.plain
    assert "\u202e" not in text.plain


def test_pack_leaves_out_the_least_important() -> None:
    pieces = [Piece(line("best"), 0), Piece(line("storage"), 5), Piece(line("rate"), 2)]
    assert pack(pieces, 40).plain == "best   storage   rate"
    assert pack(pieces, 12).plain == "best   rate"
    assert pack(pieces, 3).plain == "be…"


def test_spread_gives_the_right_its_place() -> None:
    assert spread(line("left"), line("right"), 16).plain == "left       right"
    assert cell_len(spread(line("left" * 20), line("right"), 30).plain) == 30


def test_moments() -> None:
    assert time_of_day(None) == UNKNOWN
    assert time_of_day(NOON) == "14:13:20"
    assert moment(NOON - 60, NOON) == "14:12:20"
    assert moment(NOON - 86400, NOON) == "2026-09-20 14:13:20"


@pytest.mark.parametrize("at", [1e300, -1e300, math.nan, math.inf])
def test_a_moment_that_no_calendar_holds_is_unknown(at: float) -> None:
    assert (time_of_day(at), moment(at, NOON), clock(at)) == (UNKNOWN, UNKNOWN, UNKNOWN)


@pytest.mark.parametrize(
    ("seconds", "about", "elapsed"),
    [
        (None, UNKNOWN, UNKNOWN),
        (float("nan"), UNKNOWN, UNKNOWN),
        (0.4, "1 s", "0:00:00"),
        (59, "59 s", "0:00:59"),
        (61, "2 min", "0:01:01"),
        (3599, "60 min", "0:59:59"),
        (7500, "2 h 05", "2:05:00"),
        (400_000, "4 d 15 h", "4 d 15 h"),
    ],
)
def test_times(seconds: float | None, about: str, elapsed: str) -> None:
    assert (figures.about(seconds), figures.elapsed(seconds)) == (about, elapsed)


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, UNKNOWN), (0.512, "0.51 s"), (12.54, "12.5 s"), (130.2, "130 s")]
)
def test_pace(seconds: float | None, text: str) -> None:
    assert figures.pace(seconds) == text


@pytest.mark.parametrize(
    ("difference", "text"), [(0.0208, "0.0208"), (-0.5, "0.5"), (0.0, "0"), (1e-7, "1e-07"), (float("inf"), "inf")]
)
def test_gap(difference: float, text: str) -> None:
    assert figures.gap(difference) == text


def test_words() -> None:
    assert (plural(1, "trial"), plural(0, "trial"), plural(12_000, "trial")) == (
        "1 trial",
        "0 trials",
        "12\u2009000 trials",
    )
    assert range_text(FloatRange(1e-4, 1e-1, log=True)) == "1.0e-4 … 1.0e-1, log"
    assert range_text(IntRange(2, 8, step=2)) == "2 … 8, step 2"
    assert range_text(Choices(("a", None))) == "one of a, None"
    assert range_text(None) == UNKNOWN
    orders: dict[Order, str] = {
        PruneTrial(3): "enter prune #3",
        StopStudy(): "s stop",
        PauseStudy(): "p pause",
        AddWorker(): "+ worker",
    }
    assert {order: remedy(flag(order=order)) for order in orders} == orders
    assert remedy(flag()) == "enter why"
