"""Which of this machine's GPUs get workers by what the study says, and how many each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from hpt_tui.domain.machine import EVERYTHING, Gpu, Machine, Packing, is_called
from hpt_tui.domain.worker import Lease
from hpt_tui.supervisor.gauge import Load
from hpt_tui.supervisor.gpu import Device


@dataclass(frozen=True, slots=True)
class Allotment:
    """All GPUs, as many workers as are wanted, until somebody says otherwise."""

    devices: tuple[Device, ...] = ()
    """All GPUs of this machine that are ours, whether they are used or not."""
    packing: Packing = EVERYTHING
    drained_names: frozenset[str] = frozenset()

    @property
    def chosen(self) -> tuple[Device, ...]:
        """The GPUs that are to have workers, those that are being drained included."""
        names = self.packing.gpus
        return tuple(d for d in self.devices if not names or any(called(name, d) for name in names))

    @property
    def drained(self) -> tuple[Device, ...]:
        return tuple(d for d in self.devices if any(called(name, d) for name in self.drained_names))

    @property
    def unknown(self) -> tuple[str, ...]:
        """The names that no GPU of ours has."""
        names = (*self.packing.gpus, *sorted(self.drained_names))
        return tuple(name for name in names if not any(called(name, d) for d in self.devices))

    @property
    def most(self) -> int | None:
        """How many workers there may be in all; None where nothing limits them."""
        return None if self.packing.per_gpu is None else len(self.chosen) * self.packing.per_gpu

    def places(self, workers: int) -> tuple[tuple[int, Device], ...]:
        """Places for ``workers`` workers, or for as many as there may be: the number of each, and its GPU.

        They take turns on the chosen GPUs. A place's GPU is always the same, whatever is chosen: those who stay
        need not move. A GPU that is drained has none, and the others don't get more for it.
        """
        devices, chosen, drained = self.devices, self.chosen, self.drained
        if not chosen or not workers:
            return ()
        rounds = -(-workers // len(chosen))
        if self.packing.per_gpu is not None:
            rounds = min(rounds, self.packing.per_gpu)
        free = [(at, d) for at, d in enumerate(devices) if d in chosen and d not in drained]
        return tuple((at + turn * len(devices), d) for turn in range(rounds) for at, d in free)[:workers]

    def machine(self, host: str, loads: Mapping[str, Load]) -> Machine:
        """The machine of the name ``host``, with its GPUs as they are now, by UUID, and which of them are used."""
        chosen, drained = self.chosen, self.drained
        gpus = (
            Gpu(
                *(d.uuid, d.label, d.name, d.memory_total),
                used=loads.get(d.uuid, Load()).used,
                busy=loads.get(d.uuid, Load()).busy,
                chosen=d in chosen,
                drained=d in drained,
            )
            for d in self.devices
        )
        return Machine(host, tuple(gpus), self.packing)

    def surplus(self, leases: Collection[Lease]) -> tuple[str, ...]:
        """Of the workers of this machine, those that are to leave: on GPUs that are not chosen or are drained, and
        the newest of those too many on one. Without a number a GPU those are too many that would find more room
        on another one."""
        labels = {device.label for device in self.devices}
        open_for = {d.label for d in self.chosen} - {d.label for d in self.drained}
        most = self.packing.per_gpu
        if most is None and self.packing != EVERYTHING and open_for:
            most = -(-sum(lease.device in labels for lease in leases) // len(open_for))
        found, there = [], dict.fromkeys(open_for, 0)
        for lease in sorted(leases, key=lambda lease: (lease.started, lease.pid)):
            if lease.device not in labels:
                continue
            if lease.device not in open_for:
                found.append(lease.worker)
                continue
            there[lease.device] += 1
            if most is not None and there[lease.device] > most:
                found.append(lease.worker)
        return tuple(found)


def called(name: str, device: Device) -> bool:
    return is_called(name, device.uuid, device.index, device.part)


def resolved(names: Sequence[str], devices: Sequence[Device]) -> tuple[Device, ...]:
    """The GPUs of these names, in the machine's order.

    Raises:
        LookupError: there is none of a name, or a UUID's beginning is that of several; the text says which.
    """
    found: set[str] = set()
    for name in names:
        matching = [d.uuid for d in devices if called(name, d)]
        if not matching:
            known = ", ".join(d.label.removeprefix("gpu") for d in devices) or "none"
            raise LookupError(f"there is no GPU {name!r}; this machine has: {known}")
        if len(matching) > 1 and name.startswith(("GPU-", "MIG-")):
            raise LookupError(f"{name!r} is the beginning of {len(matching)} UUIDs")
        found |= {*matching}
    return tuple(d for d in devices if d.uuid in found)
