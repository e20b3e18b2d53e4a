"""Ending a running trial from outside: signals become an exception, but never inside a storage call."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType, TracebackType

QUIET = 1.0
"""Seconds after an interruption in which no second one is raised: the loop is busy with the first."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why the running trial, or the worker, has to end now."""

    text: str
    exit_code: int | None = None
    """The worker ends with it; None: only the trial ends, as somebody ordered, and the worker lives on."""
    discard: bool = False
    """Whether it ends as failed, for nobody to learn from; False: as pruned."""
    ordered: bool = False
    """Whether somebody ordered this very trial to end: then it ends so, whatever becomes of the worker."""


class Interrupted(BaseException):
    """Raised in the main thread to end the trial. No Exception, so that the user's handlers let it through."""

    def __init__(self, cause: Cause) -> None:
        self.cause = cause
        super().__init__(cause.text)


class Gate:
    """Says when the main thread may be interrupted: open while the user's code runs, shut for all else.

    An interruption that meets a shut gate is raised when the gate opens again, if it is still due then.
    """

    def __init__(self, cause: Callable[[], Cause | None]) -> None:
        self._cause = cause
        self._shut = 1
        self._pending = False
        self._quiet_until = 0.0

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Open for the user's code. Whoever catches Interrupted calls :meth:`close` first."""
        try:
            self._quiet_until = 0.0
            self._shut = 0
            if self._pending:
                self.knock()
            yield
        finally:
            self._shut = 1

    def close(self) -> None:
        self._shut = 1

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._shut += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if threading.current_thread() is threading.main_thread():
            self._shut -= 1
            if self._pending:
                self.knock()

    def knock(self) -> None:
        """Raise Interrupted if something is due and the gate is open; remember it if the gate is shut."""
        self._pending = self._shut > 0 or time.monotonic() < self._quiet_until
        if self._pending:
            return
        cause = self._cause()
        if cause is not None:
            self._quiet_until = time.monotonic() + QUIET
            raise Interrupted(cause)


@contextmanager
def handling(terminate: Callable[[signal.Signals], None], nudge: Callable[[], None]) -> Iterator[None]:
    """Call ``terminate`` on SIGINT, SIGTERM and SIGHUP, and ``nudge`` on SIGUSR1, in the main thread."""
    owner = os.getpid()

    def handle(number: int, frame: FrameType | None) -> None:
        if os.getpid() != owner:
            # A child that the user's code forked (a data loader) has no trial to save.
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        elif number == signal.SIGUSR1:
            nudge()
        else:
            terminate(signal.Signals(number))

    wanted = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1]
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        wanted.remove(signal.SIGHUP)  # started under nohup
    before = {number: signal.signal(number, handle) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            # A nudge that comes late must not kill a process that has told its trial and is about to end.
            late = number == signal.SIGUSR1 and handler is signal.SIG_DFL
            signal.signal(number, signal.SIG_IGN if late else handler)
