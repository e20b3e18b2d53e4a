"""From the driver to the objective: every worker trains on its own GPU, by UUID (the driver is made up)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from hpt_tui.cli.launch import describe
from hpt_tui.cli.worker import _use_gpu
from hpt_tui.errors import InputError
from hpt_tui.session import Session, Terms
from hpt_tui.store.address import parse_address
from hpt_tui.store.connect import open_storage
from hpt_tui.store.create import create_study
from hpt_tui.supervisor import gpu
from hpt_tui.supervisor.gpu import Device
from tests.waiting import eventually

OBJECTIVE = """
import os, time

def objective(trial):
    trial.set_user_attr("sees", os.environ.get("CUDA_VISIBLE_DEVICES", "everything"))
    trial.set_user_attr("threads", os.environ.get("OMP_NUM_THREADS"))
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
    for name in ("CUDA_VISIBLE_DEVICES", *gpu.THREAD_VARIABLES):
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
