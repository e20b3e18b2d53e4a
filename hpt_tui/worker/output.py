"""What a worker and its study file print: a log that has no more room must not fail a trial."""

from __future__ import annotations

import errno
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class _Lossy(io.FileIO):
    """A file in which what has no room is lost, without a word."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            return memoryview(data).nbytes


@contextmanager
def on_any_disk() -> Iterator[None]:
    """Let ``sys.stdout`` and ``sys.stderr`` go on while the disk is full, and again once it is not."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = map(_lossy, before)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = before


def _lossy(stream: TextIO) -> TextIO:
    """The same file; ``stream`` itself where it is none."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    buffer = stream.buffer
    raw = getattr(buffer, "raw", buffer)
    if type(raw) is not io.FileIO:
        return stream
    stream.flush()
    lossy = _Lossy(raw.fileno(), "w", closefd=False)
    return io.TextIOWrapper(
        # Python that was told not to buffer has no buffer here.
        lossy if raw is buffer else io.BufferedWriter(lossy),
        encoding=stream.encoding,
        errors=stream.errors,
        # A log is read while it grows.
        line_buffering=True,
        write_through=stream.write_through,
    )
