"""Every way in which a storage cannot be opened: one line, nothing created, nothing changed (issue: bad input)."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import optuna
import pytest

from hpt_tui.errors import StorageError, StudyNotFoundError
from hpt_tui.store.address import Kind, masked, parse_address, without_secrets
from hpt_tui.store.connect import find_study, list_studies, open_storage
from hpt_tui.store.faults import first_line

OLD = Path(__file__).parent / "old_studies"


MAKE_STUDY = """
import sys, optuna
from hpt_tui.store.address import parse_address
from hpt_tui.store.connect import open_storage
optuna.create_study(study_name="s", storage=open_storage(parse_address(sys.argv[1]), writable=True, create=True))
"""


def refusal(text: str, *, writable: bool = False) -> str:
    with pytest.raises(StorageError) as caught:
        open_storage(parse_address(text), writable=writable)
    assert caught.value.exit_code == 2
    assert "\n" not in caught.value.line
    return caught.value.line


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def study_file(tmp_path: Path) -> Path:
    path = tmp_path / "real.db"
    storage = open_storage(parse_address(str(path)), writable=True, create=True)
    optuna.create_study(study_name="s", storage=storage)
    return path


@pytest.mark.parametrize(
    "text", ["missing.db", "missing.log", "missing", "sqlite:///missing.db", "no/such/folder/x.db"]
)
def test_a_missing_file_is_said_and_not_created(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "there is no such file" in refusal(text)
    assert contents(tmp_path) == {}


def test_a_folder_is_no_storage(tmp_path: Path) -> None:
    assert "is a folder" in refusal(str(tmp_path))


@pytest.mark.parametrize("name", ["text.db", "text.log", "text.txt"])
def test_a_file_that_is_no_database_is_left_as_it_is(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("not a database, whatever its name says\n")
    before = contents(tmp_path)
    assert "neither an SQLite database nor an Optuna journal" in refusal(str(tmp_path / name))
    assert "is no SQLite database" in refusal(f"sqlite:///{tmp_path / name}")
    assert contents(tmp_path) == before


def test_a_database_without_studies_gets_no_tables(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE mine (x)")
    before = contents(tmp_path)
    assert "holds no Optuna study" in refusal(str(path))
    assert contents(tmp_path) == before


def test_a_damaged_database_is_said_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "damaged.db"
    path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    assert "cannot be read" in refusal(str(path))


def test_a_database_of_an_unknown_schema_says_how_to_upgrade_it(study_file: Path) -> None:
    with sqlite3.connect(study_file) as db:
        db.execute("UPDATE alembic_version SET version_num = 'v2.6.0.a'")
    line = refusal(str(study_file))
    assert "v2.6.0.a" in line
    assert f"optuna storage upgrade --storage '{parse_address(str(study_file)).url}'" in line


@pytest.mark.parametrize(("version", "opens"), [("2.10.1", False), ("3.6.1", True), ("4.9.0", True)])
def test_studies_of_older_optunas_open_for_workers_or_say_why_not(
    version: str, opens: bool, tmp_path: Path
) -> None:
    path = tmp_path / "study.db"
    shutil.copyfile(OLD / f"{version}.sqlite3", path)
    if not opens:
        assert "optuna storage upgrade" in refusal(str(path))
        return
    address = parse_address(str(path))
    storage = open_storage(address, writable=True)
    study_id = find_study(storage, list_studies(address)[0], address.label)
    assert [t.state.name for t in storage.get_all_trials(study_id)] == ["COMPLETE", "COMPLETE"]


def test_a_missing_study_names_those_that_are_there(study_file: Path) -> None:
    address = parse_address(str(study_file))
    with pytest.raises(StudyNotFoundError, match="no study named 'x'; it holds: s"):
        find_study(open_storage(address, writable=False), "x", address.label)


def test_watching_an_sqlite_file_cannot_write_to_it(study_file: Path) -> None:
    storage = open_storage(parse_address(str(study_file)), writable=False)
    with pytest.raises(optuna.exceptions.StorageInternalError):
        storage.set_study_user_attr(1, "x", 1)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root, to become somebody else")
def test_a_read_only_file_can_be_watched_but_not_run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        address = parse_address(str(Path(folder) / "theirs.db"))
        # By another process: SQLite here would lend root's open file to nobody.
        subprocess.run([sys.executable, "-c", MAKE_STUDY, address.url], check=True)
        Path(folder).chmod(0o755)
        with as_nobody():
            assert list_studies(address) == ("s",)
            assert open_storage(address, writable=False).get_all_studies()[0].study_name == "s"
            assert "cannot be written" in refusal(address.url, writable=True)


@contextmanager
def as_nobody() -> Iterator[None]:
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("foo://x", "is not a storage that hpt-tui opens"),
        ("sqlite://", "in-memory"),
        ("sqlite:///:memory:", "in-memory"),
        ("postgresql://u:secret@127.0.0.1:1/db", "cannot be reached"),
        ("mysql://u:secret@127.0.0.1:1/db", "cannot be reached"),
        ("postgresql://u:secret@h:port/db", "is no storage URL"),
        ("postgresql://u:sec/secret+t=@127.0.0.1:1/db", "cannot be reached"),
        ("postgresql://u:p@secret/x@h.invalid/db", "cannot be reached"),
        ("mysql://u:p@secret#@h.invalid/db", "cannot be reached"),
        ("postgresql://u:p@x:secret@h/db", "is no storage URL"),
        ("u:secret@127.0.0.1/db", "there is no such file"),
        ("host=h password=secret", "there is no such file"),
        ("mariadb://u:secret@127.0.0.1:1/db", "cannot be reached"),
        ("oracle://u:secret@h/db", "is not installed"),
        ("redis://:secret@127.0.0.1:1/0", "cannot be reached"),
        ("rediss://u:secret@127.0.0.1:1", "cannot be reached"),
        ("redis://u:secret@h.invalid", "cannot be reached"),
        ("redis://u:secret@h:port/0", "is no storage URL"),
        ("redis://:x/secret@h/0", "is no storage URL"),
        ("redis://:1/secret@h/0", "is no storage URL"),
        ("redis://:1#secret@h/0", "is no storage URL"),
        ("redis://[::1/0", "is no storage URL"),
        ("redis://u:secret@h/name", "its database is no number"),
        ("redis://u:secret@127.0.0.1:1/0?colour=secret", "is no storage URL"),
        ("redis:///0", "names no host"),
        ("grpc://127.0.0.1:1", "cannot be reached"),
        ("grpc://h.invalid", "cannot be reached"),
        ("grpc://h:port", "is no storage URL"),
        ("grpc://", "names no host"),
        ("grpc://u:secret@h", "has a host and a port only"),
        ("grpc://h/study", "has a host and a port only"),
    ],
)
def test_a_url_that_leads_nowhere_is_said_without_its_password(text: str, why: str) -> None:
    line = refusal(text)
    assert why in line
    assert "secret" not in line


@pytest.mark.parametrize(
    ("text", "kind", "url"),
    [
        ("sqlite:////tmp/a.db", Kind.SQLITE, "sqlite:////tmp/a.db"),
        ("/tmp/a b.sqlite3", Kind.SQLITE, "sqlite:////tmp/a b.sqlite3"),
        ("/tmp/j.log", Kind.JOURNAL, "journal:///tmp/j.log"),
        ("journal:///tmp/j%20j", Kind.JOURNAL, "journal:///tmp/j%20j"),
        ("postgresql://u@h/d", Kind.SERVER, "postgresql+psycopg://u@h/d"),
        ("postgresql+psycopg2://u@h/d", Kind.SERVER, "postgresql+psycopg2://u@h/d"),
        ("mysql://u@h/d", Kind.SERVER, "mysql+pymysql://u@h/d"),
        ("mariadb://u@h/d", Kind.SERVER, "mysql+pymysql://u@h/d"),
        ("redis://h", Kind.REDIS, "redis://h:6379/0"),
        ("REDIS://u:p@H:7/2", Kind.REDIS, "redis://u:p@h:7/2"),
        ("rediss://[::1]/3?prefix=mine", Kind.REDIS, "rediss://[::1]:6379/3?prefix=mine"),
        ("redis://h?db=4&ssl_cert_reqs=none", Kind.REDIS, "redis://h:6379/4?ssl_cert_reqs=none"),
        ("grpc://h", Kind.GRPC, "grpc://h:13000"),
        ("grpc://[::1]:5/", Kind.GRPC, "grpc://[::1]:5"),
    ],
)
def test_urls_and_paths_are_understood(text: str, kind: Kind, url: str) -> None:
    address = parse_address(text)
    assert (address.kind, address.url) == (kind, url)


def test_an_address_survives_being_handed_to_a_worker() -> None:
    texts = (
        "/tmp/a b?#%20.db",
        "/tmp/j j?.log",
        "mysql://u:p@h/d",
        "redis://:p%2Fp@h/1?prefix=a%26b",
        "grpc://[::1]",
    )
    for text in texts:
        address = parse_address(text)
        assert parse_address(address.url) == address


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("redis://u:secret@h/1?prefix=mine&password=secret", "redis://u:***@h:6379/1?prefix=mine"),
        ("redis://:secret@h", "redis://:***@h:6379/0"),
        ("redis://h/0?prefix=\x1b[31mred", "redis://h:6379/0?prefix= [31mred"),
        ("grpc://h", "grpc://h:13000"),
    ],
)
def test_the_label_of_a_server_tells_it_from_others_and_holds_no_secret(text: str, label: str) -> None:
    assert parse_address(text).label == label


def test_a_path_with_awkward_characters_is_opened_as_it_is(tmp_path: Path) -> None:
    address = parse_address(str(tmp_path / "a b?#%20 é.db"))
    storage = open_storage(address, writable=True, create=True)
    optuna.create_study(study_name="s", storage=storage)
    assert list_studies(address) == ("s",)
    assert open_storage(address, writable=False).get_all_studies()[0].study_name == "s"
    assert [p.name for p in tmp_path.glob("*.db")] == ["a b?#%20 é.db"]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ann:p%40ss@h:5/d?password=x", "postgresql://ann:***@h:5/d"),
        ("mysql://ann@h/d", "mysql://ann@h/d"),
        ("postgresql://u:se/cr+et=@127.0.0.1:1/db", "postgresql://u:***@127.0.0.1:1/db"),
        ("postgresql://u:p?ssword@h/d?x=1", "postgresql://u:***@h/d"),
        ("postgresql://u:p#ss@word@h/d", "postgresql://u:***@h/d"),
        ("postgresql://h:5/d?password=p@ss", "postgresql://h:***"),
        ("postgresql://h/d?password=p@ss", "postgresql://h/d"),
        ("host=h password='my secret' user=u", "host=h password=*** user=u"),
        ("u:secret@h/d", "u:***@h/d"),
        ("postgresql://h/d\x1b[31m", "postgresql://h/d [31m"),
    ],
)
def test_what_is_shown_of_a_url_holds_no_secret_and_no_escape(url: str, shown: str) -> None:
    assert masked(url) == shown


@pytest.mark.parametrize(
    "message",
    [
        "cannot parse 'postgresql://u:se/c ret@h/d'",
        "cannot parse postgresql://u:se/c ret@h/d here",
        "no host named c ret",
        "port c ret@h",
        "bad DSN password='se/c ret' host=h",
    ],
)
def test_a_drivers_message_is_shown_without_the_password(message: str) -> None:
    said = without_secrets(first_line(ValueError(message)), "postgresql://u:se/c ret@h/d")
    assert "ret" not in said
    assert "***" in said


def test_a_new_sqlite_study_is_in_wal_mode(study_file: Path) -> None:
    with sqlite3.connect(study_file) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
