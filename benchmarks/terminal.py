"""A program in a pseudo-terminal of its own, with a clock on what it writes."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import psutil


@dataclass
class Terminal:
    """Runs a command at ``columns`` x ``rows`` and keeps (seconds since the start, bytes) of its output."""

    command: Sequence[str]
    columns: int = 120
    rows: int = 40
    environment: Mapping[str, str] = field(default_factory=dict)
    output: list[tuple[float, bytes]] = field(default_factory=list)

    def __enter__(self) -> Terminal:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **self.environment}
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            self.command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)
        self.master = master
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.master)

    def read(self, seconds: float, until: bytes = b"") -> float | None:
        """Collect output for ``seconds``, or until ``until`` has been written; seconds since the start then."""
        deadline = time.perf_counter() + seconds
        seen = b""
        while (left := deadline - time.perf_counter()) > 0:
            if not select.select([self.master], [], [], left)[0]:
                break
            try:
                chunk = os.read(self.master, 65536)
            except OSError:
                return None
            now = time.perf_counter() - self.started
            self.output.append((now, chunk))
            seen = seen[-200:] + chunk
            if until and until in seen:
                return now
        return None

    def write(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def measure(self, seconds: float) -> tuple[float, float]:
        """(bytes written a second, share of one core used) over the next ``seconds``."""
        process = psutil.Process(self.process.pid)
        before, cpu = sum(len(b) for _, b in self.output), sum(process.cpu_times()[:2])
        start = time.perf_counter()
        self.read(seconds)
        elapsed = time.perf_counter() - start
        written = sum(len(b) for _, b in self.output) - before
        return written / elapsed, (sum(process.cpu_times()[:2]) - cpu) / elapsed
