"""Who is alive: by process id, boot and start, whatever the clock is set to."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from hpt_tui.domain.worker import Lease, WorkerState
from hpt_tui.store import liveness
from hpt_tui.store.liveness import SILENCE, boot_id, lives, process_started, same_process

NOW = 1_790_000_000.0
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc here")


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.wait()


def lease(pid: int) -> Lease:
    started = process_started(pid)
    return Lease("w", socket.gethostname(), boot_id(), pid, started, 0, "cpu", WorkerState.TRAINING, NOW)


@needs_proc
def test_a_start_is_the_kernels_in_seconds_since_the_boot(sleeper: subprocess.Popen[bytes]) -> None:
    since_boot = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert 0 <= since_boot - process_started(sleeper.pid) < 60


@needs_proc
def test_a_clock_that_is_set_kills_nobody(
    sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = lease(sleeper.pid)
    created = psutil.Process.create_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: created(self) + 3600)
    assert lives(before, NOW)
    assert same_process(sleeper.pid, before.started) is not None


def test_a_process_that_started_a_tick_later_is_another(sleeper: subprocess.Popen[bytes]) -> None:
    assert lives(lease(sleeper.pid), NOW)
    assert not lives(replace(lease(sleeper.pid), started=process_started(sleeper.pid) - 0.01), NOW)


def test_another_boot_is_another_process(sleeper: subprocess.Popen[bytes]) -> None:
    assert not lives(replace(lease(sleeper.pid), boot="another"), NOW)


def test_one_that_has_ended_but_is_not_reaped_is_dead(sleeper: subprocess.Popen[bytes]) -> None:
    mine = lease(sleeper.pid)
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert not lives(mine, NOW)


def test_a_name_with_brackets_and_spaces_is_no_field(tmp_path: Path) -> None:
    program = tmp_path / "a) R 1 (b"
    program.symlink_to("/bin/sleep")
    process = subprocess.Popen([str(program), "60"])
    try:
        assert abs(process_started(process.pid) - process_started(os.getpid())) < 24 * 3600
        assert same_process(process.pid, process_started(process.pid)) is not None
    finally:
        process.kill()
        process.wait()


def test_nobody_has_no_start() -> None:
    assert process_started(2**22 + 1) == 0.0
    assert same_process(2**22 + 1, 0.0) is None


def test_without_proc_the_creation_time_serves(
    sleeper: subprocess.Popen[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liveness, "_PROC", tmp_path)
    assert abs(process_started(sleeper.pid) - time.time()) < 60
    assert same_process(sleeper.pid, process_started(sleeper.pid)) is not None
    assert process_started(2**22 + 1) == 0.0


def test_elsewhere_a_worker_lives_while_it_gives_signs_of_life() -> None:
    other = replace(lease(os.getpid()), host="another")
    assert lives(other, NOW + SILENCE - 1)
    assert not lives(other, NOW + SILENCE)
