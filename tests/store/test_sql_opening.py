"""A big study comes in outline at once and then piece by piece (issue 3, item 1)."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialState
from hpt_tui.errors import StorageLostError
from hpt_tui.store.address import Address
from hpt_tui.store.api_reader import ApiReader
from hpt_tui.store.connect import close_storage, find_study, open_storage
from hpt_tui.store.sql import book, sweep
from hpt_tui.store.sql.outline import SHOWN
from hpt_tui.store.sql.reader import SqlReader
from hpt_tui.store.sql.sqlite_database import SqliteDatabase
from tests.store.synthetic import NAME, make_study

TRIALS, RUNNING = 600, 4


@pytest.fixture
def address(tmp_path: Path) -> Address:
    return make_study(tmp_path / "study.db", TRIALS, 3, running=RUNNING, cut=True)


@pytest.fixture
def by_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every poll reads the least that a poll reads."""
    monkeypatch.setattr(book, "BIG", 500)
    monkeypatch.setattr(book, "PIECE", 1e-9)
    monkeypatch.setattr(sweep, "_FIRST", 100)


@pytest.mark.usefixtures("by_pieces")
def test_the_outline_has_the_counts_the_newest_the_best_and_the_running_trials(address: Address) -> None:
    reader = SqlReader(address, NAME)
    first = reader.poll()
    assert first.outline is not None
    assert (first.total, first.outline.read, first.counts[TrialState.RUNNING]) == (TRIALS, 0, RUNNING)
    assert {trial.number for trial in first.trials} >= set(range(TRIALS - SHOWN, TRIALS))
    assert len(first.running) == RUNNING

    while reader.behind:
        whole = reader.poll()
    assert whole.outline is None
    assert whole.counts == first.counts
    assert first.ranked.numbers[:SHOWN] == whole.ranked.numbers[:SHOWN]
    assert first.best == whole.best
    assert list(first.trials[-5:]) == list(whole.trials[-5:])


@pytest.mark.usefixtures("by_pieces")
def test_the_rest_comes_piece_by_piece_with_the_curves_before_the_table(address: Address) -> None:
    reader = SqlReader(address, NAME)
    read, curves = [], []
    while (study := reader.poll()).outline is not None:
        read.append(study.outline.read)
        curves.append(len(study.curves))
    assert read == sorted(read)
    assert len(set(read)) > 2
    assert curves[0] == 0 < curves[1]


def test_the_columns_are_what_optuna_itself_reads(address: Address) -> None:
    api = ApiReader(address, NAME)
    optunas = api.poll()
    api.close()
    reader = SqlReader(address, NAME)
    ours = reader.poll()
    while reader.behind:
        ours = reader.poll()
    assert list(ours.trials) == list(optunas.trials)
    assert (ours.directions, ours.declared, ours.space) == (optunas.directions, optunas.declared, optunas.space)
    assert np.array_equal(ours.curves[TRIALS - 1][0].values, optunas.curves[TRIALS - 1][0].values)


@pytest.mark.usefixtures("by_pieces")
def test_a_study_that_is_still_being_read_is_kept_up_with(address: Address) -> None:
    storage = open_storage(address, writable=True)
    reader = SqlReader(address, NAME)
    study = reader.poll()
    while study.outline is not None:
        study = reader.poll()
    storage.set_trial_intermediate_value(TRIALS, 7, 0.5)
    storage.create_new_trial(find_study(storage, NAME, address.label))
    close_storage(storage)
    study = reader.poll()
    assert (len(study.trials), study.trials[TRIALS - 1].last_step) == (TRIALS + 1, 7)
    while reader.behind:
        study = reader.poll()
    assert (study.trials[0].steps, study.trials[0].worker) == (3, "box-1")
    assert study.trials[TRIALS - 1].last_step == 7


