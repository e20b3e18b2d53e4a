"""Looking at an SQLite file without changing it, and without the file being opened by anything but SQLite.

A process that opens and closes a database file by other means drops the locks of its own connections (POSIX),
and another process then deletes the write-ahead log under them.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from urllib.parse import quote

from hpt_tui.errors import StorageError

PATIENCE = 5.0
"""Seconds that a reader waits for a writer's lock."""


def read_only_uri(path: Path) -> str:
    """The URI that opens ``path`` without being able to change or create it.

    A database in WAL mode at rest, in a folder that we may not write to, opens only as "immutable": SQLite
    then looks for no log, and there is none. Whoever writes to it later is not seen until it is opened again.
    """
    uri = f"file:{quote(str(path))}?mode=ro"
    try:
        _look(uri, 0.0)
    except sqlite3.OperationalError as error:
        busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        if not busy and path.exists() and not log_of(path).exists():
            return f"{uri}&immutable=1"
    except sqlite3.DatabaseError:
        return uri
    return uri


def log_of(path: Path) -> Path:
    """Where the write-ahead log of a file is: through links, SQLite keeps it beside the file itself."""
    return Path(f"{os.path.realpath(path)}-wal")


def is_sqlite(path: Path) -> bool:
    """Whether SQLite takes the file for a database; an empty one passes too.

    Raises:
        StorageError: the file cannot be read.
    """
    try:
        _look(read_only_uri(path), PATIENCE)
    except sqlite3.Error as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            return False
        raise StorageError(str(path), f"cannot be read ({error})") from error
    return True


def _look(uri: str, patience: float) -> None:
    with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=patience)) as db:
        db.execute("PRAGMA schema_version").fetchone()
