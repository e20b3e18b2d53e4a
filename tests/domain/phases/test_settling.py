"""What is wrong with a plan is said before anything runs, with what would be right (G17, G3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hpt_tui.domain.method import Method, Sampling
from hpt_tui.domain.phases.plan import Begun, SearchPlan
from hpt_tui.domain.phases.settling import Ground, check_budget, check_method, check_same, check_space, make_plan
from hpt_tui.domain.phases.wish import parse_plan
from hpt_tui.domain.space import ParamValue
from hpt_tui.errors import InputError

NAMES = ("dropout", "lr", "batch_size", "what_not")
BASELINE: dict[str, ParamValue] = {"lr": 1e-3, "batch_size": 64, "dropout": 0.1, "what_not": 3}


NEW = Ground()


def plan(text: str, ground: Ground = NEW) -> tuple[SearchPlan, int]:
    return make_plan(parse_plan(text), ground, 0.0, "ann@lab")


def refused(what: Callable[[], object]) -> str:
    with pytest.raises(InputError) as refusal:
        what()
    return refusal.value.line


def test_a_plan_brings_its_budget_without_the_validation() -> None:
    assert plan("phases")[1] == 150
    assert plan("phases:top=0,explore=3,refine=2")[1] == 5


@pytest.mark.parametrize("budget", [100, 200])
def test_a_budget_that_it_does_not_fit_is_refused_with_sizes_that_do(budget: int) -> None:
    line = refused(lambda: plan("phases", Ground(budget=budget)))
    assert "the plan has 150 trials (explore 100, refine 50, validate 5 x 3)" in line
    assert "15 runs of validation, which use up no budget" in line
    assert f"the budget is {budget}" in line
    sizes = line.rpartition("--plan phases:")[2].rstrip(".")
    assert plan(f"phases:{sizes}", Ground(budget=budget))[1] == budget


def test_what_is_there_counts_as_explored() -> None:
    assert plan("phases", Ground(used=60, trials=70))[1] == 150
    found, total = plan("phases", Ground(used=120, trials=130))
    assert (total, found.limit, found.begun[0].after) == (170, 100, 0)


def test_tiers_share_the_budget_in_their_order() -> None:
    """G2's shares, those of a group to each of its parameters: lr 40, batch size 15, dropout 10, the rest 5."""
    found, total = plan("staged", Ground(space=NAMES, baseline=BASELINE, budget=140))
    assert total == 140
    assert [(p.name, p.tuned) for p in found.phases] == [
        ("tier 1", ("lr",)),
        ("tier 2", ("batch_size",)),
        ("tier 4", ("dropout",)),
        ("unclassified", ("what_not",)),
    ]
    sizes = [p.trials for p in found.phases]
    assert sum(sizes) == 140
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == pytest.approx(5 + 120 * 40 / 70, abs=1)
    assert found.now.fixed == {"batch_size": 64, "dropout": 0.1, "what_not": 3}


def test_tiers_share_what_is_left_of_a_budget() -> None:
    found, total = plan("staged", Ground(space=NAMES, baseline=BASELINE, used=40, trials=45, known=100))
    assert (total, sum(p.trials for p in found.phases)) == (100, 60)
    assert (found.now.first, found.now.after) == (45, 40)


@pytest.mark.parametrize(
    ("ground", "problem"),
    [
        (Ground(), "needs to know the space before it starts; declare a StudySpec"),
        (Ground(space=("lr", "scheduler")), "every parameter is of tier 1"),
        (
            Ground(space=NAMES),
            "there is none of batch_size, dropout, what_not; add it to the StudySpec: baseline=",
        ),
        (Ground(space=NAMES, baseline={"batch_size": 1, "what_not": 1}), "there is none of dropout"),
        (Ground(space=NAMES, baseline=BASELINE, budget=3), "has 4 tiers, and 3 trials are left"),
    ],
    ids=["no space", "one tier", "no baseline", "half a baseline", "no trials"],
)
def test_a_staged_plan_says_what_it_lacks(ground: Ground, problem: str) -> None:
    assert problem in refused(lambda: plan("staged", ground))


def test_a_grid_and_several_objectives_go_with_no_plan() -> None:
    kind = plan("phases")[0].kind
    assert "goes with no grid" in refused(lambda: check_method(kind, Method(Sampling.GRID), 1))
    assert "needs one objective" in refused(lambda: check_method(kind, Method(), 2))
    check_method(kind, Method(Sampling.RANDOM), 1)


def test_another_plan_than_the_one_that_is_followed_is_refused() -> None:
    found = plan("phases")[0]
    check_same(found, parse_plan("phases:explore=100"), "--plan phases")
    line = refused(lambda: check_same(found, parse_plan("phases:explore=9"), "--plan phases:explore=9"))
    assert "follows another plan already (phases: explore 100, refine 50, validate 5 x 3)" in line


def test_a_larger_budget_is_the_last_phases_and_a_smaller_one_must_fit() -> None:
    found = plan("phases")[0]
    check_budget(found, 400)
    assert "the study's plan has 150 trials" in refused(lambda: check_budget(found, 149))
    refining = SearchPlan(found.kind, found.phases, (found.now, Begun(1, first=100, after=100)))
    check_budget(refining, 101)


def test_a_space_that_changed_while_a_plan_is_under_way_is_refused() -> None:
    check_space({"lr": "a"}, {"lr": "a"}, "train.py")
    line = refused(lambda: check_space({"lr": "a", "wd": "b"}, {"lr": "c", "x": "d"}, "train.py"))
    assert line.startswith(
        "train.py: the space has changed (lr, wd, x) while a plan of phases is under way; put it"
    )
