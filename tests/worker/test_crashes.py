"""When a worker gives up, and how what an objective returns is judged."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState

from hpt_tui.worker.crashes import CrashGuard
from hpt_tui.worker.outcome import Outcome, of_value

ERROR = Outcome(TrialState.FAIL, how="error", text="ValueError: no such column")
DIVERGED = Outcome(TrialState.FAIL, how="error", text="returned NaN", diverged=True)
COMPLETE = Outcome(TrialState.COMPLETE, (1.0,))
PRUNED = Outcome(TrialState.PRUNED)
FIRST = "3 trials failed within 60 s and none finished between them, the last one with ValueError"
SEVENTH = "7 trials failed within 60 s and none finished between them"
ROW = "10 trials failed in a row, the last one with ValueError"


class Unreadable:
    """Like torch's tensor of many elements, which raises RuntimeError."""

    def __float__(self) -> float:
        raise RuntimeError("a Tensor with 10 elements cannot be converted to Scalar")


def verdict(outcomes: Iterable[Outcome], apart: float = 1.0) -> tuple[int, str]:
    """After how many of the trials the guard gives up, and what it says; 0 if it never does."""
    guard = CrashGuard()
    for count, outcome in enumerate(outcomes, 1):
        if reason := guard.ended(outcome, count * apart):
            return count, reason
    return 0, ""


@pytest.mark.parametrize(
    ("outcomes", "apart", "count", "text"),
    [
        ([ERROR] * 3, 1.0, 3, FIRST),
        ([ERROR] * 10, 31.0, 10, ROW),
        ([COMPLETE] + [ERROR] * 9, 1.0, 4, FIRST),
        ([PRUNED] + [ERROR] * 10, 31.0, 11, ROW),
        ([ERROR, COMPLETE, COMPLETE] * 9 + [ERROR] * 6, 1.0, 0, ""),
        ([ERROR, COMPLETE, COMPLETE] * 9 + [ERROR] * 9, 1.0, 27 + 7, SEVENTH),
        ([ERROR, ERROR, COMPLETE] * 20, 1.0, 0, ""),
        ([DIVERGED] * 100, 1.0, 0, ""),
        ([ERROR, DIVERGED, ERROR, DIVERGED, ERROR], 1.0, 5, FIRST),
    ],
    ids=[
        "broken from the start",
        "broken and slow",
        "broken after one that was well",
        "broken later, and slow",
        "where a third fails anyway, six in a row are chance",
        "and seven are not",
        "now and then",
        "only NaN",
        "NaN between",
    ],
)
def test_giving_up(outcomes: list[Outcome], apart: float, count: int, text: str) -> None:
    found, reason = verdict(outcomes, apart)
    assert (found, reason.startswith(text)) == (count, True)


@pytest.fixture
def study() -> optuna.Study:
    return optuna.create_study()


@pytest.mark.parametrize("value", [math.nan, np.float32("nan"), np.array(math.nan), [math.nan]])
def test_nan_is_a_diverged_trial(study: optuna.Study, value: object) -> None:
    assert of_value(study, value) == DIVERGED


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "returned None"),
        ([1.0, 2.0], "returned The number of the values 2 did not match"),
        (Unreadable(), "returned an Unreadable, which is no number (RuntimeError: a Tensor with 10 elements"),
        ([Unreadable()], "returned a list, which is no number (RuntimeError: a Tensor with 10 elements"),
        ("0.5", "returned a str, which is no number"),
        (10**400, "returned an int, which is no number (OverflowError"),
        (np.zeros(3), "returned The value array([0., 0., 0.]) could not be cast to float"),
    ],
    ids=["nothing", "too many", "a tensor", "a tensor in a list", "a word", "a huge number", "an array"],
)
def test_what_is_no_value_is_an_error_with_its_reason(study: optuna.Study, value: object, text: str) -> None:
    ended = of_value(study, value)
    assert (ended.state, ended.how, ended.diverged) == (TrialState.FAIL, "error", False)
    assert ended.text.startswith(text)


@pytest.mark.parametrize("value", [1, np.float32(1.0), np.array(1.0), [1.0], (np.int64(1),)])
def test_a_number_of_any_make_is_a_value(study: optuna.Study, value: object) -> None:
    assert of_value(study, value) == COMPLETE


def test_infinity_is_a_value_as_in_optuna(study: optuna.Study) -> None:
    assert of_value(study, math.inf) == Outcome(TrialState.COMPLETE, (math.inf,))
