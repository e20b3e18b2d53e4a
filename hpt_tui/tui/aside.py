"""A thread that nobody waits for: the screen can be left while it hangs in a call."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from typing import TypeVar

Found = TypeVar("Found")


async def aside(work: Callable[[], Found]) -> Found:
    """What ``work`` returns or raises, in a thread of its own that does not keep the process from ending.

    The threads of :mod:`asyncio` and :mod:`concurrent.futures` are joined when the loop closes or Python exits.
    """
    future: Future[Found] = Future()
    future.set_running_or_notify_cancel()

    def carry() -> None:
        try:
            found = work()
        except BaseException as error:  # noqa: BLE001 (is raised again where it is waited for)
            future.set_exception(error)
        else:
            future.set_result(found)

    threading.Thread(target=copy_context().run, args=[carry], daemon=True).start()
    return await asyncio.wrap_future(future)
