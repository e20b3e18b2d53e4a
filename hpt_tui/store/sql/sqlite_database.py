"""An SQLite file that is only read, by Python's own sqlite3."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import NoReturn

from hpt_tui.domain.figures import plain
from hpt_tui.errors import StorageLostError
from hpt_tui.store import sqlite_uri
from hpt_tui.store.address import Address
from hpt_tui.store.sql.database import Row
from hpt_tui.store.sqlite_uri import log_of, read_only_uri


class SqliteDatabase:
    """A :class:`~hpt_tui.store.sql.database.Database` over a file, which it never locks for longer than one
    statement, and never opens by anything but SQLite (see :mod:`hpt_tui.store.sqlite_uri`).

    A file that was replaced, or whose write-ahead log was, is noticed by its inode and opened anew.
    """

    orderly = True

    def __init__(self, address: Address) -> None:
        self._path, self.label = address.file, address.label
        self._db: sqlite3.Connection | None = None
        self._inode: tuple[int, int] | None = None
        self._log: int | None = None
        """The inode of the write-ahead log; None before there was one."""
        self._frozen_at: Hashable = None
        """How the files looked when they were opened as immutable; None when they were not."""
        self._openings = 0
        self._life = 0
        """Another one for a file that has come back as another; file systems give inodes out again."""
        self._looked: tuple[int, int] | None = None
        """The file's size and time of change when it was last looked at."""
        self._missed = False
        """Whether it was not there since then, or was no database."""

    def fetch(self, sql: str, args: Sequence[object] = ()) -> list[Row]:
        try:
            return self._fetch(self._open(), sql, args)
        except sqlite3.Error as error:
            self._lose(error)

    def stamp(self) -> Hashable:
        size = self._look()
        version = self.fetch("PRAGMA data_version")
        if self._log is None:
            self._log = _inode_of(log_of(self._path))
        # A file that was cut short has the version of before.
        return self._openings, size, version[0][0]

    def identity(self) -> Hashable:
        return self._inode, self._life

    def columns(self, table: str) -> frozenset[str]:
        return frozenset(str(row[0]) for row in self.fetch("SELECT name FROM pragma_table_info(?)", (table,)))

    def close(self) -> None:
        if self._db is not None:
            with contextlib.suppress(sqlite3.Error):
                self._db.close()
            self._db = self._log = None

    def _fetch(self, db: sqlite3.Connection, sql: str, args: Sequence[object]) -> list[Row]:
        try:
            return db.execute(sql, tuple(args)).fetchall()
        except sqlite3.OperationalError as error:
            if "UTF-8" not in str(error):
                raise
        # Slower by half: only for a file that holds text which is none.
        db.text_factory = _decoded
        return db.execute(sql, tuple(args)).fetchall()

    def _look(self) -> int:
        """See that the file is there, is still the same, and looks as it did if it was opened as immutable; its
        size in bytes."""
        try:
            found = self._path.stat()
        except OSError as error:
            self.close()
            self._missed = True
            raise StorageLostError(self.label, "the file is gone", "waiting for it to come back") from error
        inode, looks = (found.st_dev, found.st_ino), (found.st_size, found.st_mtime_ns)
        self._life += self._missed and looks != self._looked
        self._looked, self._missed = looks, False
        stale = self._frozen_at is not None and self._frozen_at != self._looks()
        # SQLite goes on reading a log that was deleted, into which nobody writes any more.
        stale |= self._log is not None and self._log != _inode_of(log_of(self._path))
        if inode != self._inode or stale:
            self.close()
            self._inode = inode
        return found.st_size

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            if self._inode is None:
                self._look()
            looks = self._looks()
            uri = read_only_uri(self._path)
            # Autocommit: no statement leaves a transaction behind.
            self._db = sqlite3.connect(
                uri, uri=True, timeout=sqlite_uri.PATIENCE, isolation_level=None, check_same_thread=False
            )
            self._frozen_at = looks if uri.endswith("immutable=1") else None
            self._openings += 1
        return self._db

    def _looks(self) -> Hashable:
        return tuple(map(_look_of, (self._path, log_of(self._path))))

    def _lose(self, error: sqlite3.Error) -> NoReturn:
        self.close()
        self._missed |= not isinstance(error, sqlite3.OperationalError)
        raise StorageLostError(self.label, f"the storage does not answer ({plain(str(error))})") from error


def _decoded(text: bytes) -> str:
    return text.decode(errors="replace")


def _inode_of(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def _look_of(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
