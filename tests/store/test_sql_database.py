"""A database that is only read: no lock left, replaced files noticed, lost connections made anew (issue 3)."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy

from hpt_tui.domain.trial import TrialState
from hpt_tui.errors import StorageLostError
from hpt_tui.store import sqlite_uri
from hpt_tui.store.address import Address, parse_address
from hpt_tui.store.sql import sqlite_database
from hpt_tui.store.sql.opened import open_database
from hpt_tui.store.sql.reader import SqlReader
from tests.storages import fresh_storage
from tests.store.synthetic import NAME, make_study

COUNT = "SELECT COUNT(*) FROM trials"


@pytest.fixture(params=[False, True], ids=["rollback", "wal"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Address:
    return make_study(tmp_path / "study.db", 20, 3, running=2, wal=request.param)


def write(address: Address, sql: str) -> None:
    """Change a file at once, or fail at once."""
    with contextlib.closing(sqlite3.connect(address.file, timeout=0)) as db:
        db.execute(sql)
        db.commit()


RUNNING = 20
"""The id of a running trial; Optuna lets nobody change one that has ended."""


def test_who_has_just_read_holds_no_writer_up(address: Address) -> None:
    reader = SqlReader(address, NAME)
    for number in range(3):
        reader.poll(frozenset({number}))
        write(address, f"UPDATE trial_params SET param_value = {number} WHERE param_name = 'lr'")
    assert reader.poll().trials[-1].params["lr"] == 2.0


def test_a_change_is_told_by_the_stamp_and_nothing_else_is(address: Address) -> None:
    database = open_database(address)
    before = database.stamp()
    database.fetch(COUNT)
    assert database.stamp() == before
    write(address, "UPDATE trial_values SET value = 1 WHERE trial_id = 1")
    assert database.stamp() != before


def test_a_database_is_only_read(address: Address) -> None:
    with pytest.raises(StorageLostError, match="readonly"):
        open_database(address).fetch("DELETE FROM trials")


def test_a_file_that_is_gone_is_lost_until_it_is_back(address: Address) -> None:
    reader = SqlReader(address, NAME)
    reader.poll()
    away = address.file.with_suffix(".away")
    address.file.rename(away)
    for _ in range(2):
        with pytest.raises(StorageLostError, match="the file is gone"):
            reader.poll()
    away.rename(address.file)
    assert len(reader.poll().trials) == 20


def test_a_replaced_file_is_read_anew(address: Address, tmp_path: Path) -> None:
    reader = SqlReader(address, NAME)
    assert len(reader.poll().trials) == 20
    other = make_study(tmp_path / "other.db", 7, 2)
    other.file.replace(address.file)
    study = reader.poll()
    assert (len(study.trials), len(study.running)) == (7, 0)


def test_a_locked_database_is_lost_for_a_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_uri, "PATIENCE", 0.0)
    address = make_study(tmp_path / "study.db", 3, 2)
    reader = SqlReader(address, NAME)
    reader.poll()
    with contextlib.closing(sqlite3.connect(address.file)) as db:
        db.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageLostError, match="locked"):
            reader.poll()
    assert len(reader.poll().trials) == 3


def test_a_file_opened_as_immutable_is_opened_again_once_somebody_writes(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(address, "PRAGMA wal_checkpoint(TRUNCATE)")
    monkeypatch.setattr(sqlite_database, "read_only_uri", lambda path: f"file:{path}?mode=ro&immutable=1")
    reader = SqlReader(address, NAME)
    before = reader.poll()
    assert reader.poll() is before
    write(address, f"UPDATE trial_params SET param_value = 7 WHERE trial_id = {RUNNING} AND param_name = 'lr'")
    write(address, "PRAGMA wal_checkpoint(TRUNCATE)")
    assert reader.poll().trials[-1].params["lr"] == 7.0


def test_through_a_link_the_log_is_looked_for_beside_the_file_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = make_study(tmp_path / "study.db", 20, 3, running=2, wal=True)
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "other.db"
    link.symlink_to(address.file)
    monkeypatch.setattr(sqlite_database, "read_only_uri", lambda path: f"file:{path}?mode=ro&immutable=1")
    reader = SqlReader(parse_address(str(link)), NAME)
    reader.poll()
    monkeypatch.undo()
    with contextlib.closing(sqlite3.connect(address.file)) as writer:
        writer.execute(f"UPDATE trials SET state = 'FAIL' WHERE trial_id = {RUNNING}")
        writer.commit()
        assert reader.poll().trials[-1].state is TrialState.FAILED


def test_text_that_is_none_is_shown_as_well_as_it_can_be(address: Address) -> None:
    write(address, "UPDATE trial_params SET param_name = CAST(X'6cff' AS TEXT) WHERE param_id = 1")
    assert "l�" in SqlReader(address, NAME).poll().trials[0].params


def test_a_file_that_gets_damaged_is_lost_and_found_again(tmp_path: Path) -> None:
    address = make_study(tmp_path / "study.db", 20, 3)
    reader = SqlReader(address, NAME)
    reader.poll()
    damaged, whole = tmp_path / "damaged.db", tmp_path / "whole.db"
    shutil.copy(address.file, damaged)
    os.truncate(damaged, 5000)
    address.file.rename(whole)
    damaged.rename(address.file)
    with pytest.raises(StorageLostError, match="does not answer"):
        reader.poll()
    whole.replace(address.file)
    assert len(reader.poll().trials) == 20


@pytest.fixture(params=["postgres", "mysql"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Address]]:
    with fresh_storage(request.param, tmp_path) as address:
        engine = sqlalchemy.create_engine(parse_address(address.url).url)
        with engine.begin() as db:
            for statement in (
                "CREATE TABLE studies (study_id INT)",
                "CREATE TABLE alembic_version (version_num TEXT)",
            ):
                db.execute(sqlalchemy.text(statement))
            db.execute(sqlalchemy.text("INSERT INTO alembic_version VALUES ('v3.2.0.a')"))
        engine.dispose()
        yield request.param, address


OTHERS = {
    "postgres": "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    "mysql": "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()",
}
KILL = {"postgres": "SELECT pg_terminate_backend({})", "mysql": "KILL {}"}


def kill_all_others(kind: str, address: Address) -> None:
    engine = sqlalchemy.create_engine(address.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as db:
        others = db.execute(sqlalchemy.text(OTHERS[kind])).fetchall()
        assert others
        for (other,) in others:
            db.execute(sqlalchemy.text(KILL[kind].format(other)))
    engine.dispose()


def test_a_killed_connection_is_made_anew_without_a_word(served: tuple[str, Address]) -> None:
    kind, address = served
    database = open_database(address)
    assert database.fetch("SELECT COUNT(*) FROM studies") == [(0,)]
    kill_all_others(kind, address)
    assert database.fetch("SELECT COUNT(*) FROM studies") == [(0,)]
    kill_all_others(kind, address)
    assert database.columns("studies") == {"study_id"}


def test_a_server_that_is_away_is_lost_and_found_again(served: tuple[str, Address]) -> None:
    _, address = served
    database = open_database(address)
    with pytest.raises(StorageLostError, match="does not answer"):
        database.fetch("SELECT * FROM nowhere")
    assert database.fetch("SELECT COUNT(*) FROM studies WHERE study_id = ?", (7,)) == [(0,)]
    assert database.columns("nowhere") == frozenset()
