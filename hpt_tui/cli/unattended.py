"""Without a screen: lines on stdout, and signals for keys."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from types import FrameType

from hpt_tui.domain.frame import Cockpit
from hpt_tui.domain.orders.search import StopStudy
from hpt_tui.headless import Headless


def play_headless(
    open_cockpit: Callable[[], Cockpit],
    fail_on: Collection[str],
    window: type[Headless] = Headless,
    *,
    stop_workers: bool = False,
) -> int:
    """Run a search until it is finished or told to end; the exit code. ``stop_workers``: end those that then wait
    for more."""
    cockpit = open_cockpit()
    wake = threading.Event()
    with signals(cockpit, wake) as received:
        try:
            code = window(cockpit, sys.stdout, sys.stderr, wake.wait, fail_on).run()
        except BrokenPipeError:
            # Whoever read our lines has gone; the workers go on, as they do without a screen.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 0
    cockpit.close(stop_workers=stop_workers)
    return 128 + received[0] if received and received[0] == signal.SIGTERM else code


@contextlib.contextmanager
def signals(cockpit: Cockpit, wake: threading.Event) -> Iterator[list[int]]:
    """The first Ctrl-C lets the running trials finish; a second one, or SIGTERM, ends them at once."""
    received: list[int] = []

    def obey(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        if len(received) > 2:
            # The storage may never answer; the workers see to their trials by themselves.
            raise KeyboardInterrupt
        at_once = number == signal.SIGTERM or len(received) > 1
        cockpit.submit(StopStudy(at_once=at_once))
        patient = "finishing the running trials; Ctrl-C again ends them now"
        words = "ending the running trials" if at_once else patient
        sys.stderr.write(f"\nhpt-tui: {words}\n")
        wake.set()

    before = {n: signal.signal(n, obey) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
