"""G26: the stop rules, each with how close it is; C5, C8."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import pytest

from hpt_tui.domain.snapshot import Control, StudySnapshot
from hpt_tui.domain.step_budget import StepBudget
from hpt_tui.domain.stopping import RULE_IDS, Action, Budget, Standing, StopRule, stop_rules
from hpt_tui.domain.trial import Direction, TrialState
from tests.builders import NOON, study, trial


def course(values: list[float | None], **changes: object) -> StudySnapshot:
    """One trial a value, each of its own configuration; None is a pruned one."""
    trials = [
        trial(n, TrialState.PRUNED if v is None else TrialState.COMPLETE, v, params={"lr": 1e-4 * (n + 1)})
        for n, v in enumerate(values)
    ]
    return study(trials, **changes)  # type: ignore[arg-type]


def one(snapshot: StudySnapshot, id_: str, **said: float) -> StopRule:
    budget = Budget(**said)  # type: ignore[arg-type]
    return next(rule for rule in stop_rules(snapshot, NOON, budget) if rule.id == id_)


def test_they_are_told_in_the_order_of_the_requirement() -> None:
    rules = stop_rules(course([0.5]), NOON, actions=frozenset({"same-best"}))
    assert tuple(rule.id for rule in rules) == RULE_IDS
    assert [rule.rule for rule in rules] == ["G26.1", "G26.2", "G26.3", *["G26.4"] * 4]
    assert [rule.action for rule in rules][:3] == [Action.WARN, Action.STOP, Action.WARN]


@pytest.mark.parametrize("direction", Direction)
def test_g26_3_counts_trials_without_improvement_pruned_ones_among_them(direction: Direction) -> None:
    worse = 0.1 if direction is Direction.MAXIMIZE else 0.9
    rule = one(course([0.5, *[worse] * 10, *[None] * 5], direction=direction), "no-improvement")
    assert rule.closeness == 0.5
    assert rule.measured == "15 trials without improvement, limit 30"
    assert one(course([0.5, *[worse] * 30], direction=direction), "no-improvement").standing is Standing.FIRED
    assert one(course([0.5, *[worse] * 29], direction=direction), "no-improvement").standing is Standing.NEAR


def test_g26_2_another_seed_of_the_same_configuration_is_no_new_best() -> None:
    found = [
        trial(0, value=0.8, params={"seed": 0}),
        *(trial(n, value=0.1, params={"lr": n / 1e3}) for n in range(1, 15)),
    ]
    again = [
        trial(15, value=0.81, params={"seed": 1}),
        *(trial(n, value=0.1, params={"lr": n / 1e3}) for n in range(16, 21)),
    ]
    snapshot = study([*found, *again])
    assert one(snapshot, "same-best").closeness == 1
    assert "since the configuration of #0 became the best" in one(snapshot, "same-best").measured
    assert one(snapshot, "no-improvement").measured == "5 trials without improvement, limit 30"


def test_failed_trials_show_nothing() -> None:
    trials = [trial(0), *(trial(n, TrialState.FAILED, None) for n in range(1, 60))]
    assert one(study(trials), "no-improvement").closeness == 0


def test_g26_1_an_accuracy_is_measured_in_points() -> None:
    rule = one(course([0.5 + n / 1000 for n in range(100)]), "improvement")
    assert rule.measured == "0.1 percentage points a trial over the last 50, limit 0.1"
    assert rule.closeness == pytest.approx(1)
    steep = one(course([0.1 + n / 200 for n in range(100)]), "improvement")
    assert steep.closeness == pytest.approx(0.2)


def test_one_trial_is_a_trial() -> None:
    snapshot = study([trial(0, value=0.9), trial(1, value=0.1)])
    assert one(snapshot, "no-improvement").measured == "1 trial without improvement, limit 30"
    assert one(snapshot, "same-best").measured.startswith("1 trial since the configuration of #0")


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_g26_1_anything_else_is_measured_by_its_spread(scale: float) -> None:
    """Whatever its unit, and of either sign."""
    falling: list[float | None] = [scale * (2 - n / 100) for n in range(100)]
    rule = one(course(falling, direction=Direction.MINIMIZE, metric="val_loss"), "improvement")
    assert rule.measured == "2 % of the spread of the middle half a trial over the last 50, limit 0.1"
    assert rule.standing is Standing.OPEN
    flat: list[float | None] = [*falling[:50], *[3 * scale] * 50]
    rule = one(course(flat, direction=Direction.MINIMIZE, metric="val_loss"), "improvement")
    assert rule.standing is Standing.FIRED


def test_g26_1_needs_a_window_and_something_before_it() -> None:
    rule = one(course([0.5] * 69), "improvement")
    assert (rule.standing, rule.measured) == (Standing.UNSET, "69 of 70 trials that it takes to tell")


def test_g26_4_budgets_are_told_only_where_there_are_any() -> None:
    snapshot = course([0.5] * 40, budget=None)
    assert {one(snapshot, id_).standing for id_ in ("trials", "time", "gpu-hours")} == {Standing.UNSET}
    assert one(snapshot, "trials", trials=50).measured == "40 of 50 trials"
    assert one(snapshot, "trials", trials=50).standing is Standing.NEAR
    assert one(course([0.5] * 100), "trials").standing is Standing.FIRED


def test_g26_4_time_is_by_the_clock_and_gpu_hours_are_summed() -> None:
    """40 trials of 14 s, one begun every 15 s."""
    snapshot = course([0.5] * 40, budget=None)
    assert one(snapshot, "time", seconds=600).measured == "9:59 of 10:00"
    assert one(snapshot, "gpu-hours", gpu_hours=0.2).measured == "0.156 of 0.2 GPU-hours"


@pytest.mark.parametrize(
    "snapshot",
    [
        pytest.param(study(budget=None), id="empty"),
        pytest.param(course([float("nan"), float("inf"), float("-inf")], budget=None), id="nothing finite"),
        pytest.param(
            dataclasses.replace(course([0.5] * 90, budget=None), directions=(Direction.MAXIMIZE,) * 2),
            id="several objectives",
        ),
    ],
)
def test_what_cannot_be_told_does_not_fire(snapshot: StudySnapshot) -> None:
    assert all(rule.standing in (Standing.UNSET, Standing.OPEN) for rule in stop_rules(snapshot, NOON))


def test_g26_4_the_budgets_of_the_study_itself_are_gauged() -> None:
    """`run --max-steps` and `--timeout`."""
    steps = replace(study([trial(0, steps=30), trial(1, steps=15)]), step_budget=StepBudget(50))
    assert (one(steps, "steps").closeness, one(steps, "steps").measured) == (0.9, "45 of 50 steps")
    assert one(steps, "steps", steps=45).standing is Standing.FIRED
    late = study(control=Control(deadline=NOON + 1800, stop_given=NOON - 5400))
    assert (one(late, "time").closeness, one(late, "time").measured) == (0.75, "1 h 30 of 2 h 00")
    assert one(study(), "time").standing is one(study(), "steps").standing is Standing.UNSET
