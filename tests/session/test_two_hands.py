"""Several users at once (issue 4, item 7): no order is lost, whoever else gives one at the same moment."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.orders.undo import undo_problem
from hpt_tui.domain.orders.workers import WantWorkers
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices
from hpt_tui.store.address import Kind
from hpt_tui.store.connect import close_storage, find_study, open_storage
from hpt_tui.store.control import StudyControl
from hpt_tui.store.reader import open_reader
from tests.session.desk import Desk
from tests.session.hand import orders_of
from tests.storages import fresh_storage

HANDS = ("ann", "bob")
COUNTS = {"screen": 100, "shell": 20}
"""Way of giving orders -> how many a hand gives to a study in SQLite; elsewhere a quarter as many. A command line
opens the storage anew for each."""


@pytest.fixture(params=["sqlite", "journal", "postgres", "mysql"])
def shared(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A study with a living worker, in each kind of storage."""
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    with fresh_storage(request.param, tmp_path) as address:
        desk = Desk(tmp_path / "s", address)
        desk.hire()
        yield desk


def given(desk: Desk, way: str, count: int) -> list[str]:
    """What came of the orders of both hands, which begin at the same moment."""
    said: list[str] = []
    with ExitStack() as stack:
        hands = []
        for who in HANDS:
            argv = [sys.executable, "-m", "tests.session.hand", desk.address.url, who, way, str(count)]
            hand = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            stack.enter_context(hand)
            stack.callback(hand.kill)
            hands.append(hand)
        for hand in hands:
            assert hand.stdout is not None
            assert hand.stdout.readline() == "ready\n"
        for hand in hands:
            assert hand.stdin is not None
            hand.stdin.write("go\n")
            hand.stdin.flush()
        for hand in hands:
            out, _ = hand.communicate(timeout=240)
            said += json.loads(out)
    return said


def read(desk: Desk) -> StudySnapshot:
    reader = open_reader(desk.address, "s")
    try:
        return reader.poll()
    finally:
        reader.close()


@pytest.mark.parametrize("way", COUNTS)
def test_of_many_orders_by_two_hands_at_once_all_are_applied(shared: Desk, way: str) -> None:
    """Each stands in the journal once; each key holds the last order of a hand that changed it."""
    count = COUNTS[way] if shared.address.kind is Kind.SQLITE else COUNTS[way] // 4
    assert [problem for problem in given(shared, way, count) if problem] == []

    study = read(shared)
    orders = {who: orders_of(who, count) for who in HANDS}
    assert len(study.events) == len(HANDS) * count
    acts = Counter(event.act for event in study.events)
    each = len(HANDS) * count // 5
    assert (acts["pause"], acts["resume"], acts["set-workers"]) == (each, each, 2 * each)
    bounds = [event.why for event in study.events if event.act in ("widen", "narrow")]
    assert sorted(bounds) == sorted(o.reason for who in HANDS for o in orders[who] if isinstance(o, ChangeBound))
    wanted = [(event.subject, event.after) for event in study.events if event.act == "set-workers"]
    asked = [(o.host, o.count) for who in HANDS for o in orders[who] if isinstance(o, WantWorkers)]
    assert sorted(wanted) == sorted((host, str(count)) for host, count in asked)

    assert not study.control.paused
    assert {(host, crew.workers) for host, crew in study.control.wanted.items()} <= set(asked)
    assert set(study.control.wanted) == {host for host, _ in asked}
    last = {next(o.high for o in reversed(orders[who]) if isinstance(o, ChangeBound)) for who in HANDS}
    assert study.control.bounds["lr"].high in last


def write_blindly(desk: Desk, *orders: tuple[str, ChangeBound]) -> None:
    """Each order by a user of its own, whose screen shows none of the others yet; all in a second."""
    frame = Frame(study=read(desk), now=desk.clock.now, opened=True)
    for n, (who, order) in enumerate(orders):
        storage = open_storage(desk.address, writable=True)
        try:
            control = StudyControl(storage, find_study(storage, "s", desk.address.label), who)
            control.record(order.foreseen(frame, desk.clock.now + n / 10))
            order.write(control, frame, desk.clock.now + n / 10)
        finally:
            close_storage(storage)


def ends(study: StudySnapshot) -> tuple[float, float]:
    range_ = study.space["lr"]
    assert not isinstance(range_, Choices)
    return range_.low, range_.high


@pytest.mark.parametrize("first", ["low", "high"])
def test_of_two_who_move_different_sides_of_a_parameter_neither_loses_theirs(shared: Desk, first: str) -> None:
    orders = [("ann", ChangeBound("lr", low=1e-5)), ("bob", ChangeBound("lr", high=10.0))]
    write_blindly(shared, *(orders if first == "low" else orders[::-1]))
    study = read(shared)
    assert ends(study) == (1e-5, 10.0)
    assert len(study.events) == 2
    assert [undo_problem(event, study) for event in study.events] == ["", ""]


@pytest.mark.parametrize("first", ["low", "high"])
def test_of_two_sides_that_do_not_fit_the_newer_order_stands_as_its_giver_saw_it(shared: Desk, first: str) -> None:
    write_blindly(shared, ("ann", ChangeBound("lr", high=10.0)))
    shared.clock.now += 1
    orders = [("ann", ChangeBound("lr", low=5.0)), ("bob", ChangeBound("lr", high=3.0))]
    write_blindly(shared, *(orders if first == "low" else orders[::-1]))
    assert ends(read(shared)) == ((1e-4, 3.0) if first == "low" else (5.0, 10.0))
    # What was overruled does not come back with the next order.
    shared.clock.now += 1
    side = ChangeBound("lr", high=7.0) if first == "low" else ChangeBound("lr", low=2.0)
    write_blindly(shared, ("ann", side))
    assert ends(read(shared)) == ((1e-4, 7.0) if first == "low" else (2.0, 10.0))
