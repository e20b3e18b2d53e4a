"""A plan of phases beside a budget of steps, a search by hand, the verb ``validate`` and a sweep's own budget."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from optuna.distributions import FloatDistribution
from optuna.study import load_study

from hpt_tui.domain.forking import Fork
from hpt_tui.domain.manual.loop import ManualLoop
from hpt_tui.domain.phases.course import PhaseState, course, phase_of
from hpt_tui.domain.phases.cut import cut
from hpt_tui.domain.phases.wish import parse_plan
from hpt_tui.domain.progress import used_up
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices
from hpt_tui.domain.step_budget import StepBudget
from hpt_tui.store.address import Address
from hpt_tui.store.create import create_study
from hpt_tui.store.fork import make_fork
from hpt_tui.store.plan_documents import decode_plan
from hpt_tui.store.reader import open_reader
from hpt_tui.store.tally import Room
from hpt_tui.store.translate import to_row
from hpt_tui.worker.phasing import Phases
from tests.storages import fresh_storage
from tests.worker.phased import Phased, ThreadWorker

SPACE = {"lr": FloatDistribution(1e-5, 1.0, log=True)}
PLAN = "phases:explore=4,refine=3,top=2,seeds=2"
AFTER = "hpt-tui validate FILE.py validates what was found"


@pytest.fixture(params=("sqlite", "journal"))
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Address]:
    with fresh_storage(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def phased(address: Address, tmp_path: Path) -> Phased:
    return Phased(address, tmp_path, SPACE, PLAN)


def seen(phased: Phased) -> StudySnapshot:
    reader = open_reader(phased.address, "s")
    study = reader.poll()
    reader.close()
    return study


def ran(hand: ThreadWorker, count: int, steps: int) -> None:
    """So many trials, of so many steps each."""
    for _ in range(count):
        taken = hand.take()
        assert isinstance(taken, int)
        for step in range(steps):
            hand.study._storage.set_trial_intermediate_value(taken, step, 1.0)
        hand.finish(taken, lambda params: float(params["lr"] or 0))


def test_steps_that_run_out_end_the_plan_and_its_page_says_so(phased: Phased) -> None:
    phased.control.set_max_steps(StepBudget(20))
    hand = ThreadWorker(phased, 0)
    ran(hand, 1, 10)
    told = "the plan ends at 20 steps, in whatever phase it is then, without the validation"
    assert cut(seen(phased)) == f"{told}; {AFTER}"
    ran(hand, 1, 10)
    assert hand.take() is Room.USED_UP
    assert not hand.phases.validate()
    study = seen(phased)
    assert used_up(study)
    assert cut(study).startswith("20 steps are used up, so the plan ends here, without refine, validate; ")
    phased.control.set_max_steps(None)
    phased.search(1, lambda params: float(params["lr"] or 0))
    assert phased.plan.now.index == 2
    assert cut(seen(phased)) == ""


def test_steps_and_trials_that_run_out_at_once_leave_the_validation(phased: Phased) -> None:
    """It uses up no steps: nobody may take the search to be over before it has begun."""
    hand = ThreadWorker(phased, 0)
    phased.control.set_max_steps(StepBudget(14))
    ran(hand, 4, 2)
    assert hand.take() is Room.PHASE_OVER
    ran(hand, 3, 2)
    study = seen(phased)
    assert not used_up(study)
    assert cut(study) == ""
    hand.run(lambda params: float(params["lr"] or 0))
    assert sum(to_row(t).validates is not None for t in phased.trials()) == 4
    assert used_up(seen(phased))


@pytest.mark.parametrize(
    ("steps", "trial", "plan", "line"),
    [
        (
            20,
            None,
            PLAN,
            f"the plan ends at 20 steps, in whatever phase it is then, without the validation; {AFTER}",
        ),
        (69, 10, "phases:explore=4,refine=3,top=0", "the plan ends at 69 steps, in whatever phase it is then"),
        (70, 10, PLAN, ""),
    ],
    ids=["no length", "too few", "enough"],
)
def test_whoever_starts_a_plan_with_steps_is_told_once(
    steps: int, trial: int | None, plan: str, line: str, tmp_path: Path
) -> None:
    with fresh_storage("sqlite", tmp_path) as address:
        known = Phased(address, tmp_path, SPACE, "phases:explore=1,refine=1").description
        described, said = replace(known, name="t", steps=trial), list[str]()
        create_study(address, described, plan=parse_plan(plan), steps=steps, tell=said.append)
        create_study(address, described, tell=said.append)
        assert said == [line] * bool(line)


def test_a_sweeps_own_budget_is_for_a_study_without_one(phased: Phased) -> None:
    create_study(phased.address, phased.description, default_budget=5)
    create_study(phased.address, phased.description, plan=parse_plan(PLAN), default_budget=5)
    assert seen(phased).budget == 7


def test_runs_by_hand_count_for_the_phase_and_it_goes_on_where_it_was(phased: Phased) -> None:
    hand, loop = ThreadWorker(phased, 0), ManualLoop("lr", 0.1, at=1.0)
    ran(hand, 2, 1)
    phased.control.search_by_hand(loop)
    for step in range(1, 4):
        phased.control.enqueue_run({"lr": 0.1}, loop, step, 0.1)
        ran(hand, 1, 1)
    assert phased.plan.now.index == 0
    phased.control.search_by_hand(replace(loop, on=False))
    assert hand.take() is Room.PHASE_OVER
    assert (phased.plan.now.index, phased.plan.now.after) == (1, 5)
    hand.run(lambda params: float(params["lr"] or 0))
    searched = [t for t in phased.trials() if to_row(t).validates is None]
    assert (len(searched), len(phased.trials())) == (7, 11)


def test_a_worker_that_only_validates_begins_no_phase(phased: Phased) -> None:
    hand = ThreadWorker(phased, 0)
    ran(hand, 1, 1)
    phased.control.skip_phase(0, 1.0)
    hand.read()
    study = load_study(study_name="s", storage=phased.storage)
    assert not Phases(study, hand.station, hand.control, hand.locked, validating=True).follow()
    assert phased.plan.now.index == 0
    assert hand.phases.follow()


def test_what_is_searched_after_the_validation_is_the_last_phase_of_the_search(phased: Phased) -> None:
    hand = ThreadWorker(phased, 0)
    hand.run(lambda params: float(params["lr"] or 0))
    create_study(phased.address, phased.description, budget=9)
    ran(hand, 1, 1)
    study = seen(phased)
    views = phases_of(study)
    assert views[:2] == [("explore 4/4", PhaseState.DONE), ("refine 4/5", PhaseState.NOW)]
    assert [phase_of(phased.plan, study.by_number[number]) for number in (3, 4, 7, 11)] == [
        *("explore", "refine", "validate", "refine")
    ]
    hand.run(lambda params: float(params["lr"] or 0))
    assert phases_of(seen(phased))[1] == ("refine 5/5", PhaseState.DONE)


def phases_of(study: StudySnapshot) -> list[tuple[str, PhaseState]]:
    found = course(study, 0.0)
    assert found is not None
    return [(view.words, view.state) for view in found.views]


def test_a_phase_that_was_ordered_begins_in_the_fork(phased: Phased) -> None:
    phased.control.skip_phase(0, 1.0)
    make_fork(phased.address, Fork("s", "s2", {}, {"kind": Choices(("a", "b"))}))
    study_id = phased.storage.get_study_id_from_name("s2")
    plan = decode_plan(phased.storage.get_study_user_attrs(study_id))
    assert plan is not None
    assert plan.skipped == {0}
