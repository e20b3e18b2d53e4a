"""What workers and their trials printed, as lines that are safe to show."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hpt_tui.domain.figures import plain

LONGEST_LINE = 2_000
"""Characters of a line that are shown."""
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])"
)
"""What terminals take as orders: colours, cursor, titles."""


@dataclass(frozen=True, slots=True)
class LogRequest:
    """Whose output is to be read: a trial's, or all of a worker's."""

    trial: int | None = None
    worker: str = ""


@dataclass(frozen=True, slots=True)
class LogPage:
    """The end of somebody's output."""

    request: LogRequest
    lines: tuple[str, ...] = ()
    """Without control characters; still hostile text."""
    host: str = ""
    path: str = ""
    """Of the file, on ``host``; empty where nobody kept it."""
    cut: int = 0
    """Bytes before the first line that were not read."""
    problem: str = ""
    """Why there is nothing to show."""


def shown_lines(data: bytes, *, begun: bool = False) -> tuple[str, ...]:
    """Output as a terminal would have left it: of a progress bar, which returns to the beginning of its line again
    and again, its last state. ``begun``: the data begins in the middle of a line, which is left out."""
    text = data.decode(errors="replace").replace("\r\n", "\n")
    lines = text.split("\n")
    if begun:
        # Unless there is nothing else: a progress bar may be one line of many megabytes.
        lines = lines[1:] if len(lines) > 1 else [text.partition("\r")[2] or text]
    if lines and not lines[-1]:
        lines.pop()
    return tuple(_shown(line) for line in lines)


def _shown(line: str) -> str:
    states = line.split("\r")
    text = next((state for state in reversed(states) if state.strip()), "")
    long = len(text) - LONGEST_LINE
    cut = f"{text[:LONGEST_LINE]} … ({long} more characters)" if long > 0 else text
    return plain(_ESCAPES.sub("", cut).replace("\t", "    ")).rstrip()
