"""What is asked of nvidia-ml-py, against a library that answers as NVML does; no GPU is needed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import pytest

from hpt_tui.supervisor.gpu import Nvml, discover


class NVMLError(Exception):
    """As pynvml's, of which every other one is a kind."""


class FakeNvml(ModuleType):
    """Two GPUs, the second one split into instances 0 and 2; ``broken`` names calls that fail."""

    NVMLError = NVMLError
    NVML_DEVICE_MIG_ENABLE = 1

    def __init__(self, *broken: str) -> None:
        super().__init__("pynvml")
        self.open = 0
        for name in broken:
            setattr(self, name, self._fail)

    def _fail(self, *_: object) -> None:
        raise NVMLError

    def nvmlInit(self) -> None:  # noqa: N802
        self.open += 1

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.open -= 1

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> str:  # noqa: N802
        return f"GPU-{index}"

    def nvmlDeviceGetUUID(self, handle: str) -> bytes:  # noqa: N802
        return handle.encode()

    def nvmlDeviceGetName(self, handle: str) -> str:  # noqa: N802
        return f"H200 {handle}"

    def nvmlDeviceGetMemoryInfo(self, handle: str) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(total=1 << 37 if handle.startswith("GPU") else 1 << 34)

    def nvmlDeviceGetMigMode(self, handle: str) -> list[int]:  # noqa: N802
        if handle == "GPU-0":
            raise NVMLError
        return [1, 1]

    def nvmlDeviceGetMaxMigDeviceCount(self, _: str) -> int:  # noqa: N802
        return 7

    def nvmlDeviceGetMigDeviceHandleByIndex(self, _: str, number: int) -> str:  # noqa: N802
        if number not in (0, 2):
            raise NVMLError
        return f"MIG-{number}"


Install = Callable[..., FakeNvml]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    def put(*broken: str) -> FakeNvml:
        library = FakeNvml(*broken)
        monkeypatch.setitem(sys.modules, "pynvml", library)
        return library

    return put


def test_gpus_and_instances_are_read_with_gaps_in_the_numbers(install: Install) -> None:
    library = install()
    found = discover({}, Nvml())
    assert [(d.label, d.uuid, d.memory_total) for d in found] == [
        ("gpu0", "GPU-0", 1 << 37),
        ("gpu1:0", "MIG-0", 1 << 34),
        ("gpu1:2", "MIG-2", 1 << 34),
    ]
    assert found[0].name == "H200 GPU-0"
    assert library.open == 0


@pytest.mark.parametrize(
    "broken", ["nvmlInit", "nvmlDeviceGetCount", "nvmlDeviceGetHandleByIndex", "nvmlDeviceGetUUID"]
)
def test_a_library_driver_or_gpu_that_fails_means_no_gpu(install: Install, broken: str) -> None:
    """No libnvidia-ml, no driver loaded, a GPU that fell off the bus."""
    install(broken)
    assert discover({}, Nvml()) == ()


def test_a_driver_without_mig_has_whole_gpus(install: Install) -> None:
    install("nvmlDeviceGetMigMode")
    assert [d.label for d in discover({}, Nvml())] == ["gpu0", "gpu1"]
