"""A log file that another program appends to, read as it grows."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import BinaryIO, Protocol

from hpt_tui.store.log_series import LogSeries

CHUNK = 64 * 1024
"""Bytes that are read at a time: no line and no record that is of use is longer."""
_PEEK = 4096
_KNOWN = 256
"""How many bytes at the start, and before the place that was read to, must still be the same."""


class LogParser(Protocol):
    """Understands the bytes of one log, from its start on."""

    series: LogSeries
    problem: str
    """Why nothing more of it can be read, in words; empty while all is well."""
    foreign: bool
    """Whether it is well but no log."""

    def take(self, data: bytes, left: int) -> int:
        """Read whole lines or records from ``data``, which begins the ``left`` bytes of the file that are not read
        yet; how many bytes are done with. That may be more than ``data`` has, up to ``left``."""


class GrowingFile:
    """One log, polled: only what was appended is read, and a file that was written anew is read anew.

    Nothing that the file holds, and nothing that happens to it, raises.
    """

    def __init__(self, path: Path, make: type[LogParser]) -> None:
        self._path, self._make = path, make
        self._parser: LogParser = make()
        self._offset = 0
        self._head, self._tail = b"", b""
        self._seen: tuple[int, int, int] | None = None
        self._trouble = ""
        self.behind = False
        """Whether the last poll stopped before the end for want of budget."""

    @property
    def series(self) -> LogSeries:
        return self._parser.series

    @property
    def problem(self) -> str:
        """``file: what is wrong``, or empty."""
        text = self._trouble or self._parser.problem
        return f"{self._path.name}: {text}" if text else ""

    @property
    def foreign(self) -> bool:
        return self._parser.foreign

    def poll(self, budget: int) -> int:
        """Read what is new, up to about ``budget`` bytes; how many were read. A stat where nothing is new."""
        self._trouble = ""
        try:
            status = self._path.stat()
            signature = (status.st_size, status.st_mtime_ns, status.st_ino)
            if not stat.S_ISREG(status.st_mode):
                self._trouble = "is no file"
                return 0
            # An empty file is one that is just being written anew.
            if status.st_size == 0 or (signature == self._seen and not self.behind):
                return 0
            with self._path.open("rb") as file:
                used = self._read(file, status.st_size, budget)
        except OSError as error:
            self._trouble = f"cannot be read ({error.strerror or type(error).__name__})"
            return 0
        self._seen = signature
        return used

    def _read(self, file: BinaryIO, size: int, budget: int) -> int:
        if self._replaced(file):
            self._parser, self._offset = self._make(), 0
        self.behind = False
        used, want = 0, CHUNK
        while used < budget and self._offset < size and not self._parser.problem:
            file.seek(self._offset)
            data = file.read(min(want, size - self._offset))
            used += len(data)
            done = self._parser.take(data, size - self._offset)
            if not done and want == CHUNK:
                break
            self._offset += done
            # Between things to skip, no more than the next one's size is of use.
            want = _PEEK if done > len(data) else CHUNK
        else:
            self.behind = self._offset < size and not self._parser.problem
        file.seek(0)
        self._head = file.read(min(_KNOWN, size))
        file.seek(max(0, self._offset - _KNOWN))
        self._tail = file.read(self._offset - file.tell())
        return used

    def _replaced(self, file: BinaryIO) -> bool:
        """Lightning writes a CSV log anew, in place, as soon as it has a new metric: it does not only grow."""
        if file.read(len(self._head)) != self._head:
            return True
        file.seek(self._offset - len(self._tail))
        return file.read(len(self._tail)) != self._tail
