"""This machine's workers, kept as the study wants them.

How many there are to be is an attribute of the study, one a machine; of the sessions on a machine one holds a
lock and keeps them, so that two screens never both replace the same worker. When it goes, the next takes over.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from hpt_tui.domain.candidates import only_validates, open_runs
from hpt_tui.domain.event import Event, Values, values
from hpt_tui.domain.frame import Notice
from hpt_tui.domain.machine import EVERYTHING, Machine, Packing
from hpt_tui.domain.onward import Onward
from hpt_tui.domain.orders.validation import Validate
from hpt_tui.domain.progress import to_validate
from hpt_tui.domain.snapshot import Crew, StudySnapshot
from hpt_tui.domain.target import target_file
from hpt_tui.domain.worker import Lease, WorkerState, WorkerView
from hpt_tui.errors import OrderRefusedError
from hpt_tui.session.crash_watch import CrashWatch
from hpt_tui.session.keeper import keeper_path
from hpt_tui.session.seed_check import seed_problem
from hpt_tui.store.address import Address
from hpt_tui.supervisor.allotment import Allotment
from hpt_tui.supervisor.fleet import Fleet
from hpt_tui.supervisor.gauge import Gauge
from hpt_tui.supervisor.gpu import Slot, discover, usable_cores
from hpt_tui.supervisor.host import this_host
from hpt_tui.supervisor.launcher import LocalLauncher
from hpt_tui.supervisor.slots import slots

if TYPE_CHECKING:
    from hpt_tui.store.control import StudyControl

END_GRACE = 20.0
"""Seconds that workers which were told to end at once have to do so by themselves."""


class Foreman:
    """Adds, removes, replaces and ends the workers of this machine. Works on the thread of the tick only."""

    def __init__(self, address: Address, study: StudySnapshot, target: str, *, validating: bool = False) -> None:
        """``validating``: the workers that are started take nothing but runs of the final validation, even where
        the study wants others."""
        self._host = this_host().name
        self._file = target or (study.study_file if study.study_host == self._host else "")
        self._allotment, self._gauge = Allotment(discover(os.environ)), Gauge()
        self._study, self._validating = (address.url, study.name), validating
        self._crew: Crew | None = None
        self._fleet = Fleet(self._launcher(), self.layout)
        self._unsaid = self._allot(study)
        """What is to be said of GPUs at the next tick."""
        self.starved: frozenset[str] = frozenset()
        """The workers among those last found dead that the kernel killed for want of memory."""
        self._lock: FileLock | None = None
        self._lock_problem = ""
        self._asked: Crew | None = None
        self._terms = _terms(study)
        self._onward = Onward()
        self._ending_since: float | None = None
        self._crash_watch = CrashWatch(self._host)

    def _launcher(self) -> LocalLauncher | None:
        known = bool(self._file) and Path(target_file(self._file)).is_file()
        validating = self._validating or (self._crew is not None and self._crew.validating)
        return LocalLauncher(self._file, *self._study, validating=validating) if known else None

    def follow(self, study: StudySnapshot) -> None:
        """Keep the workers, which have gone over to ``study``, there."""
        self.let_go()
        self._study, self._lock = (self._study[0], study.name), None
        self._crew = self._asked = self._ending_since = None
        self._fleet.follow(self._launcher())
        self._terms = _terms(study)

    @staticmethod
    def still_in(study: StudySnapshot, views: tuple[WorkerView, ...], *, elsewhere: bool) -> bool:
        """Whether a worker of this machine, or with ``elsewhere`` of any, has not left ``study`` yet."""
        there = {lease.worker for lease in study.leases}
        staying = (view for view in views if view.worker in there and view.state is not WorkerState.LOST)
        return any(view.here or elsewhere for view in staying)

    def layout(self, workers: int | None) -> tuple[Slot, ...]:
        """The places of so many workers; None: of as many as suit this machine."""
        return slots(self._allotment, workers, usable_cores())

    @property
    def can_launch(self) -> bool:
        return self._fleet.can_launch

    @property
    def given_up(self) -> bool:
        """Whether nothing runs here and nothing will be started again, though workers are wanted."""
        none_chosen = bool(self._allotment.devices) and not self._allotment.chosen
        return self._fleet.given_up or (none_chosen and not self._fleet.busy_now)

    def wanted(self, study: StudySnapshot) -> int:
        """How many workers this machine is to have; those that live, where nobody has said."""
        crew = study.control.wanted.get(self._host)
        if self._asked is not None and (crew is None or crew.at < self._asked.at):
            # An order of this very tick, which the study was read before.
            crew = self._asked
        over = crew is not None and crew.validating and not open_runs(study)
        return self._fleet.living() if crew is None or over else crew.workers

    def validates(self, study: StudySnapshot) -> bool:
        """Whether the study wants the workers of this machine for the final validation alone."""
        crew = study.control.wanted.get(self._host)
        return crew is not None and crew.validating

    def views(self, now: float, study: StudySnapshot) -> tuple[WorkerView, ...]:
        """Every worker of the study, by slot, those of this machine first."""
        return self._fleet.views(now, study)

    def machine(self) -> Machine:
        """This machine: its GPUs as they are now, and which of them are used."""
        return self._allotment.machine(self._host, self._gauge.loads(self._allotment.devices))

    # Orders

    def want(self, control: StudyControl, workers: int, now: float, *, validating: bool = False) -> None:
        """Have so many workers from now on, with ``validating`` for the final validation alone."""
        self._asked = Crew(workers, now, self._validating or validating)
        control.want(self._host, workers, now, validating=self._asked.validating)

    def pack(self, control: StudyControl, packing: Packing) -> None:
        """Have workers on those GPUs of this machine from now on."""
        control.pack(self._host, packing.gpus, packing.per_gpu, packing.at)
        self._allotment = replace(self._allotment, packing=packing)

    def check_seed(self, order: Validate) -> None:
        """See that the study file asks for the seeds of a validation, if it is here.

        Raises:
            OrderRefusedError: it does not.
        """
        if self._file and not order.unseeded and (problem := seed_problem(Path(target_file(self._file)))):
            remedy = "seed the objective with it; hpt-tui validate --unseeded where its runs differ by themselves"
            raise OrderRefusedError(Path(target_file(self._file)).name, problem, remedy)

    def add(self, control: StudyControl, study: StudySnapshot, now: float) -> Event:
        """One more than live now: a slot that was given up gets another chance first."""
        if problem := self.launch_problem(study):
            raise OrderRefusedError("another worker", problem)
        self._allotment = replace(self._allotment, devices=discover(os.environ) or self._allotment.devices)
        wanted = self._fleet.living() + 1
        most = self._allotment.most
        if most is not None and wanted > most:
            problem = f"the chosen GPUs have places for {most}"
            raise OrderRefusedError("another worker", problem, "choose more, or more workers a GPU: hpt-tui gpus")
        self.want(control, wanted, now, validating=only_validates(study, self._host))
        return Event(
            *(now, "", "add-worker", "", str(wanted - 1), str(wanted)),
            was=self._crew_of(wanted - 1),
            became=self._crew_of(wanted),
        )

    def remove(self, control: StudyControl, study: StudySnapshot, worker: str, now: float) -> Event:
        """Let one end after its trial, the newest if none is named."""
        chosen = worker or self._fleet.newest()
        if not chosen and not self._fleet.living():
            raise OrderRefusedError("the workers", "none of this machine is left to remove")
        if chosen:
            self._fleet.dismiss(chosen)
            control.leave(chosen, now)
        host = next((lease.host for lease in study.leases if lease.worker == chosen), self._host)
        crew = study.control.wanted.get(host)
        before = self.wanted(study) if host == self._host else 0 if crew is None else crew.workers
        left = max(0, before - 1)
        validating = only_validates(study, host)
        if host == self._host:
            self.want(control, left, now, validating=validating)
        elif crew is not None:
            control.want(host, left, now, validating=validating)
        was, became = values(host=host, workers=before), values(host=host, workers=left)
        return Event(now, "", "remove-worker", chosen or "(starting)", was=was, became=became)

    def _crew_of(self, workers: int) -> Values:
        return values(host=self._host, workers=workers)

    def launch_problem(self, study: StudySnapshot) -> str:
        """Why no worker can be started from here; empty if one can."""
        if self.can_launch:
            return ""
        if not study.study_file:
            return "the study file is unknown here; start one with: hpt-tui worker FILE.py --storage … --study …"
        return f"{study.study_file} is not on this machine"

    # The tick

    def keep(
        self, control: StudyControl, study: StudySnapshot, now: float, *, open_for_work: bool
    ) -> tuple[tuple[Lease, ...], tuple[Notice, ...]]:
        """Start what is missing, end what did not obey; the leases of dead workers, and what there is to tell."""
        crew = study.control.wanted.get(self._host)
        if crew is not None and crew != self._crew:
            self._crew = crew
            self._fleet.launch = self._launcher()
            self._fleet.resize(crew.workers)
        terms = _terms(study)
        if terms != self._terms and not study.control.stops_by(now):
            # A stop taken back, or a larger budget: workers that ended for want of trials are wanted again.
            self._fleet.revive()
        self._terms = terms
        if self._crash_watch.taken_up(study):
            self._fleet.revive()
        self._end_at_once(study, now)
        unknown = (*self._unsaid, *self._allot(study))
        self._unsaid = ()
        known = self._lock_problem
        needed = open_for_work and (crew is None or not crew.validating or to_validate(study))
        state = self._fleet.tick(now, study, start=needed and self._keeps(now))
        for worker in self._allotment.surplus(self._fleet.staying()):
            self._fleet.dismiss(worker)
            control.leave(worker, now)
        for worker in self._fleet.surplus():
            control.leave(worker, now)
        for worker, number in state.condemned.items():
            control.record(Event(now, "", "kill-worker", worker, "", f"did not obey the order to end #{number}"))
        stubborn = (f"worker {w} does not obey the order to end #{n}: killed" for w, n in state.condemned.items())
        troubles = (*state.troubles, *stubborn, *unknown)
        if self._lock_problem not in ("", known):
            troubles += (self._lock_problem,)
        self.starved = state.starved
        self._crash_watch.look(control, study, state.crashed, now)
        return state.dead, tuple(Notice(text, failed=True) for text in troubles)

    def _allot(self, study: StudySnapshot) -> tuple[str, ...]:
        """Take up which GPUs the study wants workers on; what there is to say of those that are not here."""
        control = study.control
        packing, drained = (
            control.packing.get(self._host, EVERYTHING),
            control.drained.get(self._host, frozenset()),
        )
        before = self._allotment
        if (packing, drained) == (before.packing, before.drained_names):
            return ()
        self._allotment = replace(before, packing=packing, drained_names=drained)
        # Another choice is another chance.
        self._fleet.revive()
        return tuple(f"there is no GPU {name} on this machine" for name in self._allotment.unknown)

    def _keeps(self, now: float) -> bool:
        """Whether this session is the one that starts workers here."""
        if not self.can_launch:
            return False
        try:
            if self._lock is None:
                self._lock = FileLock(keeper_path(*self._study))
            if not self._lock.is_locked:
                self._lock.acquire(timeout=0)
                if (launch := self._launcher()) is not None:
                    self._fleet.inherit(launch.at_work(now))
        except Timeout:
            return False
        except OSError as error:
            self._lock_problem = f"no worker can be started: the lock of this machine cannot be made ({error})"
            return False
        self._lock_problem = ""
        return True

    def _end_at_once(self, study: StudySnapshot, now: float) -> None:
        onward = self._onward(now)
        if not study.control.at_once:
            self._ending_since = None
        elif self._ending_since is None:
            self._ending_since = onward
        elif onward - self._ending_since >= END_GRACE and self._fleet.busy(now):
            # Stuck where Python hears no signal: a collective, a data loader.
            self._fleet.stop_all(now)

    # The end

    def end_all(self, now: float) -> None:
        """End every worker of this machine now; returns when they are gone, killed if need be."""
        self._fleet.stop_all(now)
        started = time.monotonic()
        while self._fleet.busy(now + time.monotonic() - started) and time.monotonic() - started < END_GRACE:
            time.sleep(0.05)

    def let_go(self) -> None:
        """Leave the keeping to another session."""
        if self._lock is not None:
            self._lock.release()


def _terms(study: StudySnapshot) -> tuple[object, ...]:
    """What decides whether there is anything to do."""
    control = study.control
    ends = control.stopping, control.limit, control.deadline
    return *ends, control.by_hand, study.budget, study.step_budget, to_validate(study)
