"""An errand to a study (issue 4, item 8): no more is read than an order needs, nothing is kept open."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.orders.order import WrittenOrder
from hpt_tui.domain.orders.search import PauseStudy, StopStudy
from hpt_tui.domain.orders.trials import PruneTrial
from hpt_tui.domain.orders.undo import UndoEvent
from hpt_tui.domain.orders.workers import WantWorkers
from hpt_tui.errors import OrderRefusedError, StorageError, StorageLostError
from hpt_tui.session.errand import Errand
from hpt_tui.store.control import StudyControl
from hpt_tui.store.sql import book
from tests.builders import NOON
from tests.session.desk import Desk
from tests.store.synthetic import NAME, make_study


@pytest.mark.parametrize(
    ("order", "whole"),
    [
        (PauseStudy(), False),
        (StopStudy(), False),
        (PruneTrial(1), False),
        (ChangeBound("lr", high=1.0), True),
        (WantWorkers("node7", 3), True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_big_study_is_read_whole_only_for_an_order_that_needs_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, order: WrittenOrder, whole: bool
) -> None:
    monkeypatch.setattr(book, "BIG", 1)
    desk.hire()
    with Errand(desk.address, "s", desk.clock) as errand:
        assert errand.frame.study.outline is not None
        errand.foresee([order])
        assert (errand.frame.study.outline is None) is whole
        (done,) = errand.carry_out([order])
        assert (done.in_force, done.event.at) == (True, NOON)


def test_a_big_study_is_read_on_for_a_trial_that_is_not_in_sight(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "BIG", 1)
    desk.hire()
    with Errand(desk.address, "s", desk.clock) as errand, pytest.raises(OrderRefusedError, match="does not exist"):
        errand.foresee([PruneTrial(10**6)])


def test_what_cannot_be_read_back_is_an_error(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An order that nobody can see in the journal is not said to be done."""
    desk.hire()
    monkeypatch.setattr(StudyControl, "record", lambda control, event: None)
    with (
        Errand(desk.address, "s", desk.clock) as errand,
        pytest.raises(StorageLostError, match="does not show it"),
    ):
        errand.carry_out([PauseStudy()])


def test_an_order_into_a_file_that_is_gone_is_an_error_and_makes_no_file(desk: Desk) -> None:
    desk.hire()
    with Errand(desk.address, "s", desk.clock) as errand:
        desk.path.rename(desk.path.with_suffix(".away"))
        with pytest.raises(StorageError, match="there is no such file"):
            errand.carry_out([PauseStudy()])
    assert not desk.path.exists()


def test_an_order_waits_for_what_the_trials_were_drawn_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trials are there before their ranges: in the smallest pieces, no parameter must seem to be missing."""
    monkeypatch.setattr(book, "PIECE", 0.0)
    address = make_study(tmp_path / "big.db", 2000, 2)
    with Errand(address, NAME) as errand:
        space = errand.whole().study.space
    assert "optimizer" in space


def test_an_order_is_judged_by_the_study_as_it_is_when_it_is_carried_out(desk: Desk) -> None:
    """L6: whoever is asked takes their time, and somebody else moves the same bound meanwhile."""
    desk.hire()
    with Errand(desk.address, "s", desk.clock) as errand:
        (done,) = errand.carry_out([ChangeBound("lr", high=0.5)])
    with Errand(desk.address, "s", desk.clock) as slow:
        order = UndoEvent(done.event.id)
        slow.foresee([order])
        desk.clock.now += 1
        with Errand(desk.address, "s", desk.clock) as quick:
            quick.carry_out([ChangeBound("lr", high=0.7)])
        with pytest.raises(OrderRefusedError, match="overtaken"):
            slow.carry_out([order])
    with Errand(desk.address, "s", desk.clock) as after:
        assert after.frame.study.control.bounds["lr"].high == 0.7
