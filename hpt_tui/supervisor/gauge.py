"""How this machine's GPUs are doing: read aside, so that a driver that hangs holds nobody up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hpt_tui.supervisor.gpu import Device

PERIOD = 2.0
"""Seconds between two readings."""
IDLE = 30.0
"""Seconds without anybody who wants to know, after which it is not read on."""

IDLE_MEMORY = 0.05
"""The share of its memory that a GPU takes for itself where nobody uses it, at most (H200: under 1 %)."""


@dataclass(frozen=True, slots=True)
class Load:
    """Memory in use in bytes, and percent of the last moment in which the GPU computed; None where unknown."""

    used: int | None = None
    busy: int | None = None


def freest(devices: Sequence[Device], loads: Mapping[str, Load]) -> tuple[Device, bool]:
    """The first of ``devices``, at least one, that nobody computes on, and True; else the one with the most free
    memory, and False."""
    for device in devices:
        load = loads.get(device.uuid, Load())
        if (load.used or 0) <= IDLE_MEMORY * device.memory_total and not load.busy:
            return device, True
    free = {device: device.memory_total - (loads.get(device.uuid, Load()).used or 0) for device in devices}
    return max(devices, key=lambda device: free[device]), False


class Gauge:
    """The newest loads by UUID. ``read`` may take its time; it is called in a thread of its own."""

    def __init__(self, read: Callable[[Sequence[Device]], Mapping[str, Load]] | None = None) -> None:
        self._read = read if read is not None else read_loads
        self._loads: Mapping[str, Load] = {}
        self._asked = 0.0
        self._thread: threading.Thread | None = None

    def loads(self, devices: Sequence[Device]) -> Mapping[str, Load]:
        """What was read last, at once; nothing for a machine without GPUs, or at first."""
        self._asked = time.monotonic()
        if devices and (self._thread is None or not self._thread.is_alive()):
            self._thread = threading.Thread(target=self._follow, args=[devices], name="hpt-gauge", daemon=True)
            self._thread.start()
        return self._loads

    def _follow(self, devices: Sequence[Device]) -> None:
        while time.monotonic() - self._asked < IDLE:
            self._loads = self._read(devices)
            time.sleep(PERIOD)


def read_loads(devices: Sequence[Device]) -> Mapping[str, Load]:
    """By UUID, as NVML has it; what it doesn't answer is missing."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return {}
    try:
        return {device.uuid: _load(device) for device in devices}
    finally:
        pynvml.nvmlShutdown()


def _load(device: Device) -> Load:
    import pynvml

    used = busy = None
    try:
        handle = pynvml.nvmlDeviceGetHandleByUUID(device.uuid.encode())
        used = int(pynvml.nvmlDeviceGetMemoryInfo(handle).used)
        busy = int(pynvml.nvmlDeviceGetUtilizationRates(handle).gpu)
    except pynvml.NVMLError:
        # MIG instances don't say how busy they are.
        return Load(used, None)
    return Load(used, busy)
