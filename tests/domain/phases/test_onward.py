"""When one phase is over and what comes with the next (G17, G3, G26)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.lint.of_study import declared_by
from hpt_tui.domain.orders.phases import NextPhase
from hpt_tui.domain.phases.course import PhaseState, course, eta_words, phase_of
from hpt_tui.domain.phases.onward import next_steps, why_over
from hpt_tui.domain.phases.plan import Begun, Narrowed, PlanKind, PlannedPhase, SearchPlan
from hpt_tui.domain.phases.wish import parse_plan
from hpt_tui.domain.snapshot import Control, StudySnapshot
from hpt_tui.domain.trial import TrialRow, TrialState
from hpt_tui.errors import OrderRefusedError
from tests.builders import NOON, study, trial

PHASES = parse_plan("phases:explore=10,refine=6,top=2,seeds=2").phases
TIERS = (
    PlannedPhase("tier 1", 30, ("lr",)),
    PlannedPhase("tier 2", 20, ("batch_size",)),
    PlannedPhase("tier 4", 10, ("dropout",)),
)
AT_BASELINE = Begun(0, fixed={"batch_size": 64, "dropout": 0.2})


def exploring(*begun: Begun) -> SearchPlan:
    return SearchPlan(PlanKind.PHASES, PHASES, begun or (Begun(0),))


def staged(*begun: Begun) -> SearchPlan:
    return SearchPlan(PlanKind.STAGED, TIERS, begun or (AT_BASELINE,))


def following(plan: SearchPlan, rows: list[TrialRow], budget: int = 16) -> StudySnapshot:
    control = Control(plan=plan, bounds=plan.now.in_force, fixed=dict(plan.now.fixed))
    return replace(study(rows, control=control, budget=budget), from_file=True)


def test_a_phase_of_exploring_is_over_with_its_trials_alone() -> None:
    flat = [trial(n, value=0.5) for n in range(60)]
    assert why_over(following(exploring(), flat), exploring(), NOON) == ""


def test_a_tier_has_settled_by_the_stop_rules_over_its_own_trials() -> None:
    """G26: the best unchanged for 20 trials."""
    rows = [trial(n, value=0.9 if n == 0 else 0.5 + n / 1000, params={"lr": 1e-3 + n / 1e5}) for n in range(22)]
    assert why_over(following(staged(), rows[:15]), staged(), NOON) == ""
    assert "settled (same-best: " in why_over(following(staged(), rows), staged(), NOON)
    later = staged(AT_BASELINE, Begun(1, first=15, after=15))
    assert why_over(following(later, rows), later, NOON) == ""


def test_an_order_ends_a_phase_at_once() -> None:
    plan = replace(exploring(), skipped=frozenset({0}))
    assert why_over(following(plan, []), plan, NOON) == "skipped by order"
    gone_on = replace(exploring(Begun(0), Begun(1)), skipped=frozenset({0}))
    assert why_over(following(gone_on, []), gone_on, NOON) == ""


def test_a_tier_is_tuned_with_the_earlier_ones_at_the_best_and_the_later_ones_at_the_baseline() -> None:
    rows = [trial(n, value=n / 10, params={"lr": 10.0**-n, "batch_size": 64}) for n in range(1, 4)]
    begun = next_steps(following(staged(), rows), staged(), "settled", NOON).begun
    assert (begun.index, begun.fixed) == (1, {"lr": 1e-3, "dropout": 0.2})


def test_trials_from_before_the_plan_do_not_say_what_is_best() -> None:
    plan = staged(replace(AT_BASELINE, first=2))
    rows = [trial(0, value=0.99, params={"lr": 0.1}), trial(2, value=0.5, params={"lr": 0.01})]
    assert next_steps(following(plan, rows), plan, "", NOON).begun.fixed["lr"] == 0.01


def test_what_somebody_freed_or_fixed_by_hand_stays_theirs() -> None:
    shown = following(staged(), [trial(0, params={"lr": 0.01})])
    by_hand = replace(shown, control=replace(shown.control, fixed={"batch_size": 64, "lr": 0.5}))
    assert next_steps(by_hand, staged(), "", NOON).begun.fixed == {}


def test_nothing_is_ever_older_than_the_phase_before() -> None:
    """Two machines' clocks differ; whoever gave an order in between must stay newer."""
    plan = exploring(Begun(0, at=NOON + 60))
    assert next_steps(following(plan, []), plan, "", NOON).begun.at == NOON + 60


