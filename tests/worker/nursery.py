"""Worker processes that have their imports behind them, forked from a process that has done nothing else.

Starting one takes a twentieth of what a new interpreter takes. They are processes like any other, in sessions of
their own, with signals, logs and an environment of their own; only their parent is not the test.

As a program it reads one JSON document a line, starts a worker of each and says its pid; it also says how each
ended, and ends with its input.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

import optuna

from hpt_tui.worker.loop import run_worker
from hpt_tui.worker.options import WorkerOptions

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Start:
    """What one worker is told."""

    options: Mapping[str, object]
    """Those of WorkerOptions."""
    log: str
    """The file that it writes to."""
    environment: Mapping[str, str]
    host: str
    """What its machine is called; empty: as it is."""
    changes: Mapping[str, float]
    """Constants by their full names, and what they are here."""
    strangers: Sequence[str]
    """Modules that it must not have imported when it ends."""
    folder: str
    """Where it is started."""


class Forked:
    """One worker process: as much of ``subprocess.Popen`` as tests ask for."""

    def __init__(self, pid: int, nursery: Nursery) -> None:
        self.pid, self._nursery = pid, nursery
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, negative for a signal's number; None while it lives."""
        if self.returncode is None:
            self.returncode = self._nursery.code(self.pid, 0)
        return self.returncode

    def wait(self, seconds: float | None = None) -> int:
        """
        Raises:
            TimeoutExpired: it still lives after ``seconds``.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        while (code := self._nursery.code(self.pid, left(deadline))) is None:
            if left(deadline) == 0:
                raise subprocess.TimeoutExpired("worker", seconds or 0)
        self.returncode = code
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            # Its parent may have seen it off since.
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def left(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())


@dataclass
class Nursery:
    """The process that the workers are forked from."""

    process: subprocess.Popen[bytes]
    ended: dict[int, int] = field(default_factory=dict)
    _pids: list[int] = field(default_factory=list)
    _rest: bytes = b""

    def start(self, told: Start) -> Forked:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(asdict(told)).encode() + b"\n")
        self.process.stdin.flush()
        while not self._pids:
            self._listen(None)
        return Forked(self._pids.pop(), self)

    def code(self, pid: int, seconds: float | None) -> int | None:
        """The exit code of ``pid``; None if it has not ended by the next news, or within ``seconds``."""
        if pid not in self.ended:
            self._listen(seconds)
        return self.ended.get(pid)

    def _listen(self, seconds: float | None) -> None:
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            return
        told = os.read(self.process.stdout.fileno(), 4096)
        assert told, "the workers' nursery has ended"
        *lines, self._rest = (self._rest + told).split(b"\n")
        for line in lines:
            pid, *code = json.loads(line)
            if code:
                self.ended[pid] = code[0]
            else:
                self.ended.pop(pid, None)
                self._pids.append(pid)


@cache
def shared() -> Nursery:
    """The session's own; it ends with the tests, whose end closes its input."""
    return Nursery(
        subprocess.Popen(
            [sys.executable, "-m", "tests.worker.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        )
    )


# The program


def main() -> int:
    # What a worker imports, and the database library learns, when it opens its study.
    optuna.storages.RDBStorage("sqlite://")
    importlib.import_module("numpy.random")
    gc.freeze()
    news, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(wake)
    rest = b""
    while True:
        ready, _, _ = select.select([0, news], [], [])
        if news in ready:
            os.read(news, 4096)
            _bury()
        if 0 in ready:
            told = os.read(0, 65536)
            if not told:
                return 0
            *lines, rest = (rest + told).split(b"\n")
            for line in lines:
                start = Start(**json.loads(line))
                if (pid := os.fork()) == 0:
                    return _become(start, news, wake)
                _say(pid)


def _say(*numbers: int) -> None:
    os.write(1, json.dumps(numbers).encode() + b"\n")


def _bury() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _say(pid, os.waitstatus_to_exitcode(status))


def _become(start: Start, *pipes: int) -> int:
    """Be the worker; its exit code."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for pipe in pipes:
        os.close(pipe)
    nothing, log = os.open(os.devnull, os.O_RDONLY), os.open(start.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for file, place in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(file, place)
    os.close(nothing)
    os.close(log)
    os.chdir(start.folder)
    os.environ.clear()
    os.environ.update(start.environment)
    if start.host:
        socket.gethostname = lambda: start.host
    for name, value in start.changes.items():
        module, _, constant = name.rpartition(".")
        setattr(importlib.import_module(module), constant, value)
    code = run_worker(WorkerOptions(**start.options))  # type: ignore[arg-type]
    strangers = {*start.strangers} & sys.modules.keys()
    assert not strangers, strangers
    return code


if __name__ == "__main__":
    sys.exit(main())
