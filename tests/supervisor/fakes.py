"""A machine whose GPUs and processes do as the test says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hpt_tui.domain.snapshot import Control, StudySnapshot
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.worker import Lease, WorkerState, WorkerView
from hpt_tui.store.liveness import SAME_START
from hpt_tui.supervisor.allotment import Allotment
from hpt_tui.supervisor.fleet import Fleet, FleetState
from hpt_tui.supervisor.gpu import Device, Slot
from hpt_tui.supervisor.host import Host
from hpt_tui.supervisor.slots import slots
from tests.builders import NOON, study, trial

HERE = Host("gpubox", "boot-1")


@dataclass
class FakeDriver:
    """GPUs by index, some of them split."""

    devices: Sequence[Device] = ()
    split: Mapping[str, Sequence[Device]] = field(default_factory=dict)

    def gpus(self) -> Sequence[Device]:
        return self.devices

    def instances(self, gpu: Device) -> Sequence[Device] | None:
        return self.split.get(gpu.uuid)


@dataclass
class FakeChild:
    """A process that lives until the test, or its grace, ends it."""

    pid: int
    created: float
    slot: Slot | None = None
    output: str = ""
    obedient: bool = False
    grace: float = 10.0
    code: int | None = None
    ended: bool = False
    asked_at: float | None = None

    def alive(self) -> bool:
        return not self.ended

    def exit_code(self) -> int | None:
        return self.code

    def tail(self, lines: int) -> str:
        return "\n".join(self.output.splitlines()[-lines:])

    def ask_to_end(self, now: float) -> None:
        if self.asked_at is None:
            self.asked_at = now
            if self.obedient:
                self.end(143)

    def tick(self, now: float) -> None:
        if self.asked_at is not None and not self.ended and now >= self.asked_at + self.grace:
            self.end(-9)

    def end(self, code: int | None, output: str = "") -> None:
        self.ended, self.code, self.output = True, code, output or self.output


@dataclass
class Machine:
    """A fleet and its surroundings; time passes only by ``after``."""

    gpus: int = 0
    cores: int = 8
    can_launch: bool = True
    now: float = NOON
    children: list[FakeChild] = field(default_factory=list)
    strangers: dict[int, FakeChild] = field(default_factory=dict)
    """Processes that an earlier session started, by pid."""
    leases: dict[str, Lease] = field(default_factory=dict)
    control: Control = Control()
    refuses: str = ""
    """Why no process can be started."""

    def __post_init__(self) -> None:
        self.allotment = Allotment(tuple(Device(i, f"GPU-{i}", "H200", 1 << 37) for i in range(self.gpus)))
        layout: Callable[[int], tuple[Slot, ...]] = lambda n: slots(self.allotment, n, self.cores, {})  # noqa: E731
        self.fleet = Fleet(self._launch if self.can_launch else None, layout, HERE, adopt=self._adopt)

    def _launch(self, slot: Slot) -> FakeChild:
        if self.refuses:
            raise OSError(self.refuses)
        child = FakeChild(1000 + len(self.children), self.now, slot)
        self.children.append(child)
        return child

    def _adopt(self, pid: int, created: float) -> FakeChild:
        found = self.strangers.get(pid)
        if found is not None and abs(found.created - created) <= SAME_START:
            return found
        return FakeChild(pid, created, ended=True)

    @property
    def photo(self) -> StudySnapshot:
        running = [(le.trial, le.worker) for le in self.leases.values() if le.trial is not None]
        return study(
            [replace(trial(n, TrialState.RUNNING, 0.5, steps=7), worker=worker) for n, worker in running],
            leases=tuple(self.leases.values()),
            control=self.control,
        )

    @property
    def alive(self) -> list[int]:
        """The slots of the living children."""
        return sorted(c.slot.index for c in self.children if c.alive() and c.slot is not None)

    def lease(self, child: FakeChild, *, trial: int | None = None, slot: int | None = None) -> Lease:
        """Let ``child`` write its lease."""
        place = slot if slot is not None else child.slot.index if child.slot is not None else 0
        name = f"{HERE.name}-{child.pid}-1a2b"
        state = WorkerState.WAITING if trial is None else WorkerState.TRAINING
        self.leases[name] = Lease(
            name, HERE.name, HERE.boot_id, child.pid, child.created, place, "gpu0", state, self.now, trial, 0.5
        )
        return self.leases[name]

    def stranger(self, pid: int, *, slot: int = 0, trial: int | None = None) -> FakeChild:
        """A worker that an earlier session started an hour ago."""
        self.strangers[pid] = FakeChild(pid, self.now - 3600 + pid)
        self.lease(self.strangers[pid], trial=trial, slot=slot)
        return self.strangers[pid]

    def remote(self, host: str = "other", *, beat: float | None = None, slot: int = 0) -> Lease:
        name = f"{host}-77-ffff"
        when = self.now if beat is None else beat
        self.leases[name] = Lease(name, host, "boot-x", 77, 1.0, slot, "gpu0", WorkerState.TRAINING, when)
        return self.leases[name]

    def beat(self) -> None:
        """Every living worker gives a sign of life."""
        dead = {c.pid for c in (*self.children, *self.strangers.values()) if not c.alive()}
        for name, lease in self.leases.items():
            if lease.pid not in dead:
                self.leases[name] = replace(lease, beat=self.now)

    def tick(self, *, start: bool = True) -> FleetState:
        """A tick, after which the leases of the dead are dropped, as a session does."""
        state = self.fleet.tick(self.now, self.photo, start=start)
        leaving = {*self.control.leaving, *self.fleet.surplus()}
        self.control = replace(self.control, leaving=frozenset(leaving))
        for lease in state.dead:
            del self.leases[lease.worker]
        return state

    def after(self, seconds: float, *, start: bool = True) -> FleetState:
        self.now += seconds
        return self.tick(start=start)

    def views(self) -> tuple[WorkerView, ...]:
        return self.fleet.views(self.now, self.photo)


def crewed(workers: int, *, gpus: int = 0) -> Machine:
    """``workers`` of them started, each with a lease."""
    machine = Machine(gpus=gpus)
    machine.fleet.resize(workers)
    machine.tick()
    for child in machine.children:
        machine.lease(child)
    machine.after(1)
    return machine