def test_too_few_complete_trials_leave_the_space_and_say_so() -> None:
    steps = next_steps(following(exploring(), [trial(0)]), exploring(), "", NOON)
    assert steps.begun.changes == ()
    assert "1 complete trials say too little" in steps.note


def test_the_course_is_counted_from_the_trials() -> None:
    plan = exploring(Begun(0), Begun(1, NOON, why="its trials are used up", first=11, after=10))
    rows = [trial(n, value=n / 100) for n in range(10)]
    rows += [trial(10, TrialState.FAILED, None, by_hand=True), trial(11, value=0.5), trial(12, TrialState.RUNNING)]
    seen = course(following(plan, rows), NOON)
    assert seen is not None
    assert [view.words for view in seen.views] == ["explore 10/10", "refine 1/6", "validate 0/4"]
    assert [view.state for view in seen.views] == [PhaseState.DONE, PhaseState.NOW, PhaseState.TO_COME]
    assert [view.best_number for view in seen.views] == [9, 11, None]
    assert seen.views[0].why_over == "its trials are used up"
    assert [phase_of(plan, row) for row in rows[9:12]] == ["explore", "explore", "refine"]


def test_the_last_phase_of_the_search_has_what_is_left_of_the_budget() -> None:
    plan = exploring(Begun(0), Begun(1, first=10, after=10))
    seen = course(following(plan, [trial(n) for n in range(10)], budget=40), NOON)
    assert seen is not None
    assert seen.views[1].size == 30
    assert plan.limit is None
    assert exploring().limit == 10


def test_without_a_plan_there_is_no_course_and_no_next_phase() -> None:
    assert course(study(), NOON) is None
    with pytest.raises(OrderRefusedError, match="has no plan of phases"):
        NextPhase().foreseen(Frame(study=study()), NOON)


def test_the_order_says_what_is_left_and_what_would_change() -> None:
    rows = [trial(n, value=n / 10, params={"lr": 3e-3 + n / 1e4, "optimizer": "sgd"}) for n in range(4)]
    event = NextPhase().foreseen(Frame(study=following(exploring(), rows)), NOON)
    assert event.sentence.startswith("next phase refine: explore 4/10; lr 1.0e-4 .. 1.0e-1 → ")
    assert "optimizer = sgd" in event.sentence


def test_an_order_for_a_phase_that_is_over_is_refused() -> None:
    shown = Frame(study=following(exploring(Begun(0), Begun(1)), []))
    with pytest.raises(OrderRefusedError, match="explore: is over: refine has begun"):
        NextPhase(0).foreseen(shown, NOON)


def test_the_last_phase_has_no_next_one() -> None:
    shown = Frame(study=following(staged(AT_BASELINE, Begun(1), Begun(2)), []))
    with pytest.raises(OrderRefusedError, match="tier 4: is the plan's last phase"):
        NextPhase().foreseen(shown, NOON)


def test_the_time_to_come_is_that_of_the_phase_and_that_of_the_plan_with_its_validation() -> None:
    rows = [*(trial(n) for n in range(8)), trial(8, TrialState.RUNNING, None)]
    now = NOON - 3600 + 8 * 15.0
    assert eta_words(following(exploring(), rows), now) == "30 s, plan 3 min"
    assert eta_words(study(rows, budget=16), now) == "2 min"
    assert eta_words(study(), now) == ""


def test_lint_judges_what_the_code_declares_where_a_phase_has_narrowed_it() -> None:
    narrowed = Narrowed(1e-3, 3e-3, (1e-4, 1e-1), (1e-4, 1e-1), log=True)
    plan = exploring(Begun(0), Begun(1, first=10, after=10, bounds={"lr": narrowed}))
    refined = following(plan, [trial(0)])
    assert declared_by(refined).space["lr"] == refined.declared["lr"]
    by_hand = replace(refined, control=replace(refined.control, plan=None))
    assert declared_by(by_hand).space["lr"] == by_hand.space["lr"] != by_hand.declared["lr"]
