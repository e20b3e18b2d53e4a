"""Where the worker's main thread, the hooks in Optuna, the signals and the order poller meet."""

from __future__ import annotations

import signal
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace

from optuna.trial import Trial

from hpt_tui.domain.care import Care
from hpt_tui.domain.snapshot import Control
from hpt_tui.domain.space import Bound, ParamValue, Range
from hpt_tui.domain.step_budget import StepBudget
from hpt_tui.domain.worker import STORAGE_AWAY, Lease, WorkerState
from hpt_tui.store import keys
from hpt_tui.store.care import decode_care
from hpt_tui.store.record import StudyRecord, decode_record
from hpt_tui.store.step_documents import decode_step_budget
from hpt_tui.worker.patience import Patience
from hpt_tui.worker.signals import Cause, Gate

GLANCE = 0.2
"""Seconds between two looks of a waiting main thread; a signal is noticed at the next one."""

PACE_REPORTS = 6
NO_RANGES: Mapping[str, Range] = {}
NOTHING_FIXED: Mapping[str, ParamValue] = {}


@dataclass(frozen=True, slots=True)
class StandingOrders:
    """What the study's attributes say at one moment."""

    control: Control = Control()
    budget: int | None = None
    step_budget: StepBudget | None = None
    care: Care = Care()
    leases: tuple[Lease, ...] = ()
    """Of all workers."""
    record: StudyRecord | None = None
    """What ``run`` wrote of the study file, and of how to search."""

    @property
    def limited(self) -> bool:
        """Whether there are only so many finished trials to be, or so many steps."""
        return self.budget is not None or self.control.limit is not None or self.step_budget is not None


def read_orders(attributes: keys.Attributes) -> StandingOrders:
    record = decode_record(attributes.get(keys.SPEC))
    care, budget = decode_care(attributes), keys.decode_budget(attributes)
    leases, steps = keys.decode_leases(attributes), decode_step_budget(attributes)
    return StandingOrders(keys.decode_control(attributes), budget, steps, care, leases, record)


class RunningTrial:
    """The trial that this worker runs. Written by the main thread, but for ``over``; the bounds and the fixed
    values are those of its start."""

    def __init__(
        self,
        study: str,
        number: int,
        trial_id: int,
        bounds: Mapping[str, Bound],
        redeclared: Mapping[str, Range] = NO_RANGES,
        fixed: Mapping[str, ParamValue] = NOTHING_FIXED,
        inherited: frozenset[int] = frozenset(),
        *,
        whole: bool = False,
    ) -> None:
        self.study, self.number, self.trial_id, self.bounds = study, number, trial_id, bounds
        self.redeclared, self.fixed, self.inherited = redeclared, fixed, inherited
        """The last: the steps that the lost trial, which this one is a retry of, has reported."""
        self.whole = whole
        """Whether no pruner ends it: a run of the final validation, or of a search by hand."""
        self.pace: float | None = None
        self.warned = False
        """Whether a report has met the order to end, and should_prune has not been asked since."""
        self.obeyed = False
        """Whether the trial was told of the order to end."""
        self.over = False
        """Whether somebody has ended the trial from outside; set by the order poller."""
        self._reports: deque[tuple[float, int]] = deque(maxlen=PACE_REPORTS)

    def is_(self, trial: Trial) -> bool:
        """Whether ``trial`` is this one, also as a copy; an objective may run studies of its own."""
        return trial._trial_id == self.trial_id and trial.study.study_name == self.study

    def reported(self, step: int, now: float) -> None:
        self._reports.append((now, step))
        (first_at, first), (last_at, last) = self._reports[0], self._reports[-1]
        self.pace = (last_at - first_at) / (last - first) if last > first else None

    def restart_pace(self) -> None:
        """Forget the reports so far: a pause must not count as slowness."""
        self._reports.clear()


class Station:
    """One worker's state of affairs. ``orders`` is swapped as a whole; everybody may read it at any time."""

    def __init__(self, worker: str) -> None:
        self.worker = worker
        self.state = WorkerState.STARTING
        self.alone = False
        """Whether the running trial has, or waits for, its device to itself."""
        self.running: RunningTrial | None = None
        self.signal: signal.Signals | None = None
        self.lost_file = ""
        """What became of the database's file, once it is not the one that was opened: the worker has to end."""
        self.gate = Gate(self.cause)
        self.orders = StandingOrders()
        self.patiently = Patience(
            lambda: self.dismissal() is not None, lambda seconds: self.wait(min(seconds, GLANCE))
        )
        """For everything that the main thread asks of the storage; the gate must be shut."""
        self._changed = threading.Condition()

    def publish(self, orders: StandingOrders) -> None:
        with self._changed:
            self.orders = orders
            self._changed.notify_all()

    def wait(self, seconds: float = GLANCE) -> None:
        """Until new orders are published, at most ``seconds``. The gate must be shut."""
        with self._changed:
            self._changed.wait(seconds)

    def begin(self, running: RunningTrial) -> None:
        self.running, self.state = running, WorkerState.TRAINING

    def end(self) -> None:
        self.running, self.alone = None, False

    def arrive(self) -> None:
        """Begin anew in another study."""
        self.running, self.state = None, WorkerState.STARTING

    @property
    def goes_on_in(self) -> str:
        """The study that the worker goes on with after this one; empty where it ends with it."""
        control = self.orders.control
        return "" if self.worker in control.leaving or self.dismissal() is not None else control.moved_to

    def terminate(self, number: signal.Signals) -> None:
        """A signal asks the worker to end."""
        self.signal = number
        self.gate.knock()

    def dismissal(self) -> Cause | None:
        """Why the worker has to end now, whatever it does."""
        if self.signal is not None:
            return Cause(f"interrupted by {self.signal.name}", 128 + self.signal)
        if self.lost_file:
            return Cause(f"interrupted: {self.lost_file}", STORAGE_AWAY)
        if self.orders.control.at_once:
            return Cause("interrupted: the study was stopped at once", 0)
        return None

    def kill_order(self) -> Cause | None:
        """The order to end the running trial."""
        running = self.running
        kill = self.orders.control.kills.get(running.number) if running is not None else None
        return None if kill is None else Cause(kill.text, discard=kill.discard, ordered=True)

    def cause(self) -> Cause | None:
        """Why the running trial has to end now."""
        dismissal, order = self.dismissal(), self.kill_order()
        if dismissal is not None and order is not None:
            return replace(order, exit_code=dismissal.exit_code)
        return dismissal or self.ended_outside() or order

    def ended_outside(self) -> Cause | None:
        """That the running trial has come to its end without us, as that of a worker that was taken for dead."""
        running = self.running
        return Cause("ended from outside") if running is not None and running.over else None

    @property
    def takes_no_more(self) -> bool:
        """Whether the running trial is the worker's last."""
        control = self.orders.control
        leaving = self.worker in control.leaving
        return control.stops_by(time.time()) or leaving or self.dismissal() is not None

    def hold_while_paused(self) -> None:
        """Keep the trial, and its memory, where it is while it, or the study, is paused."""
        if not self._held():
            return
        before, self.state = self.state, WorkerState.PAUSED
        with self.gate:
            while self._held():
                self.wait()
        self.state = before
        if self.running is not None:
            self.running.restart_pace()

    def _held(self) -> bool:
        control, running = self.orders.control, self.running
        paused = control.paused or (running is not None and running.number in control.held)
        return paused and not self.takes_no_more and self.cause() is None
