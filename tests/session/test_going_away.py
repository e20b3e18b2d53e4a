"""A file that goes away under a session, is replaced or damaged, and comes back (issue 3, item 6)."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import optuna
import pytest

from hpt_tui.domain.orders.search import PauseStudy, StopStudy
from hpt_tui.session import Session, Terms
from hpt_tui.store import sqlite_uri
from hpt_tui.store.address import Address, parse_address
from hpt_tui.store.connect import close_storage, open_storage, quiet_optuna
from hpt_tui.store.sql import book
from tests.session.desk import Clock, Desk, give
from tests.session.outage import Watch


@pytest.fixture(scope="module")
def at_rest(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database in WAL mode with a desk's study, which nobody has open."""
    desk = Desk(tmp_path_factory.mktemp("rest") / "study.db")
    close_storage(desk.storage)
    assert not desk.path.with_name("study.db-wal").exists()
    return desk.path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, at_rest: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of its own folder with that study."""
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "study.db").write_bytes(at_rest)
    return folder / "study.db"


@pytest.fixture
def watch(path: Path) -> Iterator[Watch]:
    """A session that only watches the study."""
    clock = Clock()
    session = Session(parse_address(str(path)), "s", Terms(steering=False), clock)
    yield Watch(session, clock, lambda: add_trial(path))
    session.close(stop_workers=False)


def test_a_closed_session_keeps_no_connection(path: Path) -> None:
    session = Session(parse_address(str(path)), "s", Terms(steering=True), Clock())
    give(session, PauseStudy())
    assert path.with_name("study.db-wal").exists()
    session.close(stop_workers=False)
    # SQLite takes the log away with the last connection.
    assert not path.with_name("study.db-wal").exists()


def add_trial(path: Path) -> None:
    """Add a trial, as another process does."""
    row = "SELECT MAX(number) + 1, study_id, 'COMPLETE', datetime_start, datetime_start FROM trials"
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute(f"INSERT INTO trials (number, study_id, state, datetime_start, datetime_complete) {row}")


def changed(path: Path, statement: str) -> Path:
    """Another file with the same study, in which ``statement`` has changed something."""
    other = path.with_name("other.db")
    shutil.copy(path, other)
    with contextlib.closing(sqlite3.connect(other)) as db, db:
        db.execute(statement)
    return other


def test_deleted_and_put_back(watch: Watch, path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"
    watch.live_through(
        lambda: path.rename(kept), lambda: kept.rename(path), "the file is gone; waiting for it to come back"
    )


def test_its_folder_renamed_and_back(watch: Watch, path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    watch.live_through(lambda: path.parent.rename(kept), lambda: kept.rename(path.parent), "the file is gone")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda at: at.write_bytes(b"garbage\n" * 4096), "file is not a database"),
        (lambda at: at.write_bytes(b""), "no such table: studies"),
        (lambda at: at.mkdir(), "the storage does not answer"),
    ],
    ids=["garbage", "an empty file", "a folder"],
)
def test_replaced_by_what_is_no_study(
    watch: Watch, path: Path, tmp_path: Path, damage: Callable[[Path], object], said: str
) -> None:
    kept = tmp_path / "kept.db"

    def replace() -> None:
        path.rename(kept)
        damage(path)

    def put_back() -> None:
        path.rename(tmp_path / "damaged")
        kept.rename(path)

    watch.live_through(replace, put_back, said)


@pytest.mark.parametrize("left", [0, 100, 20_480])
def test_cut_short_and_written_anew_in_place(watch: Watch, path: Path, tmp_path: Path, left: int) -> None:
    """By somebody who copies another file over it: it is the same file all the time."""
    kept = tmp_path / "kept.db"
    shutil.copy(path, kept)
    watch.live_through(
        lambda: os.truncate(path, left),
        lambda: subprocess.run(["cp", kept, path], check=True),
        "the storage does not answer",
    )


def test_replaced_by_what_may_not_be_read(watch: Watch, path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"
    shutil.copy(path, kept)
    kept.chmod(0)
    if os.access(kept, os.R_OK):
        pytest.skip("A FILE THAT MAY NOT BE READ IS NOT TESTED: root may read everything")
    other = changed(path, "DELETE FROM trial_values")
    watch.live_through(lambda: kept.replace(path), lambda: other.replace(path), "unable to open database file")


def test_locked_for_longer_than_a_reader_waits(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_uri, "PATIENCE", 0.05)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=DELETE")
        clock = Clock()
        session = Session(parse_address(str(path)), "s", Terms(steering=False), clock)
        Watch(session, clock, lambda: add_trial(path)).live_through(
            lambda: db.execute("BEGIN EXCLUSIVE"), lambda: db.execute("ROLLBACK"), "database is locked"
        )
        session.close(stop_workers=False)


def test_another_file_with_the_same_study_is_shown_at_once(watch: Watch, path: Path) -> None:
    good = watch.read()
    changed(path, "DELETE FROM trials WHERE number = 0").replace(path)
    frame = watch.read()
    assert frame.stale_since is None
    assert [t.number for t in frame.study.trials] == [1]
    assert len(good.study.trials) == 2


def test_a_new_file_with_the_number_of_the_old_one(watch: Watch, path: Path) -> None:
    """File systems give the number of a file that is gone to the next one."""
    good = watch.read()
    other = changed(path, "UPDATE trial_params SET param_value = 0.02 WHERE param_name = 'lr'")
    path.unlink()
    watch.see_it_stale(good, "the file is gone")
    other.rename(path)
    assert {t.params["lr"] for t in watch.read().study.trials} == {0.02}


def test_another_file_without_the_study(watch: Watch, path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"
    shutil.copy(path, kept)
    other = changed(path, "UPDATE studies SET study_name = 'another'")
    watch.live_through(lambda: other.replace(path), lambda: kept.replace(path), "the study 's' was deleted")


def test_a_write_ahead_log_that_is_deleted_hides_nothing(watch: Watch, path: Path) -> None:
    """SQLite itself would read the deleted one for ever, and nobody writes into that."""
    good = watch.read()
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink()
    watch.add()
    watch.see_it_back(good)


def test_a_big_study_that_goes_away_while_it_is_read(
    path: Path, watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "BIG", 1)
    monkeypatch.setattr(book, "PIECE", 0.0)
    kept, sights = tmp_path / "kept.db", 0
    session = Session(parse_address(str(path)), "s", Terms(steering=False), watch.clock)
    watch.session = session
    while (frame := watch.tick()).more:
        sights += frame.study.outline is not None
        path.rename(kept)
        watch.see_it_stale(frame, "the file is gone")
        assert not session.tick().more
        kept.rename(path)
    assert sights
    assert frame.study.outline is None
    assert [t.number for t in frame.study.trials] == [0, 1]


class TestSteering:
    """Orders go into the study that is there now, or are refused: never into one that is gone."""

    @pytest.fixture
    def watch(self, path: Path) -> Iterator[Watch]:
        clock = Clock()
        session = Session(parse_address(str(path)), "s", Terms(steering=True), clock)
        yield Watch(session, clock, lambda: add_trial(path))
        session.close(stop_workers=False)

    def test_deleted_and_put_back(self, watch: Watch, path: Path, tmp_path: Path) -> None:
        kept = tmp_path / "kept.db"
        watch.live_through(lambda: path.rename(kept), lambda: kept.rename(path), "the file is gone")
        assert give(watch.session, PauseStudy()).startswith("paused")
        assert watch.tick().study.control.paused

    def test_an_order_to_a_file_that_is_gone_is_refused(self, watch: Watch, path: Path, tmp_path: Path) -> None:
        watch.read()
        path.rename(tmp_path / "kept.db")
        assert "there is no such file" in give(watch.session, PauseStudy())
        (tmp_path / "kept.db").rename(path)
        assert not watch.tick().study.control.paused

    def test_a_stop_waits_for_the_file(self, watch: Watch, path: Path, tmp_path: Path) -> None:
        watch.read()
        path.rename(tmp_path / "kept.db")
        assert "there is no such file" in give(watch.session, StopStudy())
        assert watch.tick().notices == ()
        (tmp_path / "kept.db").rename(path)
        watch.tick()
        assert watch.tick().study.control.stopping

    def test_an_order_goes_into_the_file_that_has_taken_the_place(
        self, watch: Watch, path: Path, tmp_path: Path
    ) -> None:
        watch.read()
        path.rename(tmp_path / "kept.db")
        shutil.copy(tmp_path / "kept.db", path)
        assert give(watch.session, PauseStudy()).startswith("paused")
        assert watch.tick().study.control.paused

    def test_a_study_that_was_made_anew_is_steered(self, watch: Watch, path: Path) -> None:
        watch.read()
        with contextlib.closing(sqlite3.connect(path)) as db, db:
            db.execute("UPDATE studies SET study_name = 'old'")
            db.execute("INSERT INTO studies (study_name) VALUES ('s')")
            db.execute("INSERT INTO study_directions (direction, study_id, objective) VALUES ('MINIMIZE', 2, 0)")
            db.execute("DELETE FROM trials")
            db.execute("DELETE FROM studies WHERE study_name = 'old'")
        watch.read()
        assert "was deleted" in give(watch.session, PauseStudy())
        assert give(watch.session, PauseStudy()).startswith("paused")
        assert watch.tick().study.control.paused


class TestAJournal:
    @pytest.fixture
    def journal(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Address:
        monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
        quiet_optuna()
        address = parse_address(str(tmp_path / "study.log"))
        optuna.create_study(study_name="s", storage=open_storage(address, writable=True, create=True))
        add_to_journal(address)
        return address

    @pytest.fixture(params=[False, True], ids=["watching", "steering"])
    def watch(self, journal: Address, request: pytest.FixtureRequest) -> Iterator[Watch]:
        clock = Clock()
        session = Session(journal, "s", Terms(steering=request.param), clock)
        yield Watch(session, clock, lambda: add_to_journal(journal))
        session.close(stop_workers=False)

    def test_deleted_and_put_back(self, watch: Watch, journal: Address, tmp_path: Path) -> None:
        path, kept = journal.file, tmp_path / "kept.log"
        watch.live_through(lambda: path.rename(kept), lambda: kept.rename(path), "the file is gone")

    def test_replaced_by_what_is_no_journal(self, watch: Watch, journal: Address, tmp_path: Path) -> None:
        path, kept = journal.file, tmp_path / "kept.log"

        def replace() -> None:
            path.rename(kept)
            path.write_bytes(b"garbage\n" * 100)

        watch.live_through(replace, lambda: kept.replace(path))

    def test_cut_short_and_written_anew_in_place(self, watch: Watch, journal: Address) -> None:
        path, whole = journal.file, journal.file.read_bytes()
        watch.live_through(lambda: os.truncate(path, 100), lambda: path.write_bytes(whole))


def add_to_journal(address: Address) -> None:
    optuna.load_study(study_name="s", storage=open_storage(address, writable=True)).ask()
