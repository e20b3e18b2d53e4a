"""The logs that trials keep beside the study: TensorBoard event files and CSV tables, as curves.

Who names them, the strongest first: ``attach --logs``; the trial's own attribute ``hpt:logs`` or ``log_dir``; the
``logs`` of the study file's StudySpec. What the study says holds on the machine that its file is on.
"""

from __future__ import annotations

import os
import socket
from collections import OrderedDict
from pathlib import Path

from hpt_tui.domain.log_template import template_problem
from hpt_tui.domain.target import target_file
from hpt_tui.store.csv_log import CsvLog
from hpt_tui.store.growing_file import GrowingFile
from hpt_tui.store.log_listing import LogListing, is_event_file
from hpt_tui.store.log_series import MAX_METRICS
from hpt_tui.store.points import Points
from hpt_tui.store.record import StudyRecord
from hpt_tui.store.tensorboard_log import EventFile

POLL_BYTES = 256 * 1024
"""About how much one poll of one trial reads; the rest is read by the next ones."""
KEPT_POINTS = 1_000_000
"""Of all trials together (about 100 MB); beyond it, the trials that were not asked for lately are forgotten."""

KEPT_TRIALS = 512


def study_logs(record: StudyRecord | None, attached: str = "") -> RunLogs:
    """The logs of a study, as ``attach --logs`` (``attached``, relative to the current directory) or it says."""
    if attached:
        return RunLogs(attached, Path.cwd(), overrules=True)
    if record is None:
        return RunLogs("", Path.cwd())
    if record.host != socket.gethostname():
        problem = f"its logs are on {record.host}; name them as seen from here with --logs" if record.logs else ""
        return RunLogs("", Path(), overrules=True, problem=problem)
    return RunLogs(record.logs, Path(target_file(record.file)).parent)


class RunLogs:
    """Reads the logs of one trial at a time, poll by poll, at a cost that grows with what was appended.

    Nothing in the logs raises: what can be read is read. Names are the logs' own and hostile; a file in a folder
    below the named one has that folder in front of them (``train/epoch_loss``), except Lightning's ``version_0``.
    """

    def __init__(self, template: str, base: Path, *, overrules: bool = False, problem: str = "") -> None:
        """``template`` is relative to ``base``; with ``overrules``, what the trials say is not listened to."""
        self._base, self._overrules = base, overrules
        self._template = _parts(template) if template and not template_problem(template) else ()
        self._problem = problem
        self._trials: OrderedDict[tuple[int, str], _TrialLogs] = OrderedDict()
        self._size = 0

    @property
    def problem(self) -> str:
        """Something that keeps logs from being shown, in words (hostile ones); empty where nothing does."""
        asked = self._trials.values()
        if self._overrules and asked and not any(logs.found for logs in asked):
            return f"no TensorBoard or CSV log at {Path(*self._template)}"
        return self._problem or next((logs.problem for logs in asked if logs.problem), "")

    def points(self, number: int, log_dir: str = "") -> Points:
        """The curves of trial ``number``; ``log_dir`` is the folder or file that the trial itself names, if any.

        The very object of the poll before is returned where nothing has changed; nobody may change it.
        """
        own = "" if self._overrules else log_dir
        parts = _parts(own) if own else self._template
        if not parts:
            return {}
        key = (number, own)
        if key not in self._trials:
            self._trials[key] = _TrialLogs(number, LogListing(self._base, parts, number, literal=bool(own)))
        self._trials.move_to_end(key)
        logs = self._trials[key]
        before = logs.size
        points = logs.poll()
        self._size += logs.size - before
        self._forget()
        return points

    def _forget(self) -> None:
        while len(self._trials) > 1 and (self._size > KEPT_POINTS or len(self._trials) > KEPT_TRIALS):
            self._size -= self._trials.popitem(last=False)[1].size


class _TrialLogs:
    """The open logs of one trial."""

    def __init__(self, number: int, listing: LogListing) -> None:
        self._number, self._listing = number, listing
        self._files: dict[Path, GrowingFile] = {}
        self._points: Points = {}
        self.size = 0

    @property
    def found(self) -> bool:
        """Whether there is any log."""
        return bool(self._files)

    @property
    def problem(self) -> str:
        found = [f.problem for f in self._files.values() if f.problem and not (f.foreign and self._points)]
        if not found and any(f.series.full for f in self._files.values()):
            found = [f"more than {MAX_METRICS} metrics in one log; the others are left out"]
        text = self._listing.problem or (found[0] if found else "")
        return f"#{self._number}: {text}" if text else ""

    def poll(self) -> Points:
        files = self._listing.files()
        changed = self._files.keys() != files.keys()
        self._files = {path: self._files.get(path) or _open(path) for path in files}
        left = POLL_BYTES
        for file in self._files.values():
            if left > 0:
                used = file.poll(left)
                left, changed = left - used, changed or used > 0
        if changed:
            self._points = self._merged(files)
            self.size = sum(file.series.size for file in self._files.values())
        return self._points

    def _merged(self, prefixes: dict[Path, str]) -> Points:
        """All files' curves; where two tell of the same step, the later name does (they are numbered or dated)."""
        merged: Points = {}
        for path, file in self._files.items():
            for metric, steps in file.series.points().items():
                merged.setdefault(prefixes[path] + metric, {}).update(steps)
        return merged


def _open(path: Path) -> GrowingFile:
    return GrowingFile(path, EventFile if is_event_file(path.name) else CsvLog)


def _parts(path: str) -> tuple[str, ...]:
    """The components of a path; none of what can be no path: it came from a study."""
    try:
        return Path(path).parts if b"\0" not in os.fsencode(path) else ()
    except UnicodeEncodeError:
        return ()
