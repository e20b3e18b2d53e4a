"""What would change the advice: the nearest thresholds, each of them true."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hpt_tui.domain.advice.changes import changes, outcome
from hpt_tui.domain.advice.situation import Situation, Symptom
from hpt_tui.domain.advice.thresholds import DEFAULT_ADVICE

USUAL = Situation(parameters=5, hours=40, trial=1800)


def told(situation: Situation) -> list[tuple[str, str, str]]:
    return [(c.fact, c.when, c.then) for c in changes(situation, DEFAULT_ADVICE)]


def test_each_fact_has_its_nearest_change_on_either_side() -> None:
    assert told(USUAL) == [
        ("budget", "from 100 h of GPU time on", "Bayesian, 5 parameters at once"),
        ("budget", "below 10 h of GPU time", "a grid, the learning rate alone"),
        ("parameters", "with 2 parameters", "a grid, 2 parameters at once"),
        ("trial time", "if a trial took 12 min (200 fit)", "at random, 5 parameters at once"),
        (
            "trial time",
            "if a trial took more than 2 h 00 (fewer than 20 fit)",
            "a grid, the learning rate alone",
        ),
    ]


@pytest.mark.parametrize("bound", [9.999, 10.0, 99.999, 100.0])
def test_what_is_said_of_a_budget_is_what_would_be_advised(bound: float) -> None:
    then = {9.999: "a grid, the learning rate alone", 100.0: "Bayesian, 5 parameters at once"}
    expected = then.get(bound, "at random, 4 parameters at once")
    assert outcome(replace(USUAL, hours=bound), DEFAULT_ADVICE) == expected


def test_a_budget_that_nobody_knows_is_gone_through() -> None:
    budgets = [(when, then) for fact, when, then in told(Situation(parameters=3)) if fact == "budget"]
    assert budgets == [("below 1 h of GPU time", "don't tune")]
    many = [(when, then) for fact, when, then in told(Situation(parameters=6)) if fact == "budget"]
    assert many == [
        ("from 10 h of GPU time on", "at random, 4 parameters at once"),
        ("from 1,000 h of GPU time on", "Bayesian, 6 parameters at once"),
        ("below 1 h of GPU time", "don't tune"),
    ]


def test_a_number_of_parameters_that_nobody_knows_is_gone_through() -> None:
    found = [(when, then) for fact, when, then in told(Situation(hours=50)) if fact == "parameters"]
    assert found == [
        ("with 2 parameters", "a grid, 2 parameters at once"),
        ("with 4 parameters", "at random, 4 parameters at once"),
        ("with 5 parameters", "at random, 4 parameters at once"),
    ]


def test_too_little_data_is_said_to_be_what_stands_in_the_way() -> None:
    assert told(replace(USUAL, examples=500)) == [
        ("data size", "from 1,000 examples on", "at random, 4 parameters at once")
    ]


def test_what_no_number_can_change_has_no_changes() -> None:
    assert told(replace(USUAL, told=frozenset({Symptom.UNDERFITS}))) == []
