"""Which GPUs this machine has for us, and what each worker gets of them and of the cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import psutil

from hpt_tui.domain.machine import GPU_VARIABLE

VISIBLE = "CUDA_VISIBLE_DEVICES"
ORDER = ("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
"""Makes CUDA number the GPUs as NVML does."""


@dataclass(frozen=True, slots=True)
class Device:
    """A GPU, or one MIG instance of it. ``memory_total`` is in bytes."""

    index: int
    """As nvidia-smi numbers the GPU."""
    uuid: str
    """``GPU-…`` or ``MIG-…``: what CUDA_VISIBLE_DEVICES takes."""
    name: str
    memory_total: int
    part: int | None = None
    """The number of the MIG instance in its GPU; None for a whole GPU."""

    @property
    def label(self) -> str:
        """``gpu0``, or ``gpu0:1`` for a MIG instance."""
        return f"gpu{self.index}" if self.part is None else f"gpu{self.index}:{self.part}"


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one worker."""

    index: int
    device: str
    """``gpu0``, ``gpu0:1`` or ``cpu``."""
    environment: tuple[tuple[str, str], ...] = ()
    """What the worker's environment gets on top of the inherited one."""


class Driver(Protocol):
    """The GPU driver, as far as it is asked."""

    def gpus(self) -> Sequence[Device]:
        """The whole GPUs by index; empty without GPUs, driver or library. Never raises."""
        ...

    def instances(self, gpu: Device) -> Sequence[Device] | None:
        """The MIG instances of ``gpu``; None where MIG is off, empty where it is on but has none."""
        ...


class Nvml:
    """The real driver, through nvidia-ml-py, which is imported only here."""

    def gpus(self) -> Sequence[Device]:
        import pynvml

        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError:
            return ()
        found = []
        try:
            for index in range(int(pynvml.nvmlDeviceGetCount())):
                try:
                    found.append(_read(pynvml.nvmlDeviceGetHandleByIndex(index), index))
                except pynvml.NVMLError:
                    # One that fell off the bus does not take the others with it.
                    continue
        except pynvml.NVMLError:
            return ()
        finally:
            pynvml.nvmlShutdown()
        return found

    def instances(self, gpu: Device) -> Sequence[Device] | None:
        import pynvml

        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError:
            return None
        try:
            parent = pynvml.nvmlDeviceGetHandleByIndex(gpu.index)
            if pynvml.nvmlDeviceGetMigMode(parent)[0] != pynvml.NVML_DEVICE_MIG_ENABLE:
                return None
            most = int(pynvml.nvmlDeviceGetMaxMigDeviceCount(parent))
        except pynvml.NVMLError:
            # GPUs without MIG answer that they don't support the question.
            return None
        else:
            return [part for number in range(most) if (part := _read_instance(parent, gpu, number)) is not None]
        finally:
            pynvml.nvmlShutdown()


def _read(handle: object, index: int, part: int | None = None) -> Device:
    import pynvml

    uuid, name = pynvml.nvmlDeviceGetUUID(handle), pynvml.nvmlDeviceGetName(handle)
    return Device(index, _text(uuid), _text(name), int(pynvml.nvmlDeviceGetMemoryInfo(handle).total), part)


def _read_instance(parent: object, gpu: Device, number: int) -> Device | None:
    import pynvml

    try:
        return _read(pynvml.nvmlDeviceGetMigDeviceHandleByIndex(parent, number), gpu.index, number)
    except pynvml.NVMLError:
        # Instances leave gaps in their numbers.
        return None


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def discover(environ: Mapping[str, str], driver: Driver | None = None) -> tuple[Device, ...]:
    """The GPUs that are ours to use, MIG instances in place of a GPU that is split into them.

    An inherited CUDA_VISIBLE_DEVICES is respected, as CUDA reads it: indices (of PCI bus order), UUIDs or their
    beginnings; everything from the first invalid entry on is left out; nothing is visible if one is named twice.
    """
    driver = driver if driver is not None else Nvml()
    gpus = tuple(driver.gpus())
    parts = {gpu.uuid: driver.instances(gpu) for gpu in gpus}

    def whole_or_parts(gpu: Device) -> tuple[Device, ...]:
        instances = parts[gpu.uuid]
        return (gpu,) if instances is None else tuple(instances)

    wish = environ.get(VISIBLE)
    if wish is None:
        return tuple(device for gpu in gpus for device in whole_or_parts(gpu))
    everything = (*gpus, *(part for gpu in gpus for part in parts[gpu.uuid] or ()))
    chosen = _chosen(wish, gpus, everything)
    return tuple(d for one in chosen for d in (whole_or_parts(one) if one.part is None else (one,)))


def _chosen(wish: str, gpus: Sequence[Device], everything: Sequence[Device]) -> tuple[Device, ...]:
    by_uuid = wish.strip().startswith(("GPU-", "MIG-"))
    find: Callable[[str], Device | None] = (
        (lambda entry: _by_uuid(entry, everything)) if by_uuid else (lambda entry: _by_index(entry, gpus))
    )
    chosen: list[Device] = []
    for entry in wish.split(","):
        device = find(entry.strip())
        if device is None:
            break
        if device in chosen:
            return ()
        chosen.append(device)
    return tuple(chosen)


def _by_index(entry: str, gpus: Sequence[Device]) -> Device | None:
    if not (entry.isascii() and entry.isdigit()):
        return None
    return next((gpu for gpu in gpus if gpu.index == int(entry)), None)


def _by_uuid(entry: str, everything: Sequence[Device]) -> Device | None:
    found = [device for device in everything if device.uuid.startswith(entry)]
    return found[0] if entry and len(found) == 1 else None


def usable_cores() -> int:
    """How many cores this process may run on, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return psutil.cpu_count() or 1


def gpu_slot(device: Device, index: int = 0, threads: tuple[tuple[str, str], ...] = ()) -> Slot:
    """A place on ``device`` alone: the process sees no other GPU."""
    return Slot(index, device.label, ((VISIBLE, device.uuid), ORDER, (GPU_VARIABLE, device.name), *threads))
