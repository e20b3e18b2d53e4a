"""G10: searching by hand as orders of a session: begun beside a search, followed by itself, gone on from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hpt_tui.domain.frame import Frame, Notice
from hpt_tui.domain.logs import LogRequest
from hpt_tui.domain.manual.loop import ManualLoop
from hpt_tui.domain.orders.manual import BeginManual, EndManual, RunManual
from hpt_tui.domain.orders.order import Order
from hpt_tui.domain.orders.search import PauseStudy, ResumeStudy
from hpt_tui.domain.snapshot import Control
from hpt_tui.domain.space import FloatRange
from hpt_tui.domain.trial import Direction, TrialState
from hpt_tui.session import Session
from hpt_tui.session.by_hand import Follower
from hpt_tui.store import keys
from tests.builders import NOON, curve, frame, study, trial
from tests.session.desk import Desk, give

SWINGS = list(0.9 + 1.4 * np.exp(-np.arange(20) / 3) + 0.35 * (-1.0) ** np.arange(20))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "study.db")
    desk.hire()
    return desk


@pytest.fixture
def session(desk: Desk) -> Iterator[Session]:
    session = desk.open()
    session.tick()
    yield session
    session.close(stop_workers=False)


def test_a_run_begins_the_loop_from_the_best_trial_and_is_one_at_a_time(desk: Desk, session: Session) -> None:
    best = desk.study.trials[0].params
    desk.study.tell(1, 0.1)
    session.tick()
    assert give(session, RunManual(0.01)) == "lr 1.0e-2, run 1: the next free worker runs it"
    (waiting,) = [t for t in desk.study.get_trials() if "fixed_params" in t.system_attrs]
    assert waiting.system_attrs["fixed_params"] == {"optimizer": best["optimizer"], "lr": 0.01}
    assert waiting.user_attrs[keys.TRIAL_MANUAL]["step"] == 1
    loop = session.tick().study.control.manual
    assert loop is not None
    assert (loop.on, loop.start, loop.runs) == (True, 0.01, {2: 0.01})
    assert "#2 is under way" in give(session, RunManual(0.02))
    assert "goes on" in give(session, EndManual())
    assert "is over already" in give(session, EndManual())
    assert [e.act for e in session.tick().study.events] == ["manual-run", "end-manual"]
    assert give(session, BeginManual()).startswith("by hand: workers run what you order")
    again = session.tick().study.control.manual
    assert again == loop, "the same loop goes on"


def test_nothing_is_run_while_the_search_is_paused(desk: Desk, session: Session) -> None:
    give(session, PauseStudy())
    session.tick()
    assert "p goes on" in give(session, RunManual(0.01))
    give(session, ResumeStudy())
    session.tick()
    assert "refused" not in give(session, RunManual(0.01))


# Followed by itself


class Scripted:
    """Plays frames, the last one for ever, and writes down the orders."""

    def __init__(self, *frames: Frame) -> None:
        self.frames, self.orders = list(frames), list[Order]()

    def tick(self) -> Frame:
        return self.frames.pop(0) if len(self.frames) > 1 else self.frames[0]

    def look_at(self, trials: frozenset[int]) -> None: ...

    def read_log(self, request: LogRequest | None) -> None: ...

    def submit(self, order: Order) -> None:
        self.orders.append(order)

    def close(self, *, stop_workers: bool) -> None: ...


def by_hand(*rates: float, on: bool = True) -> Frame:
    space = {"lr": FloatRange(1e-5, 1.0, log=True)}
    trials = [trial(n, TrialState.COMPLETE, SWINGS[-1], ranges=space) for n in range(len(rates))]
    trials = [replace(t, params={"lr": rate}) for t, rate in zip(trials, rates, strict=True)]
    loop = ManualLoop("lr", 0.1, at=NOON, on=on, runs=dict(enumerate(rates)))
    made = study(
        trials,
        curves=[curve(n, "val_loss", SWINGS) for n in range(len(rates))],
        metric="val_loss",
        direction=Direction.MINIMIZE,
        declared=space,
        control=Control(manual=loop),
        budget=None,
    )
    return frame(made)


def test_each_proposal_is_ordered_once() -> None:
    cockpit = Scripted(by_hand(), by_hand(), by_hand(0.1), by_hand(0.1), by_hand(0.1, 0.05))
    follower = Follower(cockpit, ends=True)
    assert not any(follower.tick().finished for _ in range(6))
    assert cockpit.orders == [RunManual(0.1), RunManual(0.05), RunManual(0.005)]


def test_it_ends_after_the_last_run_and_leaves_a_search_alone() -> None:
    over = by_hand(0.5, 0.25, 0.1, 0.05, 0.02)
    assert Follower(Scripted(over), ends=True).tick().finished
    assert not Follower(Scripted(over), ends=False).tick().finished
    resting = Scripted(by_hand(0.1, on=False))
    Follower(resting, ends=True).tick()
    assert resting.orders == []


def test_an_order_that_is_refused_ends_it_and_one_that_a_lost_storage_took_is_given_again() -> None:
    refused = replace(by_hand(0.1), notices=(Notice("lr: widen it first", failed=True),))
    follower = Follower(Scripted(by_hand(0.1), refused), ends=True)
    assert not follower.tick().finished
    assert follower.tick().finished
    away = replace(by_hand(0.1), stale_since=NOON)
    cockpit = Scripted(by_hand(0.1), away, by_hand(0.1))
    again = Follower(cockpit, ends=True)
    for _ in range(4):
        again.tick()
    assert cockpit.orders == [RunManual(0.05), RunManual(0.05)]
