"""A plan as it stands in a study (G17, G3): what it puts in force, what goes before it, what makes no sense."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from hpt_tui.domain.description import Description
from hpt_tui.domain.phases.plan import Begun, Narrowed, PlanKind, SearchPlan
from hpt_tui.domain.phases.wish import parse_plan
from hpt_tui.domain.space import Bound, FloatRange, Side
from hpt_tui.store import keys
from hpt_tui.store.address import parse_address
from hpt_tui.store.bound_documents import encode_bound
from hpt_tui.store.connect import close_storage, open_storage
from hpt_tui.store.control import StudyControl
from hpt_tui.store.create import create_study
from hpt_tui.store.phase_book import begin_phase, start_plan
from hpt_tui.store.plan_documents import PHASE, PLAN, SKIP, decode_plan, encode_begun, encode_plan, without_bounds
from tests.storages import KINDS, fresh_storage

CODE = FloatRange(1e-5, 1.0, log=True)
PHASES = parse_plan("phases:explore=10,refine=5,top=2,seeds=2").phases
NEW = SearchPlan(PlanKind.PHASES, PHASES, (Begun(0, at=1.0, by="ann@lab"),))
REFINE = Begun(
    1,
    at=100.0,
    by="w1@lab",
    why="its trials are used up",
    first=12,
    after=10,
    bounds={"lr": Narrowed(1e-4, 1e-2, (1e-5, 1.0), (1e-5, 1.0), log=True)},
    fixed={"optimizer": "sgd", "seed": None},
)
REFINING: keys.Attributes = {PLAN: encode_plan(NEW), f"{PHASE}1": encode_begun(REFINE)}


def side(low: float, high: float, at: float) -> dict[str, object]:
    return encode_bound(Bound(low, high, at), CODE)


def test_what_is_written_is_read_again() -> None:
    assert decode_plan(REFINING) == replace(NEW, begun=(NEW.begun[0], REFINE))
    assert decode_plan({**REFINING, f"{SKIP}1": {"at": 5.0}}) is not None
    assert decode_plan({}) is None


@pytest.mark.parametrize(
    "broken",
    [
        7,
        {},
        {"kind": "later", "phases": [], "begun": {}},
        {"kind": "phases", "phases": [], "begun": encode_begun(Begun(0))},
        {"kind": "phases", "phases": [{"name": "explore"}, 3, {"trials": 4}], "begun": encode_begun(Begun(0))},
        {"kind": "phases", "phases": [{"name": "x", "trials": 3}] * 99, "begun": encode_begun(Begun(0))},
        {**encode_plan(NEW), "begun": {"first": -1, "after": 0}},
    ],
)
def test_what_makes_no_sense_is_no_plan(broken: object) -> None:
    assert decode_plan({PLAN: broken}) is None


def test_a_phase_after_one_that_has_not_begun_is_not_there() -> None:
    assert decode_plan({PLAN: encode_plan(NEW), f"{PHASE}2": encode_begun(REFINE)}) == NEW


def test_a_phase_goes_before_older_orders_and_newer_ones_before_it_side_by_side() -> None:
    older = {keys.BOUND_LOW + "lr": side(1e-5, 0.5, 50.0), keys.BOUND_HIGH + "lr": side(1e-5, 0.5, 50.0)}
    bound = keys.decode_control({**older, **REFINING}).bounds["lr"]
    assert (bound.low, bound.high) == (1e-4, 1e-2)
    widened = {**older, keys.BOUND_HIGH + "lr": side(1e-4, 0.3, 150.0)}
    bound = keys.decode_control({**widened, **REFINING}).bounds["lr"]
    assert (bound.low, bound.high) == (1e-4, 0.3)


def test_what_is_fixed_or_freed_by_hand_later_goes_before_the_phase() -> None:
    def fixed(on: bool, at: float) -> dict[str, object]:
        order = {"on": on, "value": "adamw", "at": at}
        return dict(keys.decode_control({**REFINING, keys.FIX + "optimizer": order}).fixed)

    assert fixed(True, 50.0) == fixed(False, 50.0) == {"optimizer": "sgd", "seed": None}
    assert fixed(True, 150.0) == {"optimizer": "adamw", "seed": None}
    assert fixed(False, 150.0) == {"seed": None}


def test_the_journal_tells_each_phase_from_its_own_document() -> None:
    told = [event.sentence for event in keys.decode_events(REFINING)]
    assert told == [
        "phase explore: the space as it was",
        "phase refine: lr 1.0e-5 .. 1.0e0 → 1.0e-4 .. 1.0e-2, optimizer = sgd, seed = None; "
        "explore: its trials are used up",
    ]


def test_a_fork_leaves_the_ranges_that_it_declares_anew() -> None:
    plan = decode_plan({key: without_bounds(value, ("lr",)) for key, value in REFINING.items()})
    assert plan is not None
    assert (plan.now.bounds, plan.now.fixed) == ({}, REFINE.fixed)


@pytest.fixture
def control(tmp_path: Path) -> StudyControl:
    address = parse_address(str(tmp_path / "s.db"))
    study_id = create_study(address, Description("s", "s.py", "objective"), budget=15)
    return StudyControl(open_storage(address, writable=True), study_id, "ann@lab")


def test_an_order_by_hand_is_never_older_than_the_phase_whatever_the_clock(control: StudyControl) -> None:
    start_plan(control.storage, control.study_id, NEW)
    assert begin_phase(control.storage, control.study_id, REFINE, used_up=False)
    control.change_bound("lr", CODE, 1e-4, 0.5, 3.0, (Side.HIGH,))
    control.fix("optimizer", "adamw", 3.0)
    found = keys.decode_control(control.attributes())
    assert (found.bounds["lr"].low, found.bounds["lr"].high) == (1e-4, 0.5)
    assert found.fixed["optimizer"] == "adamw"


@pytest.mark.parametrize("kind", KINDS)
def test_a_phase_begins_once_and_not_before_the_other_is_used_up(kind: str, tmp_path: Path) -> None:
    with fresh_storage(kind, tmp_path) as address:
        study_id = create_study(address, Description("s", "s.py", "objective"), budget=15)
        storage = open_storage(address, writable=True)
        start_plan(storage, study_id, NEW)
        assert not begin_phase(storage, study_id, REFINE, used_up=True)
        assert begin_phase(storage, study_id, REFINE, used_up=False)
        assert not begin_phase(storage, study_id, replace(REFINE, by="w2@lab"), used_up=False)
        plan = decode_plan(storage.get_study_user_attrs(study_id))
        close_storage(storage)
    assert plan is not None
    assert (plan.now.by, plan.now.first, plan.now.after) == ("w1@lab", 0, 0)


@pytest.mark.parametrize("kind", ["sqlite", "postgres", "mysql"])
def test_of_many_that_begin_a_phase_at_once_one_does(kind: str, tmp_path: Path) -> None:
    with fresh_storage(kind, tmp_path) as address:
        study_id = create_study(address, Description("s", "s.py", "objective"), budget=15)
        storages = [open_storage(address, writable=True) for _ in range(6)]
        start_plan(storages[0], study_id, NEW)

        def begin(n: int) -> bool:
            return begin_phase(storages[n], study_id, replace(REFINE, by=f"w{n}"), used_up=False)

        with ThreadPoolExecutor(6) as pool:
            first = list(pool.map(begin, range(6)))
        plan = decode_plan(storages[0].get_study_user_attrs(study_id))
        for storage in storages:
            close_storage(storage)
    assert plan is not None
    assert [f"w{n}" for n, done in enumerate(first) if done] == [plan.now.by]


def test_a_study_that_is_run_again_goes_on_in_its_phase(control: StudyControl, tmp_path: Path) -> None:
    start_plan(control.storage, control.study_id, NEW)
    begin_phase(control.storage, control.study_id, REFINE, used_up=False)
    before = decode_plan(control.attributes())
    create_study(parse_address(str(tmp_path / "s.db")), Description("s", "s.py", "objective"))
    assert decode_plan(control.attributes()) == before
