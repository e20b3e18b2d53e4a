"""Muting an alert: for one study, remembered on this machine, without a write into the study."""

from __future__ import annotations

from pathlib import Path

import pytest
from optuna.trial import TrialState

from hpt_tui.config import study_lock_path
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.orders.order import Order
from hpt_tui.domain.vigil import MuteFlag
from hpt_tui.session import Session
from tests.session.desk import Desk

MUTE = MuteFlag("over-pruned")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A study in which over nine tenths are pruned."""
    made = Desk(tmp_path / "s.db")
    for _ in range(30):
        trial = made.study.ask()
        trial.suggest_float("lr", 1e-4, 1e-1, log=True)
        for step in range(4):
            trial.report(0.1, step)
        made.study.tell(trial, state=TrialState.PRUNED)
    return made


def ids(frame: Frame) -> tuple[bool, bool]:
    """Whether the flag is up, and whether it is muted."""
    return tuple("over-pruned" in {f.id for f in found} for found in (frame.flags, frame.vigil.muted))  # type: ignore[return-value]


def ticked(session: Session, *orders: Order) -> Frame:
    for order in orders:
        session.submit(order)
    frame = session.tick()
    while frame.more:
        frame = session.tick()
    return frame


def test_a_watched_study_s_flag_is_muted_and_stays_so_in_the_next_session(desk: Desk) -> None:
    first = desk.open(steering=False)
    assert ids(ticked(first)) == (True, False)
    frame = ticked(first, MUTE)
    assert ids(frame) == (False, True)
    assert desk.study.user_attrs == {}
    first.close(stop_workers=False)
    second = desk.open(steering=False)
    assert ids(ticked(second)) == (False, True)
    assert ids(ticked(second, MuteFlag("over-pruned", on=False))) == (True, False)
    second.close(stop_workers=False)
    third = desk.open(steering=False)
    assert ids(ticked(third)) == (True, False)
    third.close(stop_workers=False)


def test_what_was_remembered_and_means_nothing_mutes_nothing(desk: Desk) -> None:
    file = study_lock_path(desk.address.url, "s").with_suffix(".muted")
    for text in ("{", "[1]", '{"a": 1}', "null"):
        file.write_text(text)
        session = desk.open(steering=False)
        assert ids(ticked(session)) == (True, False)
        session.close(stop_workers=False)


def test_since_when_it_is_up_is_the_session_s_clock(desk: Desk) -> None:
    session = desk.open(steering=False)
    ticked(session)
    began = desk.clock.now
    desk.clock.now += 100
    frame = ticked(session)
    assert frame.vigil.since[MUTE.key] == began
    session.close(stop_workers=False)
