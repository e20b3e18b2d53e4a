"""G1-G4, G8: what to search first, with which share, and from which learning rates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from hpt_tui.domain.advice.advice import advise
from hpt_tui.domain.advice.priorities import Priorities
from hpt_tui.domain.advice.situation import Measured, Situation, Symptom
from hpt_tui.domain.lint.declared import Declared
from hpt_tui.domain.practice import Task
from hpt_tui.domain.space import FloatRange, Range
from hpt_tui.domain.tiers import Group
from tests.builders import SPACE


def found(
    space: Mapping[str, Range] = SPACE,
    *,
    hours: float | None = None,
    told: Iterable[Symptom] = (),
    importances: Mapping[str, float] | None = None,
) -> Priorities:
    measured = None if importances is None else Measured(30, 0, 60.0, None, None, None, importances)
    return advise(
        Situation(Declared(space), len(space), hours, told=frozenset(told), measured=measured)
    ).priorities


def test_g3_parameters_come_in_the_order_of_their_tiers_and_the_last_ones_wait() -> None:
    ordered = found({"act": SPACE["dropout"], **SPACE}, hours=40)
    assert [(p.name, p.tier, p.now) for p in ordered.parameters] == [
        ("lr", 1, True),
        ("batch_size", 2, True),
        ("optimizer", 2, True),
        ("weight_decay", 3, True),
        ("dropout", 4, False),
        ("act", None, False),
    ]


def test_g6_what_a_symptom_asks_for_goes_right_behind_the_learning_rate() -> None:
    ordered = [p.name for p in found(told=[Symptom.OVERFITS]).parameters]
    assert ordered == ["lr", "weight_decay", "dropout", "batch_size", "optimizer"]


def test_g2_shares_are_those_of_what_is_searched_now() -> None:
    shares = {s.group: round(s.share, 3) for s in found(hours=40).shares}
    assert shares == {
        Group.LEARNING_RATE: round(0.40 / 0.65, 3),
        Group.BATCH_AND_OPTIMIZER: round(0.15 / 0.65, 3),
        Group.REGULARISATION: round(0.10 / 0.65, 3),
    }


def test_without_names_those_that_matter_most_are_meant() -> None:
    names = [p.name for p in advise(Situation(parameters=5)).priorities.parameters]
    assert names == ["learning rate", "schedule", "batch size", "optimizer", "weight decay"]
    assert all(p.tier is not None for p in advise(Situation(parameters=15)).priorities.parameters)


def test_g4_measured_importances_go_before_the_tiers_and_disagreements_are_called_out() -> None:
    measured = {"lr": 0.5, "dropout": 0.3, "weight_decay": 0.1, "batch_size": 0.08, "optimizer": 0.02}
    ordered = found(importances=measured)
    assert [p.name for p in ordered.parameters] == list(measured)
    assert ordered.measured
    assert [(s.group, round(s.share, 2)) for s in ordered.shares] == [
        (Group.LEARNING_RATE, 0.5),
        (Group.REGULARISATION, 0.4),
        (Group.BATCH_AND_OPTIMIZER, 0.1),
    ]
    assert ordered.disagreements == (
        "dropout is only of tier 4; measured, it has 30 % of the effect",
        "optimizer is of tier 2; measured, it has 2 % of the effect",
    )


def test_importances_that_measure_nothing_leave_the_tiers_in_force() -> None:
    ordered = found(importances=dict.fromkeys(SPACE, 0.0))
    assert not ordered.measured
    assert sum(s.share for s in ordered.shares) == pytest.approx(1)


def test_g8_the_learning_rate_is_explored_a_decade_round_its_optimizers_usual_ones() -> None:
    rates = advise(Situation(Declared({}, fixed={"optimizer": "adamw"}), 5)).priorities.rates
    assert (rates.explore, set(rates.usual)) == (FloatRange(1e-5, 1e-2, log=True), {"AdamW"})
    vision = advise(Situation(Declared({}, task=Task.TRANSFORMERS), 5)).priorities.rates
    assert set(vision.usual) == {"transformers"}
    assert advise(Situation()).priorities.rates.explore == FloatRange(1e-5, 1e-1, log=True)
    assert found().rates.given == SPACE["lr"]
