"""How a plan of phases is asked for (G17)."""

from __future__ import annotations

import pytest

from hpt_tui.domain.phases.wish import PlanWish, parse_plan


def sizes(text: str) -> list[tuple[str, int]]:
    return [(p.name, p.trials) for p in parse_plan(text).phases]


def test_the_guides_sizes_are_the_default() -> None:
    assert sizes("phases") == [("explore", 100), ("refine", 50), ("validate", 15)]
    assert parse_plan("phases").phases[2].top == 5


def test_each_size_can_be_given_in_any_order() -> None:
    wish = parse_plan(" phases: top=3 , explore=40,seeds=2,refine=20 ")
    assert [(p.name, p.trials) for p in wish.phases] == [("explore", 40), ("refine", 20), ("validate", 6)]
    assert wish.text == "phases:explore=40,refine=20,top=3,seeds=2"
    assert parse_plan(wish.text) == wish


def test_a_plan_by_tiers_has_no_sizes_of_its_own() -> None:
    assert isinstance(parse_plan("staged"), PlanWish)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "a plan is one of phases, staged"),
        ("grid", "a plan is one of phases, staged, not 'grid'"),
        ("staged:explore=3", "staged takes no sizes"),
        ("phases:explore", "phases takes explore=N, refine=N, top=N, seeds=N, not 'explore'"),
        ("phases:size=3", "not 'size=3'"),
        ("phases:explore=0", "explore is a whole number from 1 to"),
        ("phases:seeds=1", "seeds is a whole number from 2 to"),
        ("phases:explore=1e3", "not '1e3'"),
        ("phases:explore=-1", "not '-1'"),
        ("phases:explore=²", "not '²'"),
        ("phases:explore=99999999999999999999", "explore is a whole number"),
        ("phases:top=3,top=4", "top is given twice"),
    ],
)
def test_what_makes_no_sense_is_said(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem.replace("²", ".")):
        parse_plan(text)
