"""An SQLite file before Optuna sees it: is it there, is it a database, does it hold studies of our schema.

By sqlite3 alone, so that a screen can say what is wrong before Optuna and SQLAlchemy are even imported.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from urllib.parse import quote

from hpt_tui.domain.figures import plain
from hpt_tui.errors import StorageError
from hpt_tui.store.address import Address
from hpt_tui.store.sqlite_uri import is_sqlite, read_only_uri

SCHEMA = "v3.2.0.a"
"""The alembic revision that Optuna 3.2 to 5.0 write; the truth about a database's schema."""

BUSY_TIMEOUT = 60.0
"""Seconds that a writer waits for SQLite's lock; sqlite3's own 5 s have failed trials."""


class UnfinishedError(StorageError):
    """Somebody else is making the database just now; or its tables lack a revision, as an ancient Optuna's do."""


def check_sqlite(address: Address, *, create: bool) -> None:
    """See that an SQLite address can be opened as an Optuna storage; with ``create``, make a missing file.

    Raises:
        StorageError: missing, a folder, unreadable, no database, without studies, or of another schema.
    """
    path = address.file
    if path.is_dir():
        raise StorageError(str(path), "is a folder", "give the path of an SQLite file")
    if not path.exists() and create:
        _create(path)
        return
    if not path.exists():
        raise StorageError(str(path), "there is no such file")
    if not is_sqlite(path):
        raise StorageError(str(path), "is no SQLite database", "give the file that holds the study")
    tables, revision = _schema(address)
    check_schema(address, tables, revision, create=create)


def check_schema(address: Address, tables: set[str], revision: str | None, *, create: bool) -> None:
    """See that a database with these tables and this alembic revision is one that Optuna 5 reads.

    Raises:
        StorageError: it holds no studies (and must, without ``create``), or those of another schema.
    """
    if "studies" not in tables:
        if create:
            return
        raise StorageError(address.label, "holds no Optuna study", "give the storage of a study")
    if revision != SCHEMA:
        url = address.label if address.path is None else address.url
        kind = UnfinishedError if revision is None else StorageError
        raise kind(
            address.label,
            f"has the schema {plain(str(revision))} of another Optuna; hpt-tui reads {SCHEMA} (Optuna 3.2 to 5)",
            f"run: optuna storage upgrade --storage '{url}'",
        )


def study_sizes(address: Address) -> tuple[tuple[str, int], ...]:
    """The studies of :func:`study_names` with their numbers of trials, counted one by one.

    Raises:
        StorageError: as :func:`check_sqlite`.
    """
    check_sqlite(address, create=False)
    query = (
        "SELECT study_name, (SELECT COUNT(*) FROM trials WHERE trials.study_id = studies.study_id) "
        "FROM studies ORDER BY study_id"
    )
    return tuple((str(name), int(str(trials))) for name, trials in _rows(address, query))


def study_names(address: Address) -> tuple[str, ...]:
    """The studies in an SQLite file, in the order of their making.

    Raises:
        StorageError: as :func:`check_sqlite`.
    """
    check_sqlite(address, create=False)
    return tuple(str(name) for (name,) in _rows(address, "SELECT study_name FROM studies ORDER BY study_id"))


def _rows(address: Address, query: str) -> list[tuple[object, ...]]:
    try:
        with contextlib.closing(_connect(address)) as db:
            return db.execute(query).fetchall()
    except sqlite3.Error as error:
        raise StorageError(address.label, f"cannot be read ({error})") from error


def read_only_url(address: Address) -> str:
    """The URL by which SQLAlchemy opens the file without being able to change or create it."""
    # SQLAlchemy unquotes once, SQLite once more.
    base, _, query = read_only_uri(address.file).partition("?")
    return f"sqlite:///{quote(base, safe=':/')}?{query}&uri=true"


def probe_write(address: Address) -> None:
    """See that the file can be written, changing nothing.

    Raises:
        StorageError: it is read-only, or locked for a minute.
    """
    with contextlib.closing(sqlite3.connect(address.file, timeout=BUSY_TIMEOUT)) as db:
        try:
            db.execute("BEGIN IMMEDIATE")
            db.rollback()
        except sqlite3.OperationalError as error:
            raise StorageError(
                address.label, f"cannot be written ({error})", "hpt-tui attach reads it without writing"
            ) from error


def _create(path: Path) -> None:
    if not path.parent.is_dir():
        raise StorageError(str(path), f"the folder {path.parent} does not exist", "make it first")
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT)) as db:
            # Readers and writers don't block each other in WAL; the mode stays with the file.
            db.execute("PRAGMA journal_mode=WAL")
    except sqlite3.Error as error:
        # The change of mode does not wait for a lock: somebody else is making the file at this moment.
        busy = error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        kind = UnfinishedError if busy else StorageError
        raise kind(str(path), f"cannot be created ({error})") from error


def _schema(address: Address) -> tuple[set[str], str | None]:
    try:
        with contextlib.closing(_connect(address)) as db:
            rows = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            tables = {str(row[0]) for row in rows}
            if "alembic_version" not in tables:
                return tables, None
            revision = db.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise StorageError(address.label, f"cannot be read as an SQLite database ({error})") from error
    return tables, str(revision[0]) if revision else None


def _connect(address: Address) -> sqlite3.Connection:
    return sqlite3.connect(read_only_uri(address.file), uri=True)
