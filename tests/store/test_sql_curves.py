"""Which curves the reader of databases reads, and when (issue 3, item 1)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hpt_tui.domain.snapshot import RECENT
from hpt_tui.store.address import Address
from hpt_tui.store.sql import following, shelf
from hpt_tui.store.sql.reader import SqlReader
from tests.store.by_hand import Hand
from tests.store.synthetic import NAME, make_study

TRIALS, STEPS, RUNNING = 60, 4, 3


@pytest.fixture
def address(tmp_path: Path) -> Address:
    return make_study(tmp_path / "study.db", TRIALS, STEPS, running=RUNNING)


@pytest.fixture
def hand(address: Address) -> Hand:
    return Hand(address)


def test_curves_of_old_trials_are_read_when_they_are_looked_at(address: Address) -> None:
    reader = SqlReader(address, NAME)
    study = reader.poll()
    assert study.best is not None
    shown = {study.best.number, *range(TRIALS - RECENT, TRIALS)}
    assert set(study.curves) == shown
    looking = reader.poll(frozenset({1, 2}))
    assert set(looking.curves) == shown | {1, 2}
    assert looking.curves[1][0].steps.tolist() == list(range(STEPS))
    assert looking.trials is study.trials


def test_curves_have_their_room_and_who_is_looked_at_comes_first(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "KEPT", 10 * STEPS)
    monkeypatch.setattr(shelf, "_BATCH", STEPS)
    reader = SqlReader(address, NAME)
    assert 10 <= len(reader.poll().curves) <= 10 + RUNNING
    assert {5, 6} <= set(reader.poll(frozenset({5, 6})).curves)


def test_curves_come_poll_by_poll_where_they_are_long(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "AT_ONCE", 10 * STEPS)
    monkeypatch.setattr(shelf, "_BATCH", STEPS)
    reader = SqlReader(address, NAME)
    polls = [len(reader.poll().curves)]
    while reader.behind:
        polls.append(len(reader.poll().curves))
    assert polls == sorted(set(polls))
    assert polls[-1] >= RECENT


def test_logs_of_a_trials_own_stand_beside_its_curves_and_grow_by_themselves(
    address: Address, hand: Hand, tmp_path: Path
) -> None:
    log = tmp_path / "run" / "metrics.csv"
    log.parent.mkdir()
    log.write_text("step,loss,value\n0,1.0,7.0\n")
    hand(
        "INSERT INTO trial_user_attributes (trial_id, key, value_json) VALUES (?, 'log_dir', ?)",
        *(TRIALS, json.dumps(str(log.parent))),
    )
    reader = SqlReader(address, NAME)
    curves = {curve.metric: curve.values.tolist() for curve in reader.poll().curves[TRIALS - 1]}
    assert (list(curves), len(curves["value"]), curves["loss"]) == (["value", "loss"], STEPS, [1.0])
    study = reader.poll()
    assert reader.poll() is study
    with log.open("a") as file:
        file.write("1,0.5,7.0\n")
    grown = reader.poll().curve(TRIALS - 1, "loss")
    assert grown is not None
    assert grown.values.tolist() == [1.0, 0.5]


def test_a_running_trial_is_shown_before_its_curves_are(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "FIRST", 0)
    reader = SqlReader(address, NAME)
    study = reader.poll()
    assert len(study.running) == RUNNING
    assert not set(study.running.numbers) & set(study.curves)
    monkeypatch.setattr(following, "FIRST", 1)
    while reader.behind:
        study = reader.poll()
    assert set(study.running.numbers) <= set(study.curves)
