"""G14, G16: what a StudySpec says of the method, judged when the file is imported."""

from __future__ import annotations

from typing import TypedDict

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution

from hpt_tui import StudySpec
from hpt_tui.domain.space import ParamValue

SPACE = {"lr": FloatDistribution(1e-4, 1e-1, log=True), "kind": CategoricalDistribution(("a", "b"))}


class Said(TypedDict, total=False):
    strategy: str
    pruner: str
    seed: int
    points: dict[str, tuple[ParamValue, ...]]


def spec(said: Said) -> StudySpec:
    return StudySpec("s", "loss", "minimize", SPACE, **said)


def test_every_word_may_be_left_out() -> None:
    found = spec({})
    assert (found.strategy, found.pruner, found.seed, found.points) == ("", "", None, {})


def test_points_may_be_listed_for_what_is_searched() -> None:
    assert spec({"strategy": "grid", "points": {"lr": (1e-3, 1e-2), "kind": ("a",)}}).points["lr"] == (1e-3, 1e-2)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"strategy": "best"}, "strategy must be one of auto, grid"),
        ({"pruner": "best"}, "pruner must be one of none, median"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"points": {"wd": (0.1,)}}, "points names parameters that the space lacks: wd"),
        ({"points": {"lr": ()}}, "the points of lr must be at least one"),
        ({"points": {"lr": (1e-3, 1e-3)}}, "no two alike"),
        ({"points": {"lr": (1.0,)}}, "the point lr=1.0 is outside its range"),
        ({"points": {"kind": ("c",)}}, "the point kind='c' is outside its range"),
    ],
)
def test_what_cannot_be_is_said(said: Said, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        spec(said)
