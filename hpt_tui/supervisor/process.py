"""One worker process: started by us, or found running."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import psutil

from hpt_tui.domain import figures
from hpt_tui.store.liveness import process_started, same_process

GRACE = 10.0
"""Seconds between asking a process to end and killing it."""
TAIL_BYTES = 16_384


class Running(Protocol):
    """A process that may have ended. Nothing here blocks; the clock comes as an argument."""

    @property
    def pid(self) -> int: ...

    @property
    def created(self) -> float:
        """When it was created, as store.liveness.process_started tells it: with the pid, its identity here."""
        ...

    def alive(self) -> bool: ...

    def exit_code(self) -> int | None:
        """Its exit code, -n for signal n; None while it runs, and where nobody can know."""
        ...

    def tail(self, lines: int) -> str:
        """The last lines that it wrote, without control characters; hostile text."""
        ...

    def ask_to_end(self, now: float) -> None:
        """Ask it and its children to end; asking again changes nothing."""
        ...

    def tick(self, now: float) -> None:
        """Kill it and its children if it was asked to end longer than the grace ago."""
        ...


class Child:
    """A process in a session of its own, so that it outlives this one and its terminal.

    ``environment`` goes on top of the inherited one. stdout and stderr are appended to ``log``, stdin is empty.
    When it ends, whatever is left of its process group (data loaders that hold GPU memory) is killed.

    Raises:
        OSError: it could not be started, or ``log`` not be opened.
    """

    def __init__(
        self,
        argv: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        *,
        grace: float = GRACE,
        folder: Path | None = None,
    ) -> None:
        self._log, self._grace = log, grace
        self._kill_at: float | None = None
        with log.open("ab") as output:
            self._written_before = output.tell()
            self._process = subprocess.Popen(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                cwd=folder,
                start_new_session=True,
            )
        self._created = process_started(self.pid)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def created(self) -> float:
        return self._created

    def alive(self) -> bool:
        if self._process.returncode is not None:
            return False
        if _is_zombie(self.pid):
            # Until it is reaped its pid, which is that of its group, cannot be another's.
            _signal_group(self.pid, signal.SIGKILL)
        return self._process.poll() is None

    def exit_code(self) -> int | None:
        return None if self.alive() else self._process.returncode

    def tail(self, lines: int) -> str:
        try:
            with self._log.open("rb") as log:
                log.seek(max(self._written_before, self._log.stat().st_size - TAIL_BYTES))
                text = log.read().decode(errors="replace")
        except OSError:
            return ""
        return "\n".join(
            figures.plain(line).rstrip() for line in text.strip().splitlines()[-lines:] if line.strip()
        )

    def ask_to_end(self, now: float) -> None:
        if self._kill_at is None and self.alive():
            self._kill_at = now + self._grace
            _signal_group(self.pid, signal.SIGTERM)

    def tick(self, now: float) -> None:
        if self._kill_at is not None and now >= self._kill_at and self.alive():
            _signal_group(self.pid, signal.SIGKILL)


class Orphan:
    """A worker that an earlier session of this machine started. Its exit code and output are nobody's to know."""

    def __init__(self, pid: int, created: float, *, grace: float = GRACE) -> None:
        self._pid, self._created, self._grace = pid, created, grace
        self._kill_at: float | None = None

    @property
    def pid(self) -> int:
        return self._pid

    @property
    def created(self) -> float:
        return self._created

    def alive(self) -> bool:
        return same_process(self._pid, self._created) is not None

    def exit_code(self) -> int | None:
        return None

    def tail(self, lines: int) -> str:
        return ""

    def ask_to_end(self, now: float) -> None:
        if self._kill_at is None and self._send(signal.SIGTERM):
            self._kill_at = now + self._grace

    def tick(self, now: float) -> None:
        if self._kill_at is not None and now >= self._kill_at:
            self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> bool:
        process = same_process(self._pid, self._created)
        if process is None:
            return False
        try:
            # A worker that somebody runs in the foreground shares the group of his shell's job: it alone is meant.
            if os.getpgid(self._pid) == self._pid == os.getsid(self._pid):
                _signal_group(self._pid, number)
            else:
                process.send_signal(number)
        except (OSError, psutil.Error):
            return False
        return True


def _is_zombie(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        # It has just ended; macOS says the latter of a zombie.
        return
