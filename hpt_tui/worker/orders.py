"""The thread that reads the study's orders, shows signs of life, and insists where an objective doesn't listen."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from hpt_tui.domain.worker import Lease, WorkerState
from hpt_tui.errors import HptError, StorageLostError, StudyNotFoundError
from hpt_tui.store import keys
from hpt_tui.store.batching import flush, is_over
from hpt_tui.store.control import StudyControl
from hpt_tui.store.faults import storage_faults
from hpt_tui.worker import hooks
from hpt_tui.worker.file_watch import FileWatch
from hpt_tui.worker.narration import say
from hpt_tui.worker.reaping import Reaper
from hpt_tui.worker.signals import Cause
from hpt_tui.worker.station import Station, read_orders

PERIOD = 0.5
BEAT = 5.0
GRACE = 5.0
"""Seconds that an objective has to obey by itself, before a signal interrupts it."""


class OrderPoller(threading.Thread):
    """Every half second: what waits of the running trial to the storage, the study's attributes to the station;
    the lease every five, and when it changes. As often it looks whether the trial was ended from outside, as that
    of a worker that was taken for dead is, so that nobody trains on for nothing; and it buries the dead.

    A storage that is away is said once and asked again; once the database's ``file`` is another or gone it is
    left alone, and the worker dismissed. :meth:`close` ends the thread and drops the lease.
    """

    def __init__(
        self, station: Station, control: StudyControl, lease: Lease, file: FileWatch | None = None
    ) -> None:
        super().__init__(name="hpt-orders", daemon=True)
        self._station, self._control, self._lease, self._file = station, control, lease, file
        self._reaper = Reaper(control, lease.worker)
        self._ended = threading.Event()
        self._reading = threading.Lock()
        self._lost = False
        self._insisting: tuple[int | None, Cause] | None = None
        self._since = 0.0
        self._beaten = 0.0

    @property
    def lease(self) -> Lease:
        """The worker's lease as it was last written."""
        return self._lease

    def open(self) -> None:
        """Write the lease, read the orders, and go on doing so.

        Raises:
            StorageLostError: the storage doesn't answer.
        """
        self.refresh()
        self._put_lease()
        self._beaten = time.monotonic()
        self.start()

    def refresh(self) -> None:
        """Read the orders now.

        Raises:
            StorageLostError: the storage doesn't answer.
            StudyNotFoundError: somebody deleted the study.
        """
        self._read()

    def _read(self) -> keys.Attributes:
        with self._reading, _deletion():
            attributes = self._control.attributes()
            self._station.publish(read_orders(attributes))
            return attributes

    def run(self) -> None:
        while not self._ended.wait(PERIOD):
            self._look_at_the_file()
            if not self._station.lost_file:
                self._ask()
            self._insist(time.monotonic())

    def _look_at_the_file(self) -> None:
        if self._file is None or self._station.lost_file:
            return
        problem = self._file.problem()
        if problem:
            running = self._station.running
            say(f"{problem}; this worker ends{f', trial #{running.number} is lost' if running else ''}")
            self._station.lost_file = problem

    def _ask(self) -> None:
        try:
            with storage_faults("the reports"):
                flush(self._control.storage)
            attributes = self._read()
            self._beat(taken_away=attributes.get(keys.WORKER + self._lease.worker) is None)
            with _deletion():
                self._reaper.look(attributes, time.monotonic())
            self._lost = False
        except HptError as error:
            if not self._lost:
                say(f"orders: {error.line}; trying on")
            self._lost = True

    def close(self) -> None:
        """End the thread and take the lease out of the study, if the storage lets us."""
        self._ended.set()
        if self.is_alive():
            self.join(timeout=10)
        if self._station.lost_file:
            return
        try:
            self._control.drop_lease(self._lease.worker)
        except (StorageLostError, KeyError) as error:
            say(f"the lease stays behind: {error}")

    def _beat(self, *, taken_away: bool) -> None:
        """``taken_away``: somebody took this worker for dead."""
        now, moment = self._current(), time.monotonic()
        due = taken_away or moment - self._beaten >= BEAT
        if due:
            self._look_at_the_trial(taken_away)
        if due or _news(now) != _news(self._lease):
            self._beaten = moment
            self._put_lease()

    def _look_at_the_trial(self, taken_away: bool) -> None:
        running = self._station.running
        if running is None or running.over:
            return
        with storage_faults("the trial"):
            if not is_over(self._control.storage, running.trial_id):
                return
        running.over = True
        why = "this worker was taken for dead" if taken_away else "somebody ended it"
        say(f"trial #{running.number} was ended from outside ({why}); it is left")

    def _put_lease(self) -> None:
        self._lease = self._current()
        self._control.put_lease(self._lease)

    def _current(self) -> Lease:
        station, running = self._station, self._station.running
        leaving = station.takes_no_more and station.state is not WorkerState.STARTING
        return replace(
            self._lease,
            state=WorkerState.LEAVING if leaving else station.state,
            beat=time.time(),
            trial=running.number if running else None,
            pace=running.pace if running else None,
            seen=station.orders.control.stamp,
            together=hooks.distributed(),
            alone=station.alone,
        )

    def _insist(self, now: float) -> None:
        """Interrupt the main thread when the same thing has been due for the grace, and again after another."""
        running, cause = self._station.running, self._station.cause()
        if running is None or cause is None or (cause.exit_code is None and hooks.distributed()):
            self._insisting = None
            return
        due = (running.number, cause)
        if due != self._insisting:
            self._insisting, self._since = due, now
        elif now - self._since >= GRACE:
            self._since = now
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)


def _news(lease: Lease) -> tuple[object, ...]:
    """What is told at once; a pace that merely drifts waits for the next beat."""
    return lease.state, lease.trial, lease.seen, lease.alone, lease.pace is None, lease.together


@contextmanager
def _deletion() -> Iterator[None]:
    try:
        yield
    except KeyError as error:
        raise StudyNotFoundError("the study", "has been deleted") from error
