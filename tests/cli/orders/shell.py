"""A command line over a study, and workers that live elsewhere."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest

from hpt_tui.cli import run_command_line
from hpt_tui.domain.worker import Lease, WorkerState
from tests.session.desk import Desk

HERE = socket.gethostname()

Shell = Callable[..., tuple[int, str, str]]
"""A command line without its URL, which comes second -> exit code, stdout, stderr."""


def shell_of(desk: Desk, capsys: pytest.CaptureFixture[str]) -> Shell:
    def run(verb: str, *arguments: str) -> tuple[int, str, str]:
        code = run_command_line([verb, desk.address.url, *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def elsewhere(desk: Desk, worker: str, started: float) -> None:
    lease = Lease(worker, "node7", "b", 9, started, 0, "gpu0", WorkerState.TRAINING, time.time(), pace=0.5)
    desk.control.put_lease(lease)
