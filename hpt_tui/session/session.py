"""The tick: carry out orders, read the study, judge it, keep the workers, hand up a frame.

Facts come up and orders go down only here, on one thread. Nobody above asks what time it is.
"""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hpt_tui.domain.event import Event
from hpt_tui.domain.frame import EMPTY_FRAME, Access, Frame, Notice
from hpt_tui.domain.logs import LogRequest
from hpt_tui.domain.machine import Packing
from hpt_tui.domain.orders.fork import ForkStudy
from hpt_tui.domain.orders.order import Order
from hpt_tui.domain.orders.search import StopStudy, TakeControl
from hpt_tui.domain.progress import halted, used_up
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.steering import steering_problem
from hpt_tui.domain.vigil import MuteFlag
from hpt_tui.domain.worker import WorkerView, living
from hpt_tui.errors import HptError, OrderRefusedError
from hpt_tui.session.foreman import Foreman
from hpt_tui.session.forks import Forks
from hpt_tui.session.greeting import Greeting
from hpt_tui.session.helm import carry_out
from hpt_tui.session.keeper import joins
from hpt_tui.session.logs import read_log
from hpt_tui.session.outcomes import Outcomes
from hpt_tui.session.place import place
from hpt_tui.session.seeing_off import see_off
from hpt_tui.session.watch import Watch
from hpt_tui.store.address import Address
from hpt_tui.store.reader import open_reader

