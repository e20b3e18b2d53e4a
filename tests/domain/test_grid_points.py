"""G14: what a grid goes through, known before anything runs."""

from __future__ import annotations

import pytest

from hpt_tui.domain.grid_points import configurations, grid_points
from hpt_tui.domain.space import Choices, FloatRange, IntRange, Range

LR = FloatRange(1e-4, 1e-1, log=True)


@pytest.mark.parametrize(
    ("range_", "points"),
    [
        (Choices(("a", "b")), ("a", "b")),
        (IntRange(1, 4), (1, 2, 3, 4)),
        (IntRange(8, 40, step=16), (8, 24, 40)),
        (FloatRange(0.0, 0.5, step=0.25), (0.0, 0.25, 0.5)),
        (FloatRange(0.1, 0.4, step=0.1), (0.1, 0.2, pytest.approx(0.3), 0.4)),
        (FloatRange(2.0, 2.0), (2.0,)),
    ],
)
def test_steps_choices_and_whole_numbers_are_points(range_: Range, points: tuple[object, ...]) -> None:
    assert grid_points({"p": range_}, {})["p"] == points


def test_listed_values_go_before_the_range() -> None:
    points = grid_points({"lr": LR, "n": IntRange(1, 3)}, {"lr": (1e-3, 1e-2)})
    assert points == {"lr": (1e-3, 1e-2), "n": (1, 2, 3)}
    assert configurations(points) == 6


@pytest.mark.parametrize(
    ("space", "problem"),
    [
        ({}, "declare a StudySpec"),
        ({"lr": LR}, r"cannot go through lr: .* StudySpec\(points=\{'lr': \(…\)\}\)"),
        ({"lr": LR, "wd": LR, "n": IntRange(1, 3)}, "cannot go through lr, wd"),
        ({"n": IntRange(1, 100_000)}, "100000 values of it, more than 1000"),
    ],
)
def test_what_has_no_end_is_refused_with_what_to_do(space: dict[str, Range], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        grid_points(space, {})
