"""The grammar of the trial filter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, FloatRange, IntRange, Range
from hpt_tui.domain.trial import Direction, TrialState
from hpt_tui.domain.trial_filter import passing, read
from tests.builders import NOON, SPACE, study, trial

ODD: dict[str, Range] = {
    "learning rate": FloatRange(0.0, 1.0),
    "state": Choices(("pruned-ish", "b")),
    'quo"te': IntRange(0, 9),
    "flag": Choices((True, False, None)),
    "\x1b[31mred": FloatRange(0.0, 1.0),
}
STUDY = study(
    [
        replace(
            trial(0, value=0.9, baseline=True, params={"lr": 1e-2}, seconds=100), worker="gpubox-1", noted=True
        ),
        replace(
            trial(1, TrialState.PRUNED, 0.6, params={"lr": 3e-3, "optimizer": "sgd"}, steps=5, seconds=30),
            infeasible=True,
        ),
        trial(2, TrialState.FAILED, None, params={"lr": 5e-2}, steps=0, seconds=4000, non_finite=True),
        replace(
            trial(3, TrialState.RUNNING, 0.1, params={"lr": 1e-3}, steps=2), started=NOON - 61, worker="gpubox-22"
        ),
        replace(
            trial(4, value=0.95),
            params={"learning rate": 0.5, "state": "b", 'quo"te': 3, "flag": True, "\x1b[31mred": 0.5},
            ranges=ODD,
        ),
    ]
)


def passes(text: str, made: StudySnapshot = STUDY) -> list[int]:
    wanted = read(text, made, NOON)
    assert wanted.problem == ""
    mask = passing(wanted, made, NOON)
    return list(range(len(made.trials))) if mask is None else np.flatnonzero(mask).tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("state:pruned lr>1e-3 and value<0.2 or has:note", [0]),
        ("state:pruned", [1]),
        ("state:p", [1]),
        ("is:finished", [0, 1, 2, 4]),
        ("is:best or is:baseline", [0, 4]),
        ("is:running", [3]),
        ("is:non-finite", [2]),
        ("is:infeasible", [1]),
        ("has:note", [0]),
        ("has:lr", [0, 1, 2, 3]),
        ("has:value", [0, 1, 3, 4]),
        ("not has:lr", [4]),
        ("-has:lr", [4]),
        ("not not has:lr", [0, 1, 2, 3]),
        ("worker:gpubox", [0, 3]),
        ("worker:gpubox-2", [3]),
        ("optimizer:SG", [1]),
        ("optimizer=SG", []),
        ("optimizer!=sgd", [0, 2, 3]),
        ("lr:0.01", [0]),
        ("lr!=1e-2", [1, 2, 3]),
        ("LR <= 3e-3", [1, 3]),
        ("lr==1e-2", [0]),
        ("time<1m", [1, 4]),
        ("time>=1m time<2m", [0, 3]),
        ("duration>1h", [2]),
        ("time>1h5m", [2]),
        ("time<0:31", [1, 4]),
        ("number>=3", [3, 4]),
        ("#<2", [0, 1]),
        ("#3", [3]),
        ("3", [3]),
        ("99999999999999999999999", []),
        ("steps>4 -step>5", [1]),
        ("val_acc>0.9", [4]),
        ("value0>0.9", [4]),
        ("", [0, 1, 2, 3, 4]),
        ('"learning rate">=0.5', [4]),
        ('"learning rate":0.5', [4]),
        ('"state":b', [4]),
        ("state=b", [4]),
        ('"quo""te"=3', [4]),
        ("flag=true", [4]),
        ("flag:false", []),
        ('"pruned-ish"', []),
        ('" [31mred">0.1', [4]),
    ],
)
def test_what_a_filter_lets_through(text: str, expected: list[int]) -> None:
    assert passes(text) == expected


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("#0 or #1 #2", "#0 or (#1 and #2)"),
        ("#0 #1 or #2", "(#0 and #1) or #2"),
        ("not #0 or #1", "(not #0) or #1"),
        ("-#0 lr>0", "(not #0) and lr>0"),
        ("-(#0 or #1) lr>0", "not #0 and not #1 and lr>0"),
        ("NOT #0 AND (lr>0 OR has:note)", "-#0 (lr>0 or has:note)"),
    ],
)
def test_not_binds_closer_than_and_and_and_closer_than_or(short: str, long: str) -> None:
    assert passes(short) == passes(long)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("lr>1 or", "a condition, such as lr<1e-3 or state:pruned, was expected at the end"),
        ("lr>1 or or", "a condition, such as lr<1e-3 or state:pruned, was expected, not 'or' (character 9)"),
        ("(lr>1", "a ) for the ( at character 1 was expected at the end"),
        ("lr>1)", "and, or, or another condition was expected, not ')' (character 5)"),
        ("()", "a condition, such as lr<1e-3 or state:pruned, was expected, not ')' (character 2)"),
        ("lr >> 3", "cannot read 'lr >> 3'; a value after > was expected (character 5)"),
        ("lr>", "cannot read 'lr>'; a value after > was expected (at the end)"),
        ('"lr', "cannot read '\"lr'; a comparison looks like lr<1e-3 (character 1)"),
        ("state:", "cannot read 'state:'; a text after state: was expected (at the end)"),
        ("state:odd", "no state 'odd' (there are: waiting, running, complete, pruned, failed)"),
        (
            "is:odd",
            "nothing is 'odd' (there are: best, baseline, finished, noted, starred, by-hand, non-finite,",
        ),
        ("has:nothing", "no parameter 'nothing' (there are: lr, "),
        ("worker<3", "'worker' is no number; ask for a part of it, as in worker:3"),
        ("lr", "'lr' is a name; compare it, as in lr<1e-3, or say has:lr"),
        ("(" * 100 + "lr>1" + ")" * 100, "more than 40 brackets within brackets (character 41)"),
    ],
)
def test_a_bad_filter_says_what_was_expected_where(text: str, problem: str) -> None:
    assert read(text, STUDY, NOON).problem.startswith(problem)


def test_several_objectives_are_compared_by_their_places() -> None:
    trials = [replace(trial(n), values=(0.5, 5.0 - n)) for n in range(3)]
    made = replace(study(trials), directions=(Direction.MAXIMIZE, Direction.MINIMIZE))
    assert passes("value1<4.5", made) == [1, 2]
    assert passes("value0=0.5 value1=5", made) == [0]


def test_a_widened_parameter_is_compared_as_each_of_its_ranges_shows_it() -> None:
    linear = {**SPACE, "lr": FloatRange(1e-4, 1e-1)}
    made = study([trial(0, params={"lr": 0.08936}), trial(1, params={"lr": 0.08936}, ranges=linear)])
    assert passes("lr=8.9e-2", made) == [0]
    assert passes("lr=0.08936", made) == [1]


WORDS = st.sampled_from(
    [
        "lr",
        "state:",
        "<",
        ">=",
        "!=",
        "=",
        "(",
        ")",
        '"',
        "-",
        "not ",
        " and ",
        " or ",
        "1e-3",
        "#",
        ":",
        " ",
        "is:",
        "nan",
    ]
)


@given(st.lists(WORDS | st.text(max_size=4), max_size=12).map("".join))
@example("-" * 5000 + "#1")
@example("time<" + "9" * 400)
def test_any_text_is_a_filter_or_has_a_problem(text: str) -> None:
    wanted = read(text, STUDY, NOON)
    mask = passing(wanted, STUDY, NOON)
    assert mask is None or (mask.dtype == np.bool_ and mask.shape == (len(STUDY.trials),))
    assert not wanted.problem or mask is None
    assert wanted.problem.isprintable()
