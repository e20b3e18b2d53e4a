"""The workers go from phase to phase by themselves (G17, G3): once, exactly, whoever is first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

from hpt_tui.domain.space import FloatRange, ParamValue
from hpt_tui.store import keys
from hpt_tui.store.address import Address, parse_address
from hpt_tui.store.reader import open_reader
from hpt_tui.store.tally import Room
from hpt_tui.store.translate import to_row
from tests.storages import fresh_storage
from tests.worker.phased import Phased, ThreadWorker, phase_documents

SPACE = {
    "lr": FloatDistribution(1e-5, 1.0, log=True),
    "batch_size": IntDistribution(1, 100),
    "dropout": FloatDistribution(0.0, 1.0),
    "optimizer": CategoricalDistribution(("sgd", "adamw")),
}
BASELINE: Mapping[str, ParamValue] = {"lr": 1e-3, "batch_size": 10, "dropout": 0.5, "optimizer": "sgd"}


def loss(params: Mapping[str, ParamValue]) -> float:
    wrong = 0.0 if params["optimizer"] == "adamw" else 0.01
    return abs(float(params["dropout"] or 0) - 0.2) + wrong


@pytest.fixture(params=("sqlite", "postgres", "journal"))
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Address]:
    with fresh_storage(request.param, tmp_path) as found:
        yield found


def test_many_workers_on_two_machines_explore_then_refine(address: Address, tmp_path: Path) -> None:
    phased = Phased(address, tmp_path, SPACE, "phases:explore=40,refine=12,top=2,seeds=2")
    phased.search(6, loss, machines=2)
    # On a journal, two machines may take the last place at once: one gives it back.
    trials, plan = [t for t in phased.trials() if t.state is not TrialState.FAIL], phased.plan
    assert [b.index for b in plan.begun[:2]] == [0, 1]
    refine = plan.begun[1]
    assert (refine.after, refine.why) == (40, "its trials are used up")
    assert [t.number < refine.first for t in trials].count(True) == 40
    dropout = refine.bounds["dropout"]
    drawn_from = [range_ for t in trials if isinstance(range_ := to_row(t).ranges["dropout"], FloatRange)]
    assert [range_.low for range_ in drawn_from[:52]] == [0.0] * 40 + [dropout.low] * 12
    assert dropout.high < 1.0
    runs = [run for t in trials if (run := to_row(t).validates) is not None]
    assert sorted(run.seed for run in runs) == [1, 1, 2, 2]
    assert {t.state for t in trials} == {TrialState.COMPLETE}
    assert len(trials) == 56


@pytest.fixture
def small(tmp_path: Path) -> Phased:
    """Nothing of it has run yet."""
    address = parse_address(str(tmp_path / "small.db"))
    return Phased(address, tmp_path, SPACE, "phases:explore=9,refine=4,top=2,seeds=2")


def test_an_order_ends_a_phase_and_what_runs_finishes_in_it(small: Phased) -> None:
    hand, other = ThreadWorker(small, 0), ThreadWorker(small, 1)
    for _ in range(5):
        hand.finish(_taken(hand), loss)
    running = _taken(other)
    small.control.skip_phase(0, 1.0)
    assert hand.take() is Room.TAKEN
    begun = small.plan.now
    assert (begun.index, begun.first, begun.after, begun.why) == (1, 6, 6, "skipped by order")
    other.finish(running, loss)
    small.search(2, loss)
    searched = [t for t in small.trials() if to_row(t).validates is None]
    assert len(searched) == 13
    assert small.plan.now.index == 2


def test_a_paused_or_stopped_study_begins_no_phase(small: Phased) -> None:
    hand = ThreadWorker(small, 0)
    for _ in range(9):
        hand.finish(_taken(hand), loss)
    small.control.pause(True, 1.0)
    assert hand.take() is Room.TAKEN
    small.control.pause(False, 2.0)
    small.control.stop(False, 3.0, limit=9)
    assert hand.take() is Room.USED_UP
    assert small.plan.now.index == 0
    small.control.stop(False, 4.0)
    assert hand.take() is Room.PHASE_OVER
    assert small.plan.now.index == 1


def test_a_trial_that_was_cut_short_is_made_good_before_the_next_phase(small: Phased) -> None:
    """It has used up nothing: the phase rests on as many trials as were asked for."""
    hand = ThreadWorker(small, 0)
    for _ in range(8):
        hand.finish(_taken(hand), loss)
    lost = _taken(hand)
    assert ThreadWorker(small, 1).take() is Room.TAKEN
    hand.study._storage.set_trial_user_attr(lost, keys.TRIAL_END, {"how": "lost", "text": "x"})
    hand.study._storage.set_trial_state_values(lost, TrialState.FAIL)
    assert small.plan.now.index == 0
    hand.finish(_taken(hand), loss)
    assert hand.take() is Room.PHASE_OVER
    assert (small.plan.now.index, small.plan.now.first, small.plan.now.after) == (1, 10, 9)


def _taken(hand: ThreadWorker) -> int:
    taken = hand.take()
    assert isinstance(taken, int)
    return taken


def test_the_new_phase_is_an_event_that_everybody_sees(address: Address, tmp_path: Path) -> None:
    phased = Phased(address, tmp_path, SPACE, "phases:explore=30,refine=3,top=2,seeds=2")
    phased.search(2, loss)
    reader = open_reader(address, "s")
    events = [e for e in reader.poll().events if e.act == "phase"]
    reader.close()
    assert [e.subject for e in events[:2]] == ["explore", "refine"]
    assert "dropout 0 .. 1 → " in events[1].sentence
    assert events[1].by.startswith("w")


def test_tier_by_tier_with_the_later_ones_at_their_baseline(address: Address, tmp_path: Path) -> None:
    phased = Phased(address, tmp_path, SPACE, "staged", baseline=BASELINE, budget=40)
    assert [p.name for p in phased.plan.phases] == ["tier 1", "tier 2", "tier 4"]
    phased.search(4, loss, machines=2)
    trials, plan = [t for t in phased.trials() if t.state is not TrialState.FAIL], phased.plan
    assert [t.state for t in trials] == [TrialState.COMPLETE] * 40
    assert phase_documents(phased.control.attributes()) == ["hpt:phase:1", "hpt:phase:2"]
    second, third = (sum(t.number < begun.first for t in trials) for begun in plan.begun[1:])
    assert {t.params["dropout"] for t in trials[:third]} == {0.5}
    assert {t.params["batch_size"] for t in trials[:second]} == {10}
    assert len({t.params["lr"] for t in trials[:second]}) > 1
    best = min(trials[:second], key=lambda t: t.values[0])
    assert {t.params["lr"] for t in trials[second:]} == {plan.begun[1].fixed["lr"]}
    assert best.params["lr"] == plan.begun[1].fixed["lr"]
    assert len({t.params["dropout"] for t in trials[third:]}) > 1


def test_a_tier_that_has_settled_makes_room_for_the_next_one(tmp_path: Path) -> None:
    """G26: the best unchanged for 20 trials, long before its share of the budget is used up."""
    address = parse_address(str(tmp_path / "settled.db"))
    phased = Phased(address, tmp_path, SPACE, "staged", baseline=BASELINE, budget=80)
    phased.search(3, lambda params: 1.0, machines=2)
    tiers, plan = phased.plan.phases, phased.plan
    assert plan.begun[1].why.startswith("settled (")
    assert 20 < plan.begun[1].after < tiers[0].trials
    assert len(phased.trials()) == 80
