"""Which GPUs are ours, and what a slot's environment says."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from hpt_tui.supervisor.gpu import THREAD_VARIABLES, Device, Nvml, discover, gpu_slot, slots, usable_cores
from tests.supervisor.fakes import FakeDriver

GPUS = tuple(Device(i, f"GPU-{c * 8}-aaaa", "H200", 1 << 37) for i, c in enumerate("abcd"))
PARTS = tuple(Device(1, f"MIG-{n}{n}{n}{n}", "H200 MIG 1g.18gb", 1 << 34, part=n) for n in range(2))
WHOLE = FakeDriver(GPUS)
SPLIT = FakeDriver(GPUS[:2], {GPUS[1].uuid: PARTS})


def found(wish: str | None, driver: FakeDriver = WHOLE) -> list[str]:
    environ: Mapping[str, str] = {} if wish is None else {"CUDA_VISIBLE_DEVICES": wish}
    return [device.label for device in discover(environ, driver)]


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        pytest.param(None, ["gpu0", "gpu1", "gpu2", "gpu3"], id="unset: all"),
        pytest.param("", [], id="empty: none"),
        pytest.param("-1", [], id="-1: none"),
        pytest.param("NoDevFiles", [], id="what schedulers write for none"),
        pytest.param("2,0", ["gpu2", "gpu0"], id="indices, in that order"),
        pytest.param(" 1 , 3 ", ["gpu1", "gpu3"], id="with spaces"),
        pytest.param("0,-1,2", ["gpu0"], id="stops at -1"),
        pytest.param("0,9,1", ["gpu0"], id="stops at one that is not there"),
        pytest.param("1,1", [], id="the same twice: none, as CUDA"),
        pytest.param("GPU-bbbb", ["gpu1"], id="the beginning of a UUID"),
        pytest.param("GPU-cccccccc-aaaa,GPU-a", ["gpu2", "gpu0"], id="UUIDs"),
        pytest.param("GPU-", [], id="an ambiguous beginning"),
        pytest.param("GPU-a,1", ["gpu0"], id="an index among UUIDs stops"),
    ],
)
def test_an_inherited_wish_is_respected_as_cuda_reads_it(wish: str | None, expected: list[str]) -> None:
    assert found(wish) == expected


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        pytest.param(None, ["gpu0", "gpu1:0", "gpu1:1"], id="unset: the instances in the GPU's place"),
        pytest.param("1", ["gpu1:0", "gpu1:1"], id="by the GPU's index"),
        pytest.param("MIG-1111", ["gpu1:1"], id="one instance"),
        pytest.param("MIG-1111,MIG-0000", ["gpu1:1", "gpu1:0"], id="both, turned round"),
    ],
)
def test_a_split_gpu_is_its_instances(wish: str | None, expected: list[str]) -> None:
    assert found(wish, SPLIT) == expected


def test_a_gpu_that_is_split_into_nothing_cannot_be_used() -> None:
    assert found(None, FakeDriver(GPUS[:2], {GPUS[0].uuid: ()})) == ["gpu1"]


def test_without_gpus_there_are_none() -> None:
    assert found(None, FakeDriver()) == []
    assert found("0", FakeDriver()) == []


def test_the_real_driver_answers_on_any_machine() -> None:
    driver = Nvml()
    for gpu in driver.gpus():
        assert gpu.uuid.startswith("GPU-")
        assert gpu.memory_total > 0
        assert driver.instances(gpu) is None or driver.instances(gpu) is not None
    assert discover({"CUDA_VISIBLE_DEVICES": ""}) == ()


def test_one_worker_a_gpu_by_default_each_seeing_only_its_own() -> None:
    environments = [dict(slot.environment) for slot in slots(GPUS, None, 16, {})]
    assert [e["CUDA_VISIBLE_DEVICES"] for e in environments] == [gpu.uuid for gpu in GPUS]
    assert all(e["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID" for e in environments)


def test_more_workers_than_gpus_take_turns() -> None:
    assert [s.device for s in slots(GPUS[:2], 5, 16, {})] == ["gpu0", "gpu1", "gpu0", "gpu1", "gpu0"]


def test_fewer_workers_take_the_first_gpus() -> None:
    assert [(s.index, s.device) for s in slots(GPUS, 2, 16, {})] == [(0, "gpu0"), (1, "gpu1")]


@pytest.mark.parametrize(("cores", "workers"), [(1, 1), (2, 2), (4, 4), (64, 4)])
def test_a_machine_without_gpus_gets_a_worker_a_core_four_at_most(cores: int, workers: int) -> None:
    found = slots((), None, cores, {})
    assert len(found) == workers
    assert {s.device for s in found} == {"cpu"}


@pytest.mark.parametrize(("cores", "workers", "threads"), [(16, 4, "4"), (16, 5, "3"), (2, 8, "1")])
@pytest.mark.parametrize("devices", [(), GPUS], ids=["cpu", "gpu"])
def test_the_cores_are_shared_out_as_threads(
    devices: tuple[Device, ...], cores: int, workers: int, threads: str
) -> None:
    for slot in slots(devices, workers, cores, {}):
        assert {dict(slot.environment)[name] for name in THREAD_VARIABLES} == {threads}


def test_what_the_user_set_himself_stays() -> None:
    (slot,) = slots((), 1, 8, {"OMP_NUM_THREADS": "2"})
    assert "OMP_NUM_THREADS" not in dict(slot.environment)
    assert dict(slot.environment)["MKL_NUM_THREADS"] == "8"


def test_no_workers_have_no_slots() -> None:
    assert slots(GPUS, 0, 8, {}) == ()


def test_a_slot_by_hand_says_nothing_of_threads() -> None:
    assert dict(gpu_slot(PARTS[1]).environment) == {
        "CUDA_VISIBLE_DEVICES": "MIG-1111",
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
    }


def test_this_machine_has_a_core() -> None:
    assert usable_cores() >= 1