if TYPE_CHECKING:
    from hpt_tui.store.control import StudyControl


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a session opens a study."""

    steering: bool
    """Whether orders are carried out from the start; else the user confirms it first."""
    workers: int | None = 0
    """How many workers this machine is to have from the start; None: as many as suit it, unless another session
    keeps some here already."""
    packing: Packing | None = None
    """Which GPUs of this machine are to be used from the start; None: as the study has it."""
    target: str = ""
    """The study file that workers run; empty: the one that the study names, if it is on this machine."""
    validating: bool = False
    """Whether the workers that are started take nothing but runs of the final validation."""
    logs: str = ""
    """Where the trials keep their own logs, relative to the current directory; empty: where the study says."""
    greeting: tuple[str, ...] = ()
    """What there is to say first of how the search was started."""


class Session:
    """A :class:`~hpt_tui.domain.frame.Cockpit` over one study.

    Raises InputError from its constructor when the study cannot be opened; afterwards nothing that the storage
    or a study does ends it: the frame then says what is wrong and keeps the last facts.
    """

    def __init__(self, address: Address, study: str, terms: Terms, clock: Callable[[], float] = time.time) -> None:
        self._address, self._name, self._clock = address, study, clock
        self._steers: Hashable = None
        """Which storage it is that the control writes to; None once it has been away."""
        self._unwritten = ""
        """What was said when the workers could last not be kept; empty if they could."""
        self._logs = terms.logs
        self._control = self._take_helm() if terms.steering else None
        self._reader = open_reader(address, study, terms.logs)
        self._orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
        self._waiting: dict[Order, str] = {}
        """The orders that wait for the storage, and what was said of each when it was last given."""
        self._looking: frozenset[int] = frozenset()
        self._outcomes = Outcomes()
        self._greeting = None if self._control is None else Greeting(terms.greeting)
        self._reading: LogRequest | None = None
        self._last = EMPTY_FRAME
        self._forks = Forks(address)
        self._watch = Watch(address, study)
        seen = self._reader.poll()
        self._foreman = Foreman(address, seen, terms.target, validating=terms.validating)
        if self._control is not None and terms.packing is not None:
            self._foreman.pack(self._control, replace(terms.packing, at=clock()))
        joining = terms.packing is None and joins(terms.workers, address, study)
        # Who keeps them for a validation has none for a search.
        joining &= not self._foreman.validates(seen)
        if self._control is not None and terms.workers != 0 and not joining:
            self._foreman.want(self._control, len(self._foreman.layout(terms.workers)), clock())

    def look_at(self, trials: frozenset[int]) -> None:
        self._looking = trials

    def read_log(self, request: LogRequest | None) -> None:
        self._reading = request

    def submit(self, order: Order) -> None:
        self._orders.put(order)

    def tick(self) -> Frame:
        now = self._clock()
        notices = (*self._obey(now), *self._forks.told())
        try:
            self._last = self._look(now, notices)
        except HptError as error:
            self._last = self._stale(now, notices, error.line)
        except Exception as error:
            # Whatever a foreign study holds, the screen over running workers must stay.
            logging.getLogger(__name__).debug("tick", exc_info=True)
            problem = " ".join(f"cannot show the study ({type(error).__name__}: {error})".split())
            self._last = self._stale(now, notices, problem)
        return self._last

    def close(self, *, stop_workers: bool) -> None:
        try:
            if stop_workers and (control := self._helm()) is not None:
                self._foreman.want(control, 0, self._clock())
                control.record(Event(self._clock(), "", "end-workers"))
                self._foreman.end_all(self._clock())
                self._keep_workers(self._reader.poll(self._looking), self._clock())
        except HptError:
            # What the workers left is for the next session to find; they must end all the same.
            self._foreman.end_all(self._clock())
        finally:
            self._foreman.let_go()
            self._reader.close()
            if self._control is not None:
                _give_back(self._control)

    def _helm(self) -> StudyControl | None:
        """What steers the study that is there now; None while it is only watched.

        Raises:
            HptError: it cannot be steered now.
        """
        # Optuna's connections go on writing to a file that was replaced, and to a study that was deleted.
        if self._control is not None and self._steers != place(self._address):
            before = self._control
            self._control = self._take_helm()
            _give_back(before)
        return self._control

    def _take_helm(self) -> StudyControl:
        # Only watching an SQLite file or a server takes neither Optuna nor its half a second of imports.
        from hpt_tui.store.author import author
        from hpt_tui.store.connect import find_study, open_storage, quiet_optuna
        from hpt_tui.store.control import StudyControl

        quiet_optuna()
        steers = place(self._address)
        storage = open_storage(self._address, writable=True)
        control = StudyControl(storage, find_study(storage, self._name, self._address.label), author())
        self._steers = steers
        return control

    # Facts

    def _look(self, now: float, notices: tuple[Notice, ...]) -> Frame:
        study = self._reader.poll(self._looking)
        if study.outline is None:
            study, told = self._keep_workers(study, now)
            notices += told
            notices += () if self._greeting is None else self._greeting.newly(study, now)
            notices += self._outcomes.newly(study.events)
        workers = self._foreman.views(now, study)
        if study.control.moved_to and study.outline is None and self._follow(study, workers):
            moved = Notice(f"the search goes on in {self._name}, and so does this session")
            return self._look(now, (*notices, moved))
        vigil = self._watch.look(study, workers, now, whole=not self._reader.behind)
        return Frame(
            study=study,
            flags=vigil.flags,
            vigil=vigil,
            workers=workers,
            wanted=self._foreman.wanted(study),
            machine=self._foreman.machine(),
            log=None if self._reading is None else read_log(self._reading, study),
            access=self._access(study),
            notices=notices,
            now=now,
            limits=self._watch.limits,
            opened=True,
            more=self._reader.behind,
            finished=self._finished(study, workers, now),
        )

    def _follow(self, study: StudySnapshot, workers: tuple[WorkerView, ...]) -> bool:
        """Show, and keep, the successor of ``study`` from now on, once our workers have gone there; whether we do.

        Who only watches stays until all have gone.
        """
        steering = self._control is not None
        if self._foreman.still_in(study, workers, elsewhere=not steering):
            return False
        reader = open_reader(self._address, study.control.moved_to, self._logs)
        before, self._name = (self._reader, self._control), study.control.moved_to
        self._reader, self._control = reader, self._take_helm() if steering else None
        self._watch = Watch(self._address, self._name)
        self._foreman.follow(reader.poll())
        before[0].close()
        if before[1] is not None:
            _give_back(before[1])
        return True

    def _stale(self, now: float, notices: tuple[Notice, ...], trouble: str) -> Frame:
        last, self._steers = self._last, None
        since = last.stale_since if last.stale_since is not None else last.now or now
        return replace(last, now=now, stale_since=since, trouble=trouble, notices=notices, more=False)

    def _access(self, study: StudySnapshot) -> Access:
        steering = self._control is not None
        problem = "" if steering else steering_problem(study)
        return Access(steering, problem, self._foreman.launch_problem(study))

    def _finished(self, study: StudySnapshot, workers: tuple[WorkerView, ...], now: float) -> bool:
        """A RUNNING row without a living worker is what some program left behind, and nothing to wait for."""
        if study.outline is not None or living(workers):
            return False
        return halted(study, now) or used_up(study) or self._foreman.given_up

    # Orders

    def _obey(self, now: float) -> tuple[Notice, ...]:
        notices, waiting = [], self._waiting
        self._waiting = {}
        while not self._orders.empty():
            order = self._orders.get()
            try:
                notices.append(Notice(self._carry_out(order, now)))
            except HptError as error:
                if error.line != waiting.get(order):
                    notices.append(Notice(error.line, failed=True))
                if isinstance(error, OrderRefusedError):
                    continue
                self._steers = None
                if isinstance(order, StopStudy):
                    self._waiting[order] = error.line
        for order in self._waiting:
            self._orders.put(order)
        return tuple(notices)

    def _carry_out(self, order: Order, now: float) -> str:
        if isinstance(order, MuteFlag):
            return self._watch.mute(order, now)
        if isinstance(order, TakeControl) and self._control is None:
            if problem := steering_problem(self._last.study):
                raise OrderRefusedError("steering", problem)
            self._control = self._take_helm()
        if (control := self._helm()) is None:
            raise OrderRefusedError("this study", "is only being watched", "confirm that you want to steer it")
        if isinstance(order, ForkStudy):
            return self._forks.begin(order, self._last.study, now)
        return carry_out(order, self._last, control, self._foreman, now)

    # Workers

    def _keep_workers(self, study: StudySnapshot, now: float) -> tuple[StudySnapshot, tuple[Notice, ...]]:
        """The study with what the dead left put in order, and what there is to tell.

        Where that cannot be written (a full disk), the study is shown all the same.
        """
        told: tuple[Notice, ...] = ()
        try:
            if (control := self._helm()) is None:
                return study, ()
            going = not halted(study, now) and not used_up(study)
            dead, told = self._foreman.keep(control, study, now, open_for_work=going)
            if dead:
                # Read again: what a process did before it died is all there now.
                study = self._reader.poll(self._looking)
                for lease in dead:
                    see_off(control, study, lease, now, starved=lease.worker in self._foreman.starved)
                study = self._reader.poll(self._looking)
            self._unwritten = ""
        except HptError as error:
            if error.line != self._unwritten:
                told += (Notice(error.line, failed=True),)
            self._unwritten = error.line
        return study, told


def _give_back(control: StudyControl) -> None:
    from hpt_tui.store.connect import close_storage

    close_storage(control.storage)
