"""G11, G12, G13: one strategy, its reason, and which rules say something else."""

from __future__ import annotations

import pytest

from hpt_tui.domain.advice.choice import MATRIX, Approach, Budget, Number, at_once, choose
from hpt_tui.domain.advice.situation import Situation
from hpt_tui.domain.advice.thresholds import DEFAULT_ADVICE
from hpt_tui.domain.lint.declared import Declared
from hpt_tui.domain.space import Choices, FloatRange, Range

HAND, GRID, RANDOM, BAYES = Approach.BY_HAND, Approach.GRID, Approach.RANDOM, Approach.BAYES


def opinion(rule: str, situation: Situation) -> tuple[Approach, ...]:
    return next(o.approaches for o in choose(situation, DEFAULT_ADVICE).opinions if o.rule == rule)


def test_g13_the_matrix_is_the_guides() -> None:
    assert [[MATRIX[row, column] for column in Number] for row in Budget] == [
        [(HAND, GRID), (RANDOM,), (RANDOM,)],
        [(GRID, RANDOM), (RANDOM,), (BAYES,)],
        [(GRID, RANDOM), (BAYES,), (BAYES,)],
    ]


@pytest.mark.parametrize(
    ("hours", "row"),
    [(5, 0), (9.99, 0), (10, 1), (99.9, 1), (100, 2), (5000, 2)],
)
@pytest.mark.parametrize(("parameters", "column"), [(2, 0), (3, 0), (4, 1), (6, 1), (9, 1), (None, 2)])
def test_g13_gives_one_answer_for_every_budget_and_number(
    hours: float, row: int, parameters: int | None, column: int
) -> None:
    few = GRID if parameters == 2 else RANDOM  # Three parameters are too many for a grid of under 50.
    expected = [[few, RANDOM, RANDOM], [few, RANDOM, BAYES], [few, BAYES, BAYES]]
    found = choose(Situation(parameters=parameters, hours=hours), DEFAULT_ADVICE)
    assert found.approach is expected[row][column]
    assert found.reason


@pytest.mark.parametrize(
    ("parameters", "approaches"),
    [
        (1, (GRID, HAND)),
        (2, (GRID, HAND)),
        (3, (RANDOM,)),
        (4, (RANDOM,)),
        (5, (BAYES,)),
        (12, (BAYES,)),
        (None, (RANDOM,)),
    ],
)
def test_g11_goes_by_the_number_of_parameters(parameters: int | None, approaches: tuple[Approach, ...]) -> None:
    situation = Situation(parameters=parameters)
    assert opinion("G11", situation) == approaches
    assert choose(situation, DEFAULT_ADVICE).rule == "G11"


@pytest.mark.parametrize(
    ("hours", "approaches", "alone"),
    [
        (9.99, (HAND, GRID), True),
        (10, (RANDOM,), False),
        (99.9, (RANDOM,), False),
        (100, (BAYES,), False),
        (1000, (BAYES,), False),
    ],
)
def test_g12_goes_by_the_budget(hours: float, approaches: tuple[Approach, ...], alone: bool) -> None:
    said = choose(Situation(parameters=4, hours=hours), DEFAULT_ADVICE).opinions[1]
    assert (said.rule, said.approaches, said.alone) == ("G12", approaches, alone)


@pytest.mark.parametrize(
    ("hours", "trial_minutes", "most"),
    [(40, None, 4), (150, None, 5), (2000, None, 8), (99, 30, 4), (100, 30, 5), (250, 30, 8), (5, 1, 5)],
)
def test_g12_limits_how_many_are_searched_at_once_by_the_trials_that_fit(
    hours: float, trial_minutes: int | None, most: int
) -> None:
    situation = Situation(parameters=8, hours=hours, trial=None if trial_minutes is None else trial_minutes * 60)
    assert at_once(situation, choose(situation, DEFAULT_ADVICE), DEFAULT_ADVICE) == most


def test_where_the_rules_disagree_the_answer_says_who_says_what() -> None:
    found = choose(Situation(parameters=5, hours=40), DEFAULT_ADVICE)
    assert (found.approach, found.rule) == (RANDOM, "G13")
    assert [(o.rule, o.basis, o.words) for o in found.dissent] == [("G11", "5 parameters", "Bayesian")]


def test_where_the_rules_agree_nobody_dissents() -> None:
    assert choose(Situation(parameters=4, hours=40), DEFAULT_ADVICE).dissent == ()


@pytest.mark.parametrize(("fits", "approach"), [(19, GRID), (5, GRID), (4, HAND), (0, HAND)])
def test_g12_too_few_trials_for_several_parameters_are_for_the_learning_rate_alone(
    fits: int, approach: Approach
) -> None:
    situation = Situation(parameters=5, hours=40, trial=40 * 3600 / (fits + 0.5))
    found = choose(situation, DEFAULT_ADVICE)
    assert (found.approach, found.rule, found.alone) == (approach, "G12", True)
    assert at_once(situation, found, DEFAULT_ADVICE) == 1
    assert {o.rule for o in found.dissent} == {"G11", "G12", "G13"}


def test_g18_a_bayesian_search_of_fewer_trials_than_it_warms_up_for_is_made_at_random() -> None:
    hours = 200.0
    assert choose(Situation(parameters=5, hours=hours, trial=hours * 3600 / 50), DEFAULT_ADVICE).approach is BAYES
    found = choose(Situation(parameters=5, hours=hours, trial=hours * 3600 / 49.5), DEFAULT_ADVICE)
    assert (found.approach, found.rule) == (RANDOM, "G18")
    assert [o.rule for o in found.dissent] == ["G11", "G12", "G13"]


def test_a_grid_is_made_coarser_to_fit_the_budget_before_it_is_given_up() -> None:
    def of(fits: float) -> Approach:
        return choose(Situation(parameters=2, hours=20, trial=20 * 3600 / fits), DEFAULT_ADVICE).approach

    assert [of(25), of(16), of(9.5)] == [GRID, GRID, GRID]
    assert choose(Situation(parameters=2, hours=20, trial=20 * 3600 / 8.5), DEFAULT_ADVICE).alone


def test_choices_count_by_their_options_in_a_grid() -> None:
    space: dict[str, Range] = {
        "lr": FloatRange(1e-4, 1e-1, log=True),
        "optimizer": Choices(tuple("abcdefghijklmnopq")),
    }
    found = choose(Situation(Declared(space), parameters=2, hours=200), DEFAULT_ADVICE)
    assert found.approach is RANDOM


def test_the_first_columns_and_more_parameters_than_the_matrix_knows_are_told() -> None:
    found = choose(Situation(parameters=7, hours=200), DEFAULT_ADVICE)
    assert found.opinions[-1].basis == "long budget, many parameters (its columns end at 6)"
