"""A journal file that is only read: damage is said with its line, and another file in its place is noticed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from optuna.exceptions import StorageInternalError

from hpt_tui.store.journal_record import CountedJournal, JournalReplacedError, Record, parse_record

_HEAD = 256
"""Bytes of the beginning by which a journal is known: they hold an id of the process that made it."""


class JournalFile(CountedJournal):
    """What Optuna's ``JournalFileBackend`` reads, without making or locking anything.

    A last line that has no end yet, or makes no sense, is waited for: its writer may be in the middle of it.
    Every fault is an OSError or a StorageInternalError, and reading goes on where it was the next time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = self._records = 0
        self._head = b""
        self._inode: tuple[int, int] | None = None

    @property
    def records(self) -> int:
        return self._records

    def read_logs(self, log_number_from: int) -> Iterator[Record]:
        """The records from ``log_number_from`` on."""
        with self._path.open("rb") as file:
            size = self._checked_size(file)
            if log_number_from != self._records:
                self._offset = self._records = 0
            file.seek(self._offset)
            at, damaged = self._offset, False
            while at < size and (line := file.readline(size - at)).endswith(b"\n"):
                if damaged:
                    raise StorageInternalError(f"line {self._records + 1} of the journal is damaged")
                at += len(line)
                if (record := parse_record(line)) is None:
                    damaged = True
                    continue
                self._offset, self._records = at, self._records + 1
                if self._records > log_number_from:
                    yield record

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        raise StorageInternalError("the journal is only read here")

    def _checked_size(self, file: BinaryIO) -> int:
        """How long the file is, which must be the one of before."""
        found = os.fstat(file.fileno())
        inode, head = (found.st_dev, found.st_ino), file.read(_HEAD)
        known = self._inode in (None, inode) and head.startswith(self._head)
        if not known or found.st_size < self._offset:
            raise JournalReplacedError("the journal was cut short, or another one has taken its place")
        self._inode, self._head = inode, head
        return found.st_size