@pytest.mark.usefixtures("by_pieces")
def test_a_storage_that_goes_away_meanwhile_is_read_on_where_it_was(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = SqlReader(address, NAME)
    while whole.behind:
        expected = whole.poll()
    reader, failed, fetch = SqlReader(address, NAME), 0, SqliteDatabase.fetch
    calls = iter(range(10_000))

    def shaky(database: SqliteDatabase, sql: str, args: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        if next(calls) % 7 == 6:
            raise StorageLostError(address.label, "shaky")
        return fetch(database, sql, args)

    monkeypatch.setattr(SqliteDatabase, "fetch", shaky)
    while reader.behind:
        try:
            study = reader.poll()
        except StorageLostError:
            failed += 1
        if failed == 40:
            monkeypatch.setattr(SqliteDatabase, "fetch", fetch)
    assert failed
    assert list(study.trials) == list(expected.trials)


def test_reading_a_file_takes_neither_optuna_nor_sqlalchemy(address: Address) -> None:
    code = (
        "import sys; from hpt_tui.store.reader import open_reader; "
        "from hpt_tui.store.address import parse_address; "
        "study = open_reader(parse_address(sys.argv[1]), sys.argv[2]).poll(); "
        "print(len(study.trials), sorted({'optuna', 'sqlalchemy'} & sys.modules.keys()))"
    )
    command = [sys.executable, "-c", code, str(address.file), NAME]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == f"{TRIALS} []\n"


@pytest.mark.usefixtures("by_pieces")
@pytest.mark.parametrize("name", [NAME, "other"])
def test_studies_whose_trials_alternate_stay_apart(
    address: Address, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.closing(sqlite3.connect(address.file)) as db:
        db.execute("INSERT INTO studies (study_id, study_name) VALUES (2, 'other')")
        db.execute("INSERT INTO study_directions (direction, study_id, objective) VALUES ('MINIMIZE', 2, 0)")
        db.execute("UPDATE trials SET study_id = CASE WHEN trial_id % 3 = 0 THEN 2 ELSE 1 END")
        ids = [
            row[0]
            for row in db.execute(
                "SELECT trial_id FROM trials JOIN studies USING (study_id) WHERE study_name = ?", (name,)
            )
        ]
        db.executemany("UPDATE trials SET number = ? WHERE trial_id = ?", list(enumerate(ids)))
        db.commit()
    monkeypatch.setattr(book, "BIG", len(ids) // 2)
    reader = SqlReader(address, name)
    first = study = reader.poll()
    while reader.behind:
        study = reader.poll()
    assert (first.outline is not None, first.total, len(study.trials)) == (True, len(ids), len(ids))
    assert first.ranked.numbers[:20] == study.ranked.numbers[:20]
    storage = open_storage(address, writable=False)
    optunas = storage.get_all_trials(find_study(storage, name, address.label))
    close_storage(storage)
    assert [(t.params, t.last_step) for t in study.trials] == [(t.params, t.last_step) for t in optunas]


@pytest.mark.usefixtures("by_pieces")
def test_a_trial_that_ends_while_the_study_is_being_read_has_its_whole_curve(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "_PAGE", 100)
    reader = SqlReader(address, NAME)
    polls = [reader.poll() for _ in range(2)]
    assert TRIALS - 1 in polls[1].curves
    with contextlib.closing(sqlite3.connect(address.file)) as db:
        db.execute(
            "INSERT INTO trial_intermediate_values "
            f"(trial_id, step, intermediate_value, intermediate_value_type) VALUES ({TRIALS}, 9, 0.5, 'FINITE')"
        )
        db.execute(f"UPDATE trials SET state = 'PRUNED' WHERE trial_id = {TRIALS}")
        db.commit()
    while reader.behind:
        polls.append(reader.poll())
    assert polls[-1].trials[TRIALS - 1].last_step == 9
    assert polls[-1].curves[TRIALS - 1][0].steps.tolist()[-1] == 9


@pytest.mark.usefixtures("by_pieces")
def test_trials_that_make_no_sense_are_no_end_of_the_list(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "_PAGE", 100)
    monkeypatch.setattr("hpt_tui.store.sql.refresh.MOST_NEW", 10)
    with contextlib.closing(sqlite3.connect(address.file)) as db:
        db.execute("UPDATE trials SET number = NULL WHERE trial_id BETWEEN 50 AND 260")
        db.commit()
        reader = SqlReader(address, NAME)
        assert len(read_out(reader).trials) == TRIALS - 211
        db.execute("INSERT INTO trials (study_id, state) SELECT 1, 'FAIL' FROM trials LIMIT 30")
        db.execute(f"INSERT INTO trials (study_id, state, number) VALUES (1, 'FAIL', {TRIALS})")
        db.commit()
    assert read_out(reader).trials[-1].number == TRIALS


def read_out(reader: SqlReader) -> StudySnapshot:
    """The study, once there is no more to read."""
    study = reader.poll()
    while reader.behind:
        study = reader.poll()
    return study
