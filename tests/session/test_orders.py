"""The tick over a real storage: orders, their refusal, watching without writing, stale and back again."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.orders.order import Order
from hpt_tui.domain.orders.search import PauseStudy, ResumeStudy, StopStudy, TakeControl
from hpt_tui.domain.orders.trials import PruneTrial
from hpt_tui.domain.orders.workers import AddWorker, RemoveWorker
from hpt_tui.domain.trial import TrialState
from hpt_tui.errors import StorageLostError, StudyNotFoundError
from hpt_tui.session import Session, Terms
from hpt_tui.store.control import StudyControl
from hpt_tui.store.sql.reader import SqlReader
from tests.builders import NOON
from tests.session.desk import Desk, give


def test_a_frame_shows_the_study_and_when_it_was_read(desk: Desk) -> None:
    frame = desk.open().tick()
    assert (frame.study.name, frame.now, frame.opened, frame.finished) == ("s", NOON, True, False)
    assert [t.state for t in frame.study.trials] == [TrialState.COMPLETE, TrialState.RUNNING]


def test_a_missing_study_is_bad_input(desk: Desk) -> None:
    with pytest.raises(StudyNotFoundError, match="it holds: s"):
        Session(desk.address, "x", Terms(steering=False))


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (ChangeBound("lr", high=1.0, reason="edge"), "widen lr 1.0e-4 .. 1.0e-1 → 1.0e-4 .. 1.0e0 (flag edge)"),
        (ChangeBound("lr", low=1e-3), "narrow lr 1.0e-4 .. 1.0e-1 → 1.0e-3 .. 1.0e-1"),
        (PruneTrial(1), "prune #1"),
        (StopStudy(), "stop"),
        (StopStudy(at_once=True), "stop now"),
        (PauseStudy(), "pause"),
        (ResumeStudy(), "resume"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_an_order_is_done_and_recorded(desk: Desk, order: Order, said: str) -> None:
    """L2-L6: one event an order, with who and when."""
    desk.hire()
    session = desk.open()
    session.tick()
    assert not give(session, order).startswith("refused")
    (event,) = session.tick().study.events
    assert (event.at, event.sentence) == (NOON, said)
    assert event.by.endswith(f"@{socket.gethostname()}")


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (ChangeBound("momentum", high=1.0), "there is no such parameter; the study has: lr, optimizer"),
        (ChangeBound("optimizer", high=1.0), "is categorical"),
        (ChangeBound("lr", low=0.0), "log scale"),
        (ChangeBound("lr", low=1.0), "lower bound below the upper one"),
        (ChangeBound("lr", high=1e-1), "already ranges over"),
        (PruneTrial(0), "is complete, not running"),
        (PruneTrial(7), "does not exist"),
        (PruneTrial(1), "is run by no living hpt-tui worker"),
        (AddWorker(), "the study file is unknown here"),
        (RemoveWorker(), "none of this machine is left"),
    ],
)
def test_an_impossible_order_is_refused_and_writes_nothing(desk: Desk, order: Order, why: str) -> None:
    session = desk.open()
    session.tick()
    before = desk.control.attributes()
    assert why in give(session, order)
    assert desk.control.attributes() == before


def test_a_parameter_whose_range_the_code_changes_has_no_bound_to_move(desk: Desk) -> None:
    trial = desk.study.ask()
    trial.suggest_float("lr", 1e-4, 1.0, log=True)
    session = desk.open()
    session.tick()
    assert "another range from trial to trial" in give(session, ChangeBound("lr", high=10.0))


def test_a_watched_study_is_never_written_to(desk: Desk) -> None:
    """L1: not a byte, whatever keys are pressed, until the user has confirmed."""
    desk.lease(os.getpid(), 0.0)
    before = desk.control.attributes()
    session = desk.open(steering=False)
    frame = session.tick()
    assert not frame.access.steering
    for order in (
        StopStudy(),
        PauseStudy(),
        ChangeBound("lr", high=1.0),
        PruneTrial(1),
        AddWorker(),
        RemoveWorker(),
    ):
        assert "only being watched" in give(session, order)
    session.close(stop_workers=True)
    assert desk.control.attributes() == before


def test_steering_begins_when_the_user_confirms_it(desk: Desk) -> None:
    desk.lease(os.getpid(), 0.0, host="elsewhere")
    session = desk.open(steering=False)
    session.tick()
    assert give(session, TakeControl()) == "steering: every key has its effect now"
    assert session.tick().access.steering
    assert give(session, PauseStudy()).startswith("paused: running trials hold")
    assert [e.act for e in session.tick().study.events] == ["take-control", "pause"]


def test_a_study_without_our_workers_cannot_be_steered_and_says_why(desk: Desk) -> None:
    session = desk.open(steering=False)
    assert "no hpt-tui worker has ever run this study" in session.tick().access.steering_problem
    assert "no hpt-tui worker" in give(session, TakeControl())
    assert desk.control.attributes() == {}


def test_a_storage_that_goes_away_leaves_the_last_frame_and_comes_back(desk: Desk, tmp_path: Path) -> None:
    session = desk.open(steering=False)
    desk.clock.now += 1
    good = session.tick()
    away = tmp_path / "away.db"
    desk.path.rename(away)
    desk.clock.now += 5
    stale = session.tick()
    assert stale.study is good.study
    assert stale.stale_since == good.now
    assert "the file is gone" in stale.trouble
    desk.clock.now += 5
    assert session.tick().stale_since == good.now

    away.rename(desk.path)
    back = session.tick()
    assert (back.stale_since, back.trouble) == (None, "")


def test_an_order_during_an_outage_is_refused_and_not_lost_in_silence(desk: Desk, tmp_path: Path) -> None:
    session = desk.open()
    session.tick()
    desk.path.rename(tmp_path / "away.db")
    session.submit(PruneTrial(99))
    frame = session.tick()
    assert frame.stale_since is not None
    assert [n.failed for n in frame.notices] == [True]


def test_a_stop_during_an_outage_is_given_again(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = desk.open()
    session.tick()
    answers = iter([StorageLostError("the study", "does not answer")])
    write = StudyControl.stop

    def flaky(
        control: StudyControl,
        on: bool,
        at: float,
        *,
        now: bool = False,
        limit: int | None = None,
        deadline: float | None = None,
    ) -> None:
        for error in answers:
            raise error
        write(control, on, at, now=now, limit=limit, deadline=deadline)

    monkeypatch.setattr(StudyControl, "stop", flaky)
    session.submit(StopStudy())
    assert [n.failed for n in session.tick().notices] == [True]
    assert [n.failed for n in session.tick().notices] == [False]
    assert session.tick().study.control.stopping


def test_a_study_that_cannot_be_shown_makes_a_banner_and_not_a_crash(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = desk.open()
    good = session.tick()
    monkeypatch.setattr(SqlReader, "poll", lambda reader, looking_at: 1 / 0)
    bad = session.tick()
    assert bad.study is good.study
    assert "ZeroDivisionError" in bad.trouble
