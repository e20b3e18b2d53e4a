"""The search was paused, because its trials failed one after the other."""

from __future__ import annotations

from collections.abc import Iterator

from hpt_tui.domain.figures import plain
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.orders.search import ResumeStudy
from hpt_tui.domain.snapshot import StudySnapshot

LINES = 15
"""How much of the output is shown."""


def crash_loop(study: StudySnapshot, limits: Thresholds) -> Iterator[Flag]:
    """As long as the pause is in force that a worker ordered when its trials kept failing."""
    halt = study.control.halt
    if halt is None or study.control.stopping:
        return
    lines = [plain(line).rstrip() for line in halt.tail.splitlines() if line.strip()][-LINES:] or ["nothing"]
    yield Flag(
        "crash-loop",
        Severity.CRITICAL,
        f"paused by worker {plain(halt.worker)}: {plain(halt.why)}",
        "The objective, its data or the machine is broken: every trial would fail in the same way.",
        "Read the end of what it wrote and put it right. Go on with p, or hpt-tui resume; a worker has the study "
        "file as it was when the worker started, so where that was mended, - and + exchange them first.",
        (("it wrote", lines[0]), *(("", line) for line in lines[1:])),
        order=ResumeStudy(),
    )
