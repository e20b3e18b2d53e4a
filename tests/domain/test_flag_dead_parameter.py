"""G24: a parameter that is suggested and never varied, or has no effect on the value."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from hpt_tui.domain.flags.dead_parameter import dead_parameter
from hpt_tui.domain.flags.flag import Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import Control, StudySnapshot
from hpt_tui.domain.space import Choices, FloatRange, IntRange, ParamValue, Range
from hpt_tui.domain.trial import Direction, TrialRow, TrialState
from tests.builders import study

LIMITS = Thresholds()
SPACE: Mapping[str, Range] = {
    "lr": FloatRange(1e-5, 1e-1, log=True),
    "width": IntRange(16, 256),
    "optimizer": Choices(("sgd", "adamw", "lion")),
    "idle": FloatRange(0.0, 1.0),
}


def value(params: Mapping[str, ParamValue], dice: random.Random) -> float:
    """An accuracy with its optimum at lr 1e-3, better for wide nets and for adamw; ``idle`` plays no part."""
    lr, width = float(str(params["lr"])), float(str(params["width"]))
    best = 0.9 - 0.06 * math.log10(lr / 1e-3) ** 2 + 0.02 * math.log2(width / 64) + dice.gauss(0, 0.01)
    return best + (0.03 if params["optimizer"] == "adamw" else 0.0)


def searched(
    count: int,
    objective: Callable[[Mapping[str, ParamValue], random.Random], float] = value,
    *,
    seed: int = 0,
    direction: Direction = Direction.MAXIMIZE,
    space: Mapping[str, Range] = SPACE,
    fixed: Mapping[str, ParamValue] | None = None,
    state: TrialState = TrialState.COMPLETE,
) -> StudySnapshot:
    dice, rows = random.Random(seed), []
    for n in range(count):
        params: dict[str, ParamValue] = {
            "lr": 10 ** dice.uniform(-5, -1),
            "width": dice.randint(16, 256),
            "optimizer": dice.choice(("sgd", "adamw", "lion")),
            "idle": dice.random(),
            **(fixed or {}),
        }
        sign = 1 if direction is Direction.MAXIMIZE else -1
        rows.append(TrialRow(n, state, (sign * objective(params, dice),), params, space))
    return study(rows, direction=direction, declared=space)


@pytest.mark.parametrize("held", [{"lr": 1e-3}, {"width": 64}, {"optimizer": "sgd"}], ids=str)
def test_one_that_never_varies_is_named(held: Mapping[str, ParamValue]) -> None:
    (flag,) = dead_parameter(searched(20, fixed=held), LIMITS)
    assert flag.severity is Severity.WARNING
    assert flag.parameters == (*held,)
    assert "in all of the last 20 trials that have it" in flag.summary
    assert dict(flag.evidence)["different values"] == 1


def test_one_that_is_fixed_is_meant_not_to_vary() -> None:
    """By hand (F), or by the plan while an earlier tier is tuned (G3)."""
    held = searched(20, fixed={"optimizer": "sgd"})
    assert not [*dead_parameter(replace(held, control=Control(fixed={"optimizer": "sgd"})), LIMITS)]


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("seed", range(5))
def test_one_without_effect_is_named_with_the_most_that_it_can_have(direction: Direction, seed: int) -> None:
    found = [*dead_parameter(searched(200, seed=seed, direction=direction), LIMITS)]
    assert [flag.parameters for flag in found] in ([("idle",)], [])
    for flag in found:
        assert flag.severity is Severity.INFO
        assert "has no effect of its own on val_acc: at most" in flag.summary
        assert dict(flag.evidence)["complete trials"] == 200


def test_it_is_found_most_of_the_time() -> None:
    told = [
        any(f.parameters == ("idle",) for f in dead_parameter(searched(150, seed=s), LIMITS)) for s in range(40)
    ]
    assert sum(told) >= 32


def test_one_that_has_an_effect_is_hardly_ever_accused() -> None:
    wrong = [
        f.parameters
        for s in range(40)
        for f in dead_parameter(searched(150, seed=s), LIMITS)
        if f.parameters != ("idle",)
    ]
    assert len(wrong) <= 1


def test_a_choice_without_effect_is_named_as_well() -> None:
    def without(params: Mapping[str, ParamValue], dice: random.Random) -> float:
        return value({**params, "optimizer": "sgd"}, dice) + 0.05 * float(str(params["idle"]))

    found = [f.parameters for s in range(10) for f in dead_parameter(searched(300, without, seed=s), LIMITS)]
    assert found.count(("optimizer",)) >= 7
    assert set(found) == {("optimizer",)}


def test_one_that_only_moves_the_best_learning_rate_matters() -> None:
    """G19: sgd wants ten times the rate of adamw, and is as good with it."""

    def shifted(params: Mapping[str, ParamValue], dice: random.Random) -> float:
        best = 1e-2 if params["optimizer"] == "sgd" else 1e-3
        return 0.9 - 0.06 * math.log10(float(str(params["lr"])) / best) ** 2 + dice.gauss(0, 0.005)

    found = [f.parameters for s in range(10) for f in dead_parameter(searched(200, shifted, seed=s), LIMITS)]
    assert ("optimizer",) not in found
    assert found.count(("idle",)) >= 7


def noise(params: Mapping[str, ParamValue], dice: random.Random) -> float:
    return dice.random()


@pytest.mark.parametrize(
    "snapshot",
    [
        pytest.param(study(), id="empty"),
        pytest.param(searched(9, fixed={"lr": 1e-3}), id="too few to say that it never varies"),
        pytest.param(searched(49), id="too few to say that it has no effect"),
        pytest.param(searched(200, noise), id="nothing explains the value"),
        pytest.param(searched(40, state=TrialState.WAITING, fixed={"lr": 1e-3}), id="waiting"),
        pytest.param(searched(40, space={**SPACE, "lr": FloatRange(1e-3, 1e-3)}, fixed={"lr": 1e-3}), id="pinned"),
        pytest.param(
            searched(40, fixed={"lr": 1e-3, "width": 9, "optimizer": "sgd", "idle": 0.0}), id="all of them"
        ),
        pytest.param(searched(40, space={"seed": IntRange(0, 9), **SPACE}, fixed={"seed": 3}), id="a seed"),
    ],
)
def test_healthy_studies_are_silent(snapshot: StudySnapshot) -> None:
    assert not [*dead_parameter(snapshot, LIMITS)]
