"""What the reader of databases sees as a study goes on, and what it costs (issue 3, items 2 and 4)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from hpt_tui.domain.trial import Direction, TrialState
from hpt_tui.errors import StorageLostError
from hpt_tui.store.address import Address
from hpt_tui.store.sql import following
from hpt_tui.store.sql.database import Row
from hpt_tui.store.sql.reader import SqlReader
from hpt_tui.store.sql.refresh import SETTLING
from hpt_tui.store.sql.sqlite_database import SqliteDatabase
from tests.store.by_hand import Hand
from tests.store.synthetic import NAME, make_study

TRIALS, STEPS, RUNNING = 60, 4, 3


@pytest.fixture
def address(tmp_path: Path) -> Address:
    return make_study(tmp_path / "study.db", TRIALS, STEPS, running=RUNNING)


@pytest.fixture
def hand(address: Address) -> Hand:
    return Hand(address)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that a reader makes."""
    made: list[str] = []
    fetch = SqliteDatabase.fetch

    def noted(database: SqliteDatabase, sql: str, args: Sequence[object] = ()) -> list[Row]:
        made.append(sql)
        return fetch(database, sql, args)

    monkeypatch.setattr(SqliteDatabase, "fetch", noted)
    return made


def test_when_nothing_changed_a_poll_is_one_statement(address: Address, statements: list[str]) -> None:
    reader = SqlReader(address, NAME)
    first = reader.poll()
    statements.clear()
    assert reader.poll() is first
    assert statements == ["PRAGMA data_version"]


def test_a_tick_is_as_many_statements_whatever_the_size_of_the_study(
    tmp_path: Path, statements: list[str]
) -> None:
    counted = []
    for size in (60, 1200):
        address = make_study(tmp_path / f"{size}.db", size, STEPS, running=RUNNING)
        reader = SqlReader(address, NAME)
        reader.poll()
        Hand(address).report(size, STEPS, 0.5)
        statements.clear()
        reader.poll()
        counted.append(len(statements))
    assert counted[0] == counted[1] <= 15


def test_a_report_moves_its_trial_and_no_other_column(address: Address, hand: Hand) -> None:
    reader = SqlReader(address, NAME)
    before = reader.poll()
    hand.report(TRIALS, STEPS, 0.9)
    after = reader.poll()
    assert (after.trials[-1].steps, after.trials[-1].last_value) == (STEPS + 1, 0.9)
    assert after.trials.columns.values is before.trials.columns.values
    assert after.curves[TRIALS - 2][0] is before.curves[TRIALS - 2][0]
    assert before.curves[TRIALS - 1][0].steps.tolist() == list(range(STEPS))
    assert after.curves[TRIALS - 1][0].steps.tolist() == list(range(STEPS + 1))


def test_values_written_over_in_place_are_seen_while_their_trial_runs(address: Address, hand: Hand) -> None:
    reader = SqlReader(address, NAME)
    reader.poll()
    hand("UPDATE trial_intermediate_values SET intermediate_value = 9 WHERE trial_id = ? AND step = 1", TRIALS)
    hand("UPDATE trial_params SET param_value = 0.05 WHERE trial_id = ? AND param_name = 'lr'", TRIALS)
    study = reader.poll()
    assert study.curves[TRIALS - 1][0].values[1] == 9.0
    assert study.trials[-1].params["lr"] == 0.05


def test_a_long_trial_is_followed_by_what_is_new(
    address: Address, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "AGAIN", STEPS)
    reader = SqlReader(address, NAME)
    reader.poll()
    for step in range(STEPS, STEPS + 4):
        for trial_id in range(TRIALS - RUNNING + 1, TRIALS + 1):
            hand.report(trial_id, step, step / 10)
        study = reader.poll()
        assert [trial.last_step for trial in study.running] == [step] * RUNNING
    assert [len(study.curves[trial.number][0].steps) for trial in study.running] == [STEPS + 4] * RUNNING


def test_a_trial_that_ends_is_read_in_full_and_once_more_later(address: Address, hand: Hand) -> None:
    now = [1000.0]
    reader = SqlReader(address, NAME, clock=lambda: now[0])
    reader.poll()
    hand.report(TRIALS, STEPS, 0.5)
    hand.finish(TRIALS, 0.75)
    done = reader.poll().trials[-1]
    assert (done.state, done.value, done.steps) == (TrialState.COMPLETE, 0.75, STEPS + 1)

    hand.report(TRIALS, STEPS + 1, 0.6)
    assert reader.poll().trials[-1].steps == STEPS + 1
    now[0] += SETTLING
    hand.report(1, STEPS, 0.1)
    study = reader.poll()
    assert study.trials[-1].steps == STEPS + 2
    assert len(study.curves[TRIALS - 1][0].steps) == STEPS + 2


def test_what_the_last_trial_wrote_after_its_end_is_seen_though_nothing_follows(
    address: Address, hand: Hand
) -> None:
    now = [1000.0]
    reader = SqlReader(address, NAME, clock=lambda: now[0])
    reader.poll()
    hand.finish(TRIALS, 0.75)
    reader.poll()
    hand.report(TRIALS, STEPS, 0.6)
    reader.poll()
    now[0] += SETTLING
    study = reader.poll()
    assert study.trials[-1].steps == STEPS + 1
    assert reader.poll() is study


def test_an_empty_study_made_anew_the_other_way_round_has_its_new_direction(address: Address, hand: Hand) -> None:
    hand("DELETE FROM trials")
    reader = SqlReader(address, NAME)
    assert reader.poll().directions == (Direction.MAXIMIZE,)
    hand("UPDATE study_directions SET direction = 'MINIMIZE'")
    assert reader.poll().directions == (Direction.MINIMIZE,)


