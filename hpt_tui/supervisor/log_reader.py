"""Reading the logs of this machine's workers: never more than their end, however long they are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

TAIL_BYTES = 256 * 1024
INDEX_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a log, in bytes; without an end it goes on, or its worker was killed."""

    start: int
    end: int | None = None


def spans(index: Path, worker: str) -> dict[int, Span] | None:
    """By trial, where its output is in the log of ``worker``; None where the index is another worker's.

    Raises:
        OSError: it cannot be read.
    """
    with index.open("rb") as file:
        first = _object(file.readline())
        file.seek(max(file.tell(), index.stat().st_size - INDEX_BYTES))
        notes = [_object(line) for line in file]
    if first.get("worker") != worker:
        return None
    found: dict[int, Span] = {}
    current: int | None = None
    for note in notes:
        trial, start, end = note.get("trial"), note.get("from"), note.get("to")
        if not isinstance(trial, int):
            continue
        if isinstance(start, int):
            found[trial], current = Span(start), trial
        elif isinstance(end, int) and trial == current:
            found[trial] = Span(found[trial].start, end)
    return found


def read_tail(log: Path, span: Span, most: int = TAIL_BYTES) -> tuple[bytes, int]:
    """The last ``most`` bytes of a part of a log, and how many bytes of that part come before them.

    Raises:
        OSError: it cannot be read.
    """
    with log.open("rb") as file:
        size = log.stat().st_size
        end = size if span.end is None else min(span.end, size)
        start = max(span.start, end - most)
        file.seek(start)
        return file.read(max(0, end - start)), max(0, start - span.start)


def _object(line: bytes) -> dict[str, object]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
