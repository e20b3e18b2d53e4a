"""G5, G6, G7: whether to tune, and how large a model the data bears."""

from __future__ import annotations

import pytest

from hpt_tui.domain.advice.need import Capacity, capacity, need
from hpt_tui.domain.advice.situation import Situation, Symptom
from hpt_tui.domain.advice.thresholds import DEFAULT_ADVICE
from hpt_tui.domain.lint.declared import Declared
from hpt_tui.domain.practice import Task
from hpt_tui.domain.roles import Role


def tunes(situation: Situation) -> bool:
    return need(situation, DEFAULT_ADVICE).tune


def told(*symptoms: Symptom) -> Situation:
    return Situation(told=frozenset(symptoms))


@pytest.mark.parametrize(
    ("situation", "tune"),
    [
        pytest.param(told(Symptom.CONVERGES), False, id="converges well"),
        pytest.param(Situation(hours=0.9), False, id="under an hour of budget"),
        pytest.param(told(Symptom.UNDERFITS), False, id="underfits"),
        pytest.param(Situation(examples=999), False, id="under 1,000 examples"),
        pytest.param(told(Symptom.FINE_TUNING), False, id="fine-tuning"),
        pytest.param(told(Symptom.PLATEAU), True, id="plateau"),
        pytest.param(told(Symptom.OVERFITS), True, id="large train-val gap"),
        pytest.param(told(Symptom.SLOW), True, id="slow convergence"),
        pytest.param(told(Symptom.UNSTABLE), True, id="unstable"),
        pytest.param(told(Symptom.SOTA), True, id="SOTA target"),
        pytest.param(Situation(hours=1.0), True, id="an hour of budget"),
        pytest.param(Situation(examples=1000), True, id="1,000 examples"),
        pytest.param(Situation(), True, id="nothing told"),
    ],
)
def test_g5_each_row_says_tune_or_leave(situation: Situation, tune: bool) -> None:
    found = need(situation, DEFAULT_ADVICE)
    assert found.tune is tune
    assert bool(found.instead) is not tune


@pytest.mark.parametrize("gain", [Symptom.PLATEAU, Symptom.SOTA, Symptom.OVERFITS, Symptom.SLOW])
@pytest.mark.parametrize("nothing_to_gain", [Symptom.CONVERGES, Symptom.FINE_TUNING])
def test_g5_something_to_gain_outweighs_that_defaults_do(gain: Symptom, nothing_to_gain: Symptom) -> None:
    assert tunes(told(gain, nothing_to_gain))


@pytest.mark.parametrize(
    "situation",
    [
        told(Symptom.UNDERFITS, Symptom.SOTA),
        Situation(examples=500, told=frozenset({Symptom.OVERFITS})),
        Situation(hours=0.5, told=frozenset({Symptom.SLOW})),
    ],
)
def test_g5_what_no_setting_can_cure_outweighs_all(situation: Situation) -> None:
    found = need(situation, DEFAULT_ADVICE)
    assert not found.tune
    assert [r.tune for r in found.reasons] == [False, True]


def test_g5_a_task_of_fine_tuning_need_not_be_told_again() -> None:
    assert not tunes(Situation(Declared({}, task=Task.FINE_TUNING)))


def test_g15_a_budget_that_pays_for_no_trial_is_none() -> None:
    found = need(Situation(hours=2.0, trial=3 * 3600), DEFAULT_ADVICE)
    assert not found.tune
    assert found.reasons[0].text == "a budget of 2 h does not pay for one trial of 3 h 00"


@pytest.mark.parametrize(
    ("symptom", "focus"),
    [
        (Symptom.OVERFITS, (Role.WEIGHT_DECAY, Role.DROPOUT, Role.SCHEDULE, Role.DECAY_FACTOR)),
        (Symptom.SLOW, (Role.LEARNING_RATE,)),
        (Symptom.UNSTABLE, (Role.LEARNING_RATE, Role.BATCH_SIZE, Role.CLIPPING)),
    ],
)
def test_g6_a_symptom_says_what_to_tune(symptom: Symptom, focus: tuple[Role, ...]) -> None:
    assert need(told(symptom), DEFAULT_ADVICE).focus == focus


@pytest.mark.parametrize(
    ("examples", "weights", "more"),
    [
        (9_999, None, False),
        (10_000, 100_000, False),
        (50_000, 500_000, False),
        (100_000, 1_000_000, False),
        (1_000_000, 10_000_000, True),
        (20_000_000, 10_000_000, True),
    ],
)
def test_g7_the_model_grows_with_the_data(examples: int, weights: int | None, more: bool) -> None:
    assert capacity(examples, DEFAULT_ADVICE) == Capacity(examples, weights, more)
