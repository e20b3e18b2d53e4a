"""Issue 6's proof: how often the flags are right on studies that they were not made from (G24)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.corpus.score import Verdict, cases, judge, scores, table

SEED = 1
GOOD = 0.95
FEW = 10
"""Trials below which nothing is said of a healthy study."""


@pytest.fixture(scope="module")
def verdicts() -> Iterator[list[Verdict]]:
    found = list(judge(cases(SEED)))
    yield found
    print(table(found))  # noqa: T201 - pytest shows it where something fails


def test_there_are_enough_studies_half_of_them_healthy_from_10_to_2000_trials(verdicts: list[Verdict]) -> None:
    healthy = [v for v in verdicts if v.case.healthy]
    assert len(verdicts) >= 60
    assert 0.3 <= len(healthy) / len(verdicts) <= 0.6
    assert max(v.trials for v in verdicts) == 2000


def test_every_flag_is_right_when_it_is_raised_and_raised_when_it_is_due(verdicts: list[Verdict]) -> None:
    together = scores(verdicts)["all"]
    assert min(together.precision, together.recall) >= GOOD, table(verdicts)


def test_a_healthy_study_of_few_trials_raises_nothing(verdicts: list[Verdict]) -> None:
    few = [v for v in verdicts if v.case.healthy and v.trials < FEW]
    assert few
    assert not [(v.case.name, v.raised) for v in few if v.raised]
