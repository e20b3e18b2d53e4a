"""Waiting for a condition, instead of sleeping and hoping."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(condition: Callable[[], T], seconds: float = 30.0, *, every: float = 0.05) -> T:
    """The first truthy answer of ``condition``, asked again and again; AssertionError after ``seconds``."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        if answer := condition():
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {getattr(condition, '__doc__', None) or condition}")
        pause.wait(every)
