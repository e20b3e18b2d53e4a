"""This machine."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from hpt_tui.store.liveness import boot_id


@dataclass(frozen=True, slots=True)
class Host:
    """A machine, from one boot to the next."""

    name: str
    boot_id: str


def this_host() -> Host:
    """The machine that this process runs on."""
    return Host(socket.gethostname(), boot_id())
