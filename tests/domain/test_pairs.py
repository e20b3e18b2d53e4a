"""Two parameters at a time (G19)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hpt_tui.domain.pairs import Pair, between, cloud, pairs
from hpt_tui.domain.space import Choices, FloatRange, IntRange, ParamValue, Range
from hpt_tui.domain.trial import Direction, TrialState
from tests.builders import study, trial

LR = FloatRange(1e-4, 1e-1, log=True)
RANGES: dict[str, Range] = {
    "dropout": FloatRange(0.0, 0.5),
    "lr": LR,
    "batch_size": IntRange(16, 128, log=True),
    "optimizer": Choices(("sgd", "adamw")),
    "fixed": FloatRange(1.0, 1.0),
}
NONE = 10**6


def row(n: int, value: float | None = None, **params: ParamValue):  # type: ignore[no-untyped-def]  # noqa: ANN201
    whole: dict[str, ParamValue] = {"dropout": 0.1, "lr": 1e-2, "batch_size": 32, "optimizer": "sgd", **params}
    return trial(n, value=n if value is None else value, params=whole, ranges=RANGES)


def test_what_interacts_comes_first_and_every_pair_once() -> None:
    found = pairs(study([row(0)], declared=RANGES), NONE)
    assert (found[0].x, found[0].y) == ("lr", "batch_size")
    assert "larger batch" in found[0].why
    assert len(found) == math.comb(4, 2), "what does not vary is in no pair"
    assert not any(pair.why for pair in found[1:])
    assert len({frozenset((p.x, p.y)) for p in found}) == len(found)


def test_then_by_what_decides_the_value() -> None:
    rows = [row(n, dropout=n / 100, lr=1e-4 * 1.07 ** (n * 7 % 100)) for n in range(50)]
    found = pairs(study(rows, declared=RANGES, direction=Direction.MAXIMIZE), 20)
    assert "dropout" in (found[1].x, found[1].y)


def test_fewer_than_two_parameters_make_no_pair() -> None:
    assert pairs(study([], declared={"lr": LR}), NONE) == ()


@pytest.mark.parametrize("direction", [*Direction])
def test_the_trials_are_told_apart_by_how_good_they_are(direction: Direction) -> None:
    sign = 1 if direction is Direction.MAXIMIZE else -1
    rows = [row(n, sign * n, lr=10 ** (-4 + 3 * n / 19)) for n in range(20)]
    pruned = trial(20, TrialState.PRUNED, params={"lr": 1e-3, "batch_size": 16}, ranges=RANGES)
    shown = cloud(study([*rows, pruned], declared=RANGES, direction=direction), Pair("lr", "batch_size"))
    assert [len(part.x) for part in (shown.best, shown.upper, shown.lower)] == [2, 8, 10]
    assert shown.count == 20, "C8: pruned ones are left out"
    assert shown.best.x == pytest.approx([-1 - 3 / 19, -1])
    assert shown.lower.x.max() < shown.upper.x.min()
    assert shown.best.y == pytest.approx(math.log10(32))


def test_choices_have_their_places_and_hide_nothing() -> None:
    rows = [row(n, optimizer=("sgd", "adamw")[n % 2]) for n in range(20)]
    shown = cloud(study(rows, declared=RANGES), Pair("lr", "optimizer"))
    y = np.concatenate([shown.best.y, shown.upper.y, shown.lower.y])
    assert set(np.round(y)) == {0.0, 1.0}
    assert len(set(y)) == 20
    assert np.abs(y - np.round(y)).max() <= 0.3


@pytest.mark.parametrize("other", ["unknown", "fixed"])
def test_trials_without_one_of_them_are_left_out(other: str) -> None:
    rows = [trial(n, value=n, params={"lr": 1e-2}, ranges={"lr": LR}) for n in range(3)]
    assert cloud(study(rows, declared=RANGES), Pair("lr", other)).count == 0


def test_few_whole_numbers_hide_nothing_either() -> None:
    ranges: dict[str, Range] = {"lr": LR, "depth": IntRange(2, 8, step=2)}
    rows = [trial(n, value=n, params={"lr": 1e-2, "depth": 2 + 2 * (n % 4)}, ranges=ranges) for n in range(20)]
    shown = cloud(study(rows, declared=ranges), Pair("lr", "depth"))
    y = np.concatenate([shown.best.y, shown.upper.y, shown.lower.y])
    assert set(2 * np.round(y / 2)) == {2.0, 4.0, 6.0, 8.0}
    assert len(set(y)) == 20
    assert np.abs(y - 2 * np.round(y / 2)).max() <= 0.6 + 1e-9


@pytest.mark.parametrize(
    "range_", [LR, FloatRange(0, 1), IntRange(16, 512), IntRange(1, 8, log=True)], ids=lambda r: str(r)[:20]
)
def test_many_values_stay_where_they_are(range_: Range) -> None:
    assert between(range_) == 0
