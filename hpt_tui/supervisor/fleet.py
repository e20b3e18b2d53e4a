"""Workers as they are wanted and as they are: starts what is missing, restarts what crashed, names the dead."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator

from hpt_tui.domain.onward import Onward
from hpt_tui.domain.pulse import Pulse
from hpt_tui.domain.snapshot import EMPTY_SNAPSHOT, StudySnapshot
from hpt_tui.domain.worker import Lease, WorkerState, WorkerView
from hpt_tui.store.liveness import PROOF, SILENCE
from hpt_tui.supervisor.crewed import Crewed, FleetState, newest
from hpt_tui.supervisor.faults import is_fault
from hpt_tui.supervisor.gpu import Slot
from hpt_tui.supervisor.host import Host, this_host
from hpt_tui.supervisor.kernel import OomWatch
from hpt_tui.supervisor.overdue import Overdue
from hpt_tui.supervisor.process import Orphan, Running
from hpt_tui.supervisor.restarts import Restarts
from hpt_tui.supervisor.views import bare_view, leased_view

__all__ = ["Fleet", "FleetState", "Host", "this_host"]

NOTE_LINES = 3
"""How many of the last lines of a worker's output go into a note."""


class Fleet:
    """The workers of this machine, those included that an earlier session started; other machines' are only seen,
    and missed.

    ``launch``, which may change, starts a worker in a slot, None where that is impossible; ``layout`` says which
    slots so many workers have. Nothing blocks, the clock comes as an argument, and the order to leave is the
    caller's to write.
    """

    def __init__(
        self,
        launch: Callable[[Slot], Running] | None,
        layout: Callable[[int], tuple[Slot, ...]],
        here: Host | None = None,
        *,
        adopt: Callable[[int, float], Running] = Orphan,
    ) -> None:
        self.launch, self._layout, self._adopt = launch, layout, adopt
        self._here = here if here is not None else this_host()
        self._wanted = 0
        self._stopped = False
        self._reviving = False
        self._crew: dict[int, Crewed] = {}
        self._gone: dict[int, Crewed] = {}
        self._orphans: dict[str, Running] = {}
        self._met: set[str] = set()
        """Orphans that we saw alive."""
        self._records: dict[int, Restarts] = {}
        self._pulse = Pulse()
        self._kernel = OomWatch()
        self._starved: set[int] = set()
        self._crashed: list[tuple[int, str]] = []
        self._onward = Onward()
        self._leased: set[int] = set()
        self._dismissed: set[int] = set()
        """Processes that were told to leave: their slots are free for others."""
        self._shrunk = False
        self._early: set[int] = set()
        """Processes that are to leave, told or not: they cannot be told before they have a lease."""
        self._overdue = Overdue()
        self._study: StudySnapshot = EMPTY_SNAPSHOT

    def follow(self, launch: Callable[[Slot], Running] | None) -> None:
        """The search goes on in another study, and the workers with it; ``launch`` starts them there."""
        self.launch, self._leased, self._study = launch, set(), EMPTY_SNAPSHOT

    def inherit(self, found: Iterable[Crewed]) -> None:
        """Take over the workers that an earlier session has only just started: the study doesn't show them yet."""
        known = {process.pid for process in self._processes()}
        for crewed in found:
            if crewed.process.pid not in known | self._leased:
                self._crew.setdefault(crewed.slot.index, crewed)

    @property
    def can_launch(self) -> bool:
        return self.launch is not None

    @property
    def wanted(self) -> int:
        return self._wanted

    @property
    def given_up(self) -> bool:
        """Whether nothing runs here and nothing will be started again, though workers are wanted."""
        if not self.can_launch or self._wanted == 0 or self.busy_now:
            return False
        # Without any, all GPUs are being drained: that can be taken back.
        slots = self._layout(self._wanted)
        return bool(slots) and all(s.index in self._records and self._records[s.index].over for s in slots)

    @property
    def busy_now(self) -> bool:
        return any(process.alive() for process in self._processes())

    def resize(self, wanted: int) -> None:
        """How many workers this machine is to have. Asking for as many as before, or for one more than live,
        gives the slots whose workers were lost another chance."""
        if wanted >= self._wanted or wanted == self.living() + 1:
            self.revive()
        self._shrunk = wanted < self._wanted
        self._wanted = max(0, wanted)

    def revive(self) -> None:
        """Forget, from the next tick on, how workers ended up to it: every empty slot may get one again."""
        self._reviving, self._stopped = True, False

    def living(self) -> int:
        """How many workers of this machine live and are not leaving."""
        return len(self._staying())

    def dismiss(self, worker: str) -> None:
        """Know that a worker was told to leave, before the study says so."""
        self._dismissed |= {lease.pid for lease in self._local(self._study) if lease.worker == worker}

    def newest(self) -> str:
        """The id of the worker to leave first: the one that was started last; empty if there is none."""
        return max(self.staying(), key=lambda lease: (lease.started, lease.pid), default=_NOBODY).worker

    def staying(self) -> tuple[Lease, ...]:
        """The workers of this machine that live, have a lease and were not told to leave."""
        local = self._local(self._study)
        return tuple(lease for lease in local if lease.pid not in self._dismissed and self._lives(lease))

    def surplus(self) -> tuple[str, ...]:
        """The workers that are to be told to leave since fewer are wanted: the newest, whoever they are. Those
        without a lease, whom no order has seen, come as soon as they have one."""
        if self._shrunk:
            self._shrunk = False
            pids = newest(self._staying(), self.staying(), self.living() - self._wanted)
            self._early |= pids
            self._dismissed |= pids
        told = self._study.control.leaving
        return tuple(
            le.worker for le in self._local(self._study) if le.pid in self._early and le.worker not in told
        )

    def tick(self, now: float, study: StudySnapshot, *, start: bool) -> FleetState:
        """Look after the processes; with ``start``, start those that are missing."""
        self._look_at(study)
        onward = self._onward(now)
        local = [(lease, self._process_of(lease)) for lease in self._local(study)]
        condemned = self._overdue.end(study, local, onward)
        for process in self._processes():
            process.tick(onward)
        troubles = [*self._bury(onward)]
        if self._reviving:
            # Not before: one that has just left for what was ordered earlier would close its slot for good.
            self._records.clear()
            self._reviving = False
        dead = tuple(lease for lease in study.leases if self._is_dead(lease, now))
        if start and not self._stopped:
            troubles += self._fill(onward)
        starved = frozenset(lease.worker for lease in dead if lease.pid in self._starved)
        crashed, self._crashed = tuple(self._crashed), []
        return FleetState(dead, tuple(troubles), condemned, starved, crashed)

    def stop_all(self, now: float) -> None:
        """Ask every worker of this machine to end at once; :meth:`busy` sees to it."""
        self._stopped, self._reviving = True, False
        onward = self._onward(now)
        for process in self._processes():
            process.ask_to_end(onward)

    def busy(self, now: float) -> bool:
        """Whether a worker of this machine still lives; kills those that were asked to end and did not."""
        onward = self._onward(now)
        for process in self._processes():
            process.tick(onward)
        return self.busy_now

    def views(self, now: float, study: StudySnapshot) -> tuple[WorkerView, ...]:
        """Every worker, by slot, those of this machine first. Works without a tick, for who only watches."""
        self._look_at(study)
        shown = [view for lease in study.leases if (view := self._view(lease, study, now)) is not None]
        leased = {c.slot.index for c in self._crew.values() if any(c.is_of(lease) for lease in study.leases)}
        bare = [c for c in self._crew.values() if c.slot.index not in leased and c.process.alive()]
        shown += [c.view(self._here.name, self._between(c)) for c in bare]
        for slot in self._layout(self._wanted):
            record, last = self._records.get(slot.index), self._gone.get(slot.index)
            if record is not None and record.note and slot.index not in self._crew:
                pid = last.process.pid if last is not None else 0
                shown.append(bare_view(self._here.name, pid, slot, WorkerState.LOST, record.note))
        return tuple(sorted(shown, key=lambda view: (not view.here, view.host, view.slot, view.pid)))

    # What is there

    def _processes(self) -> tuple[Running, ...]:
        return (*(crewed.process for crewed in self._crew.values()), *self._orphans.values())

    def _local(self, study: StudySnapshot) -> Iterator[Lease]:
        """The leases of this machine since it was booted."""
        return (le for le in study.leases if (le.host, le.boot) == (self._here.name, self._here.boot_id))

    def _look_at(self, study: StudySnapshot) -> None:
        """Get to know the workers of this machine that somebody else started."""
        self._study = study
        for lease in self._local(study):
            self._leased.add(lease.pid)
            if lease.worker in study.control.leaving:
                self._dismissed.add(lease.pid)
            known = (*self._crew.values(), *self._gone.values())
            if lease.worker not in self._orphans and not any(crewed.is_of(lease) for crewed in known):
                self._orphans[lease.worker] = self._adopt(lease.pid, lease.started)
        self._met |= {worker for worker, process in self._orphans.items() if process.alive()}
        named = {lease.worker for lease in study.leases}
        for worker in [w for w, process in self._orphans.items() if w not in named and not process.alive()]:
            del self._orphans[worker]
            self._met.discard(worker)

    def _process_of(self, lease: Lease) -> Running | None:
        crewed = next((c for c in self._crew.values() if c.is_of(lease)), None)
        return crewed.process if crewed is not None else self._orphans.get(lease.worker)

    def _lives(self, lease: Lease) -> bool:
        process = self._process_of(lease)
        return process is not None and process.alive()

    def _is_dead(self, lease: Lease, now: float) -> bool:
        if lease.host != self._here.name:
            return self._pulse.unmoved(lease, now) >= SILENCE
        silence = self._pulse.silence(lease, now)
        if self._lives(lease):
            return False
        seen_alive = lease.worker in self._met or any(crewed.is_of(lease) for crewed in self._gone.values())
        # Of another boot it is of before this one, or of another machine that goes by the same name.
        return seen_alive or silence >= (PROOF if lease.boot == self._here.boot_id else SILENCE)

    def _staying(self) -> list[Running]:
        """The processes that live and were not told to leave."""
        return [p for p in self._processes() if p.alive() and p.pid not in self._dismissed]

    # What is done

    def _bury(self, now: float) -> Iterator[str]:
        starving = self._kernel.look(now)
        for index, crewed in [*self._crew.items()]:
            if crewed.process.alive():
                continue
            self._gone[index] = self._crew.pop(index)
            code, gone = crewed.process.exit_code(), self._dismissed | self._overdue.ended
            if self._stopped or code is None or crewed.process.pid in gone:
                continue
            record = self._records.setdefault(index, Restarts())
            output = crewed.process.tail(NOTE_LINES)
            if starving and crewed.process.exit_code() == -signal.SIGKILL:
                self._starved.add(crewed.process.pid)
                output = f"killed by the kernel, out of memory\n{output}"
            told = record.ended(code, now - crewed.since, output, now)
            if is_fault(code):
                self._crashed.append((index, told))
            if told:
                yield f"worker {index} ({crewed.slot.device}) {told}"

    def _fill(self, now: float) -> Iterator[str]:
        if self.launch is None:
            return
        missing = self._wanted - self.living()
        taken = {lease.slot for lease in self._local(self._study) if self._lives(lease)} | self._crew.keys()
        for slot in self._layout(self._wanted):
            record = self._records.get(slot.index)
            if missing <= 0 or slot.index in taken or (record is not None and not record.may_start(now)):
                continue
            missing -= 1
            try:
                self._crew[slot.index] = Crewed(slot, self.launch(slot), now)
            except OSError as error:
                told = self._records.setdefault(slot.index, Restarts()).refused(error)
                yield f"worker {slot.index} ({slot.device}) {told}"

    # What is shown

    def _view(self, lease: Lease, study: StudySnapshot, now: float) -> WorkerView | None:
        silence = self._pulse.silence(lease, now)
        here, state, note = lease.host == self._here.name, lease.state, ""
        if here and not self._lives(lease):
            if any(crewed.is_of(lease) for crewed in self._gone.values()):
                return None
            state, note = WorkerState.LOST, "its process is gone"
        elif not here and silence > SILENCE:
            state, note = WorkerState.LOST, f"no sign of life for {silence:.0f} s"
        elif lease.worker in study.control.leaving or (here and self._stopped):
            state = WorkerState.LEAVING
        return leased_view(lease, study, state, silence, here=here, note=note)

    def _between(self, crewed: Crewed) -> WorkerState:
        """What a living worker without a lease is doing: coming, or going once it has taken its lease back."""
        going = crewed.process.pid in self._leased | self._dismissed
        return WorkerState.LEAVING if going else WorkerState.STARTING


_NOBODY = Lease("", "", "", 0, 0.0, 0, "", WorkerState.LOST, 0.0)