def test_a_waiting_trial_is_seen_to_start(address: Address, hand: Hand) -> None:
    reader = SqlReader(address, NAME)
    hand.begin(TRIALS + 1, TRIALS, "WAITING")
    hand.report(TRIALS + 1, 0, 0.5)
    waiting = reader.poll()
    assert (waiting.trials[-1].state, TRIALS in waiting.curves) == (TrialState.WAITING, False)
    hand("UPDATE trials SET state = 'RUNNING' WHERE trial_id = ?", TRIALS + 1)
    running = reader.poll()
    assert (running.trials[-1].state, TRIALS in running.curves) == (TrialState.RUNNING, True)


def test_of_thousands_of_waiting_trials_the_one_that_starts_is_seen(address: Address, hand: Hand) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2499) "
    hand(f"{numbers} INSERT INTO trials (number, study_id, state) SELECT {TRIALS} + i, 1, 'WAITING' FROM n")
    reader = SqlReader(address, NAME)
    reader.poll()
    hand("UPDATE trials SET state = 'RUNNING' WHERE number = 2000")
    study = reader.poll()
    assert (study.trials[2000].state, study.counts[TrialState.WAITING]) == (TrialState.RUNNING, 2499)


def test_a_study_deleted_and_made_anew_under_its_ids_is_another_one(address: Address, hand: Hand) -> None:
    reader = SqlReader(address, NAME)
    reader.poll()
    hand("DELETE FROM trials WHERE trial_id > 30")
    hand("UPDATE trials SET datetime_start = '2026-03-01 00:00:00', state = 'PRUNED'")
    hand("DELETE FROM trial_intermediate_values")
    study = reader.poll(frozenset({0}))
    assert (len(study.trials), study.counts[TrialState.PRUNED], study.trials[0].steps) == (30, 30, 0)
    assert study.curves == {}


def test_a_study_that_is_deleted_while_it_is_read_is_lost(
    address: Address, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = SqlReader(address, NAME)
    fetch, left = SqliteDatabase.fetch, [TRIALS]

    def deleted_meanwhile(database: SqliteDatabase, sql: str, args: Sequence[object] = ()) -> list[Row]:
        if "trial_id IN" in sql and "FROM trials " in sql:
            hand("DELETE FROM trials WHERE trial_id = ?", left[0])
            left[0] -= 1
        return fetch(database, sql, args)

    monkeypatch.setattr(SqliteDatabase, "fetch", deleted_meanwhile)
    with pytest.raises(StorageLostError):
        reader.poll()
    monkeypatch.undo()
    assert len(reader.poll().trials) == left[0]


def test_more_new_trials_than_a_poll_reads_come_with_the_next_ones(
    address: Address, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hpt_tui.store.sql.refresh.MOST_NEW", 10)
    reader = SqlReader(address, NAME)
    reader.poll()
    for number in range(TRIALS, TRIALS + 25):
        hand.begin(number + 1, number, "FAIL")
    sizes = [len(reader.poll().trials)]
    while reader.behind:
        sizes.append(len(reader.poll().trials))
    assert sizes == [TRIALS + 10, TRIALS + 20, TRIALS + 25]


def test_a_note_in_optuna_dashboard_marks_its_trial_until_it_is_taken_away(address: Address, hand: Hand) -> None:
    reader = SqlReader(address, NAME)
    assert not reader.poll().trials[4].noted
    hand(
        "INSERT INTO study_system_attributes (study_id, key, value_json) "
        "VALUES (1, 'dashboard:5:note_str:0', '\"odd\"')"
    )
    assert [trial.number for trial in reader.poll().trials if trial.noted] == [4]
    hand("UPDATE study_system_attributes SET value_json = '\"\"'")
    assert not reader.poll().trials[4].noted


def test_rows_that_make_no_sense_are_left_out(address: Address, hand: Hand) -> None:
    hand("UPDATE trials SET number = NULL WHERE trial_id = 3")
    hand("UPDATE trials SET state = 'DREAMING' WHERE trial_id = 4")
    hand("UPDATE trials SET datetime_start = X'00', number = 4 WHERE trial_id = 5")
    hand("UPDATE trial_params SET param_value = X'00' WHERE trial_id = 6 AND param_name = 'lr'")
    hand("UPDATE trial_params SET param_value = 7 WHERE trial_id = 6 AND param_name = 'optimizer'")
    hand(
        'UPDATE trial_params SET distribution_json = \'{"name": "Odd"}\' '
        "WHERE trial_id = 6 AND param_name = 'width'"
    )
    hand("UPDATE trial_intermediate_values SET step = 'last' WHERE trial_id = 7 AND step = 3")
    hand("UPDATE trial_values SET value = 'x' WHERE trial_id = 9")
    hand("UPDATE trial_values SET objective = 5 WHERE trial_id = 10")
    study = SqlReader(address, NAME).poll(frozenset(range(10)))
    rows = study.by_number
    assert {2, 3}.isdisjoint(rows)
    assert rows[4].started is None
    assert "lr" not in rows[5].params
    assert (rows[5].params["optimizer"], "optimizer" in rows[5].ranges) == (7.0, False)
    assert (type(rows[5].params["width"]), "width" in rows[5].ranges) == (float, False)
    assert (rows[6].steps, rows[6].last_step) == (3, 2)
    assert (rows[8].values, rows[9].values) == ((), ())
