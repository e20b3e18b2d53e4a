"""Which GPUs are ours."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from hpt_tui.supervisor.gpu import Device, Nvml, discover, gpu_slot, usable_cores
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


def test_a_slot_by_hand_says_nothing_of_threads() -> None:
    assert dict(gpu_slot(PARTS[1]).environment) == {
        "CUDA_VISIBLE_DEVICES": "MIG-1111",
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "HPT_TUI_GPU": "H200 MIG 1g.18gb",
    }


def test_this_machine_has_a_core() -> None:
    assert usable_cores() >= 1
