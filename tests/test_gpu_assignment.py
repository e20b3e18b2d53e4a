"""From the driver to the objective: every worker trains on its own GPU, by UUID (the driver is made up)."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from hpt_tui.cli import run_command_line
from hpt_tui.cli.launch import describe
from hpt_tui.cli.worker import _use_gpu
from hpt_tui.domain.worker import WorkerState
from hpt_tui.errors import InputError
from hpt_tui.session import Session, Terms
from hpt_tui.store.address import parse_address
from hpt_tui.store.connect import open_storage
from hpt_tui.store.create import create_study
from hpt_tui.supervisor import gpu, slots
from hpt_tui.supervisor.gpu import Device
from tests.waiting import eventually

OBJECTIVE = """
import os, time

def objective(trial):
    trial.set_user_attr("sees", os.environ.get("CUDA_VISIBLE_DEVICES", "everything"))
    trial.set_user_attr("threads", os.environ.get("OMP_NUM_THREADS"))
    trial.set_user_attr("share", os.environ.get("HPT_TUI_GPU_SHARE", "1"))
    time.sleep(0.1)
    return trial.suggest_float("x", 0, 1)
"""


class TwoGpus:
    """A machine with two GPUs, as NVML would show it."""

    def gpus(self) -> Sequence[Device]:
        return [Device(i, f"GPU-{i}{i}{i}", "NVIDIA H200", 141 << 30) for i in range(2)]

    def instances(self, gpu: Device) -> Sequence[Device] | None:
        return None


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(gpu, "Nvml", TwoGpus)
    monkeypatch.setattr("hpt_tui.session.foreman.usable_cores", lambda: 8)
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    for name in ("CUDA_VISIBLE_DEVICES", *slots.THREAD_VARIABLES):
        monkeypatch.delenv(name, raising=False)


def run(folder: Path, workers: int | None) -> set[tuple[str, str, str]]:
    """(device that the screen shows, GPUs that the objective saw, its threads), of every worker of a real run."""
    file = folder / "which.py"
    file.write_text(OBJECTIVE)
    address = parse_address(str(folder / "which.db"))
    create_study(address, describe(str(file)))
    session = Session(address, "which", Terms(steering=True, workers=workers, target=str(file)))
    wanted = len(session.tick().workers)
    storage = open_storage(address, writable=False)
    seen: dict[str, tuple[str, str, str]] = {}

    def all_seen() -> bool:
        shown = {w.worker: w.device for w in session.tick().workers}
        for trial in storage.get_all_trials(1):
            worker, attributes = trial.user_attrs.get("hpt:worker", ""), trial.user_attrs
            if worker in shown and {"sees", "threads"} <= attributes.keys():
                seen[worker] = (shown[worker], attributes["sees"], attributes["threads"])
        return len(seen) == wanted

    try:
        eventually(all_seen, 60)
    finally:
        session.close(stop_workers=True)
    return set(seen.values())


def test_by_default_one_worker_a_gpu_each_seeing_only_its_own(tmp_path: Path) -> None:
    assert run(tmp_path, None) == {("gpu0", "GPU-000", "4"), ("gpu1", "GPU-111", "4")}


def test_an_inherited_choice_of_gpus_is_respected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert run(tmp_path, None) == {("gpu1", "GPU-111", "8")}


def test_a_worker_by_hand_takes_the_gpu_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert _use_gpu(1) == "gpu1"
    assert (os.environ["CUDA_VISIBLE_DEVICES"], os.environ["CUDA_DEVICE_ORDER"]) == ("GPU-111", "PCI_BUS_ID")
    with pytest.raises(InputError, match="there is no such GPU; this machine has: 0, 1"):
        _use_gpu(2)


class TestAnotherChoiceWhileWorkersRun:
    """Orders of the shell, carried out by the session that keeps the machine's workers."""

    @pytest.fixture
    def running(self, tmp_path: Path, request: pytest.FixtureRequest) -> Running:
        return Running(tmp_path, request)

    def test_packed_and_given_back(self, running: Running) -> None:
        """K workers on a GPU, each with that share of its memory: changed without restarting who stays."""
        before = running.pids()
        running.gpus("1", "--per-gpu", "2")
        running.until({("gpu1", "0.5"): 2})
        assert len(running.pids() & before) == 1
        running.gpus("all")
        running.until({("gpu0", "1"): 1, ("gpu1", "1"): 1})

    def test_drained_and_back(self, running: Running) -> None:
        running.gpus("--drain", "0")
        running.until({("gpu1", "1"): 1})
        assert running.session.tick().wanted == 2
        running.gpus("--undrain", "gpu0")
        running.until({("gpu0", "1"): 1, ("gpu1", "1"): 1})

    def test_a_choice_is_kept_in_the_study_and_the_next_run_follows_it(self, running: Running) -> None:
        running.gpus("1", "--per-gpu", "3")
        running.session.close(stop_workers=True)
        running.open(None)
        running.until({("gpu1", "0.3333"): 3})


class Running:
    """A run on both GPUs, with orders from the shell."""

    def __init__(self, folder: Path, request: pytest.FixtureRequest) -> None:
        self.file = folder / "which.py"
        self.file.write_text(OBJECTIVE)
        self.address = parse_address(str(folder / "which.db"))
        create_study(self.address, describe(str(self.file)))
        self.storage = open_storage(self.address, writable=False)
        self.open(None)
        request.addfinalizer(lambda: self.session.close(stop_workers=True))
        self.until({("gpu0", "1"): 1, ("gpu1", "1"): 1})

    def open(self, workers: int | None) -> None:
        self.session = Session(self.address, "which", Terms(steering=True, workers=workers, target=str(self.file)))

    def gpus(self, *arguments: str) -> None:
        assert run_command_line(["gpus", self.address.url, *arguments]) == 0

    def pids(self) -> set[int]:
        return {w.pid for w in self.session.tick().workers if w.state is not WorkerState.LOST}

    def until(self, expected: dict[tuple[str, str], int]) -> None:
        """Until just so many workers train, by (device, share that their running trial saw)."""

        def counted() -> bool:
            training = {w.trial: w for w in self.session.tick().workers if w.state is not WorkerState.LOST}
            newest = self.storage.get_all_trials(1)[-40:]
            share = {t.user_attrs.get("hpt:worker"): t.user_attrs.get("share", "") for t in newest}
            return Counter((w.device, share.get(w.worker, "")) for w in training.values()) == expected

        eventually(counted, 180)
