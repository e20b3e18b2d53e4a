"""The questions of the form, and what their answers make of a situation."""

from __future__ import annotations

import pytest

from hpt_tui.domain.advice.form import QUESTIONS, AnswerError, answered
from hpt_tui.domain.advice.situation import Situation, Symptom
from hpt_tui.domain.lint.declared import Declared
from hpt_tui.domain.practice import Task
from hpt_tui.domain.space import Choices

KNOWN = Situation(parameters=4, hours=2.0, noted=("as planned",))


def test_no_answer_leaves_all_as_it_is() -> None:
    assert answered(KNOWN, {}) == KNOWN
    assert answered(KNOWN, {q.id: " " for q in QUESTIONS}) == KNOWN


def test_answers_take_the_place_of_what_was_known() -> None:
    found = answered(
        KNOWN,
        {
            "budget": "2d",
            "trial-time": "30m",
            "gpus": "4",
            "data-size": "50000",
            "situation": "overf",
            "task": "Vision",
            "optimizer": "adam",
        },
    )
    assert (found.hours, found.trial, found.gpus, found.examples) == (48.0, 1800.0, 4, 50_000)
    assert found.told == {Symptom.OVERFITS}
    assert found.declared.task is Task.VISION
    assert found.declared.optimizers == ("Adam",), "a whole name is not also the beginning of another"
    assert found.noted == (), "that was about the budget before"


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"budget": "much"}, "is no time; write 40h"),
        ({"trial-time": "0"}, "is no time"),
        ({"gpus": "-1"}, "is no number of GPUs"),
        ({"data-size": "many"}, "is no number of examples"),
        ({"task": "cooking"}, "is none of vision, transformers"),
        ({"situation": "s"}, "is none of"),
    ],
)
def test_an_answer_that_is_none_says_what_would_be(answers: dict[str, str], said: str) -> None:
    with pytest.raises(AnswerError, match=said):
        answered(KNOWN, answers)


def test_a_searched_optimizer_is_not_asked_for() -> None:
    searched = Situation(Declared({"optimizer": Choices(("sgd", "adamw"))}))
    with pytest.raises(AnswerError, match=r"has .* already"):
        answered(searched, {"optimizer": "adam"})
