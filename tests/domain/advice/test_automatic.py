"""G11 to G14 and G18, as `--strategy auto` follows them; and the guard over a grid."""

from __future__ import annotations

import pytest

from hpt_tui.domain.advice.automatic import automatic
from hpt_tui.domain.advice.guard import grid_note
from hpt_tui.domain.method import Method, Sampling
from hpt_tui.domain.space import Choices, FloatRange, IntRange, Range
from tests.builders import NOON, study, trial

LR = FloatRange(1e-4, 1e-1, log=True)


def space(continuous: int) -> dict[str, Range]:
    return {f"p{n}": LR for n in range(continuous)}


@pytest.mark.parametrize(
    ("declared", "trials", "strategy", "rule"),
    [
        ({}, None, Sampling.RANDOM, "G11"),
        (space(3), None, Sampling.RANDOM, "G11"),
        (space(5), None, Sampling.TPE, "G11"),
        (space(5), 50, Sampling.TPE, "G11"),
        (space(5), 49, Sampling.RANDOM, "G18"),
        ({"n": IntRange(1, 5)}, None, Sampling.GRID, "G11"),
        ({"n": IntRange(1, 5), "kind": Choices(("a", "b"))}, None, Sampling.GRID, "G11"),
        ({"n": IntRange(1, 5), "kind": Choices(("a", "b"))}, 9, Sampling.QMC, "G11"),
        (space(1), None, Sampling.QMC, "G11"),
        ({"n": IntRange(1, 400)}, None, Sampling.QMC, "G11"),
    ],
)
def test_auto(declared: dict[str, Range], trials: int | None, strategy: Sampling, rule: str) -> None:
    chosen, why = automatic(declared, {}, trials)
    assert chosen is strategy
    assert why.startswith(f"{rule}: ")


def test_auto_takes_listed_points_for_a_grid() -> None:
    assert automatic(space(1), {"p0": (1e-3, 1e-2, 1e-1)}, None)[0] is Sampling.GRID


GRID = Method(Sampling.GRID)
LARGE: dict[str, Range] = {"n": IntRange(1, 20), "m": IntRange(1, 10)}


def test_g14_a_large_grid_is_told_with_what_random_search_costs() -> None:
    note = grid_note(study([], declared=LARGE, method=GRID), NOON)
    assert note.startswith("the grid has 200 configurations: 100 random ones find as good at 50% of the cost")


def test_g14_in_hours_once_trials_were_timed() -> None:
    timed = [trial(n, seconds=1800.0) for n in range(5)]
    note = grid_note(study(timed, declared=LARGE, method=GRID), NOON)
    assert "200 configurations (100 h of GPU time): 100 random ones (50 h of GPU time)" in note


@pytest.mark.parametrize("method", [None, Method(), GRID])
def test_g14_anything_else_says_nothing(method: Method | None) -> None:
    small: dict[str, Range] = LARGE if method is not GRID else {"n": IntRange(1, 100)}
    assert grid_note(study([], declared=small, method=method), NOON) == ""
