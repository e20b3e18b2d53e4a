"""One worker: takes trials from the study and runs the objective, until it is told to end."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from filelock import FileLock
from optuna.exceptions import UpdateFinishedTrialError
from optuna.study import Study, load_study
from optuna.trial import FrozenTrial, Trial, TrialState

from hpt_tui.config import study_lock_path
from hpt_tui.domain.care import OUT_OF_MEMORY
from hpt_tui.domain.machine import GPU_VARIABLE
from hpt_tui.domain.worker import STORAGE_AWAY, Lease, WorkerState
from hpt_tui.errors import StorageLostError
from hpt_tui.store import keys
from hpt_tui.store.address import Kind, parse_address
from hpt_tui.store.author import author
from hpt_tui.store.connect import quiet_optuna
from hpt_tui.store.control import StudyControl
from hpt_tui.store.faults import storage_faults
from hpt_tui.store.liveness import boot_id, process_started
from hpt_tui.store.places import is_validation
from hpt_tui.store.retry import tries_before
from hpt_tui.store.tally import Room
from hpt_tui.study_file import connect_sink
from hpt_tui.worker import hooks, outcome
from hpt_tui.worker.biography import Biography
from hpt_tui.worker.claim import Claims
from hpt_tui.worker.crashes import CrashLoop
from hpt_tui.worker.curves import CurveSink
from hpt_tui.worker.file_watch import FileWatch
from hpt_tui.worker.gpu_share import GpuShare
from hpt_tui.worker.moving import leave_for
from hpt_tui.worker.narration import in_words, say, show_traceback
from hpt_tui.worker.objective import StudyFile, load_study_file
from hpt_tui.worker.opening import open_study
from hpt_tui.worker.options import WorkerOptions
from hpt_tui.worker.orders import OrderPoller
from hpt_tui.worker.outcome import Outcome
from hpt_tui.worker.output import on_any_disk
from hpt_tui.worker.phasing import Phases
from hpt_tui.worker.searching import Searching
from hpt_tui.worker.second_try import try_again
from hpt_tui.worker.signals import Interrupted, handling
from hpt_tui.worker.solitude import Solitude
from hpt_tui.worker.station import RunningTrial, Station
from hpt_tui.worker.trial_log import TrialLog, output_file
from hpt_tui.worker.unreported import StepsMissing
from hpt_tui.worker.user_code import Raised, Result, attempt


def run_worker(options: WorkerOptions) -> int:
    """Work on the study in this process and its main thread until told to end; the exit code.

    0 when the study stopped, the budget is used up or the worker was told to leave; 128+n after a signal; 1 when
    its trials kept failing; STORAGE_AWAY when the storage cannot be reached, stayed away for hours, or its file is
    gone. No trial is left RUNNING, unless the storage is away when the worker has to end.

    Raises:
        InputError: the study file or the storage cannot be used, and nothing was run; or somebody deleted the
            study.
    """
    quiet_optuna()
    station = Station(f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}")
    with on_any_disk(), handling(station.terminate, station.gate.knock), hooks.installed(station):
        try:
            with station.gate.opened():
                study_file = load_study_file(options.target)
            return _work_on(options, study_file, station)
        except Interrupted as interruption:
            return interruption.cause.exit_code or 0
        except KeyboardInterrupt:
            return 128 + signal.SIGINT
        except StorageLostError as error:
            say(error.line)
            dismissal = station.dismissal()
            return STORAGE_AWAY if dismissal is None else dismissal.exit_code or 0


def _work_on(options: WorkerOptions, study_file: StudyFile, station: Station) -> int:
    """Work on the study, and on what it is forked into; the exit code."""
    while True:
        worker = _worker(options, study_file, station)
        code, successor = worker.run(), station.goes_on_in
        if code or not successor:
            return code
        if not leave_for(worker.study, parse_address(options.storage).url, successor, station):
            return 0
        options = replace(options, study=successor, create=False)


def _worker(options: WorkerOptions, study_file: StudyFile, station: Station) -> Worker:
    address = parse_address(options.storage)
    name = options.study or study_file.name
    storage, study_id = open_study(address, name, study_file, create=options.create)
    with storage_faults(address.label):
        study = load_study(study_name=name, storage=storage)
    # As in study.optimize, so that an objective may call trial.study.stop().
    study._thread_local.in_optimize_loop = True
    control = StudyControl(storage, study_id, author())
    lock = FileLock(study_lock_path(address.url, name))
    watch = FileWatch(address.file) if address.kind is Kind.SQLITE else None
    lease, output = _lease(options, station), output_file(station.worker, os.environ)
    poller = OrderPoller(station, control, lease, watch)
    biography = Biography(control, lease, study_file.code, output)
    log = TrialLog(station.worker, output)
    locked = _lock(station, lock)
    claims = Claims(study, station.worker, station.patiently, locked, validating=options.validating)
    phases = Phases(study, station, control, locked, validating=options.validating)
    return Worker(study_file, study, station, control, poller, claims, phases, biography, log)


def _lock(station: Station, lock: FileLock) -> Callable[[], AbstractContextManager[object]]:
    """Of this machine's workers, one at a time where the number of trials is limited."""
    return lambda: lock.acquire(timeout=1, poll_interval=0.01) if station.orders.limited else nullcontext()


def _lease(options: WorkerOptions, station: Station) -> Lease:
    pid = os.getpid()
    return Lease(
        worker=station.worker,
        host=socket.gethostname(),
        boot=boot_id(),
        pid=pid,
        started=process_started(pid),
        slot=options.slot,
        device=options.device,
        state=WorkerState.STARTING,
        beat=time.time(),
    )


class Worker:
    """The loop: wait until a trial may be taken, take it, run it, tell it."""

    def __init__(
        self,
        study_file: StudyFile,
        study: Study,
        station: Station,
        control: StudyControl,
        poller: OrderPoller,
        claims: Claims,
        phases: Phases,
        biography: Biography,
        log: TrialLog,
    ) -> None:
        self._objective = study_file.objective
        self._study, self._station, self._control = study, station, control
        self._claims, self._phases = claims, phases
        self._poller, self._biography, self._log = poller, biography, log
        self._curves = CurveSink(study._storage)
        self._crashes = CrashLoop(study, control, station)
        self._steps_missing = StepsMissing(study, control, station)
        self._searching = Searching(study, station)
        self._solitude = Solitude(station, poller.lease)
        self._gpu_share = GpuShare()

    @property
    def study(self) -> Study:
        return self._study

    def run(self) -> int:
        try:
            self._poller.open()
            self._biography.start()
            while True:
                code = self._turn()
                if code is not None:
                    return code
        finally:
            self._biography.close()
            self._poller.close()

    def _turn(self) -> int | None:
        """One look at the orders, and one trial if they allow it; an exit code ends the worker."""
        station = self._station
        station.patiently(self._poller.refresh, "reading the orders")
        dismissal = station.dismissal()
        if dismissal is not None:
            return dismissal.exit_code
        if station.takes_no_more or self._study._stop_flag:
            return 0
        if station.orders.control.paused:
            station.state = WorkerState.PAUSED
            station.wait()
            return 1 if self._crashes.tired(time.monotonic()) else None
        self._searching.follow()
        if not station.orders.control.by_hand and self._phases.follow():
            return None
        taken = Room.TAKEN if self._solitude.is_wanted_by_another() else self._claims.take()
        if taken is Room.USED_UP:
            return None if self._phases.validate() else 0
        if taken is Room.PHASE_OVER and self._phases.use_up():
            return None
        if isinstance(taken, Room):
            station.state = WorkerState.WAITING
            station.wait()
            return None
        return self._work(taken)

    def _work(self, trial_id: int) -> int | None:
        study, patiently = self._study, self._station.patiently
        taken = patiently(lambda: study._storage.get_trial(trial_id), "taking a trial")
        running = self._begun(trial_id, taken)
        try:
            ended = self._run(running)
        except StorageLostError:
            raise
        except BaseException as error:
            broken = Outcome(TrialState.FAIL, how="interrupted", text=f"interrupted by {in_words(error)}")
            outcome.tell(study, running, broken, patiently)
            raise
        if self._station.lost_file:
            # What stands under the file's name now may share our write-ahead log, but not our trials.
            return STORAGE_AWAY
        ours = outcome.tell(study, running, ended, patiently)
        self._station.end()
        return self._concluded(taken, ended, ours=ours)

    def _begun(self, trial_id: int, taken: FrozenTrial) -> RunningTrial:
        """The trial under way, by the orders of now; one that runs alone has waited for that."""
        number, inherited = taken.number, frozenset(taken.intermediate_values)
        self._keep_to_share()
        if self._station.orders.control.plan is not None:
            # A phase that has begun since the orders were read is this trial's, too.
            self._station.patiently(self._poller.refresh, "reading the orders")
        control = self._station.orders.control
        bounds, redeclared, fixed = control.bounds, control.redeclared, control.fixed
        by_hand = control.by_hand or keys.TRIAL_MANUAL in taken.user_attrs
        whole = by_hand or is_validation(taken.user_attrs)
        running = RunningTrial(
            self._study.study_name, number, trial_id, bounds, redeclared, fixed, inherited, whole=whole
        )
        self._station.begin(running)
        self._log.begins(number)
        if taken.system_attrs.get(keys.TRIAL_ALONE) is True:
            self._solitude.wait(number)
        return running

    def _concluded(self, taken: FrozenTrial, ended: Outcome, *, ours: bool) -> int | None:
        """See to what follows from how the trial ended, which somebody else told where it is not ``ours``; an exit
        code ends the worker."""
        number = taken.number
        if not ours:
            say(f"trial #{number} was ended from outside; going on with the next one")
            self._log.ends(number)
            return ended.exit_code
        say(f"trial #{number} {ended.state.name.lower()}{': ' + ended.text if ended.text else ''}")
        self._log.ends(number)
        self._steps_missing.ended(number, ended.state)
        again = try_again(self._control, self._station, number, ended)
        outcome.write_down(self._control, number, ended)
        if again and ended.how == OUT_OF_MEMORY:
            # It says nothing of the code: the space has trials that are large, and there is a policy for them.
            return None
        first_try = next(iter(tries_before(taken)), number)
        return ended.exit_code if ended.exit_code is not None else self._crashes.ended(ended, first_try)

    def _keep_to_share(self) -> None:
        """Take as much of the GPU's memory as the machine's packing now allows."""
        packing = self._station.orders.control.packing.get(socket.gethostname())
        if packing is not None and os.environ.get(GPU_VARIABLE):
            self._gpu_share.keep_to(packing.share)

    def _run(self, running: RunningTrial) -> Outcome:
        """Run the objective. Here, and only here, the main thread may be interrupted."""
        station, study = self._station, self._study
        connect_sink(lambda step, metrics: self._curves.write(station, running, step, metrics))
        try:
            # The sampler runs here, and may fail like the objective.
            trial = attempt(lambda: station.patiently(lambda: Trial(study, running.trial_id), "sampling"))
            result = trial if isinstance(trial, Raised) else self._call(trial.value)
        except Interrupted as interruption:
            station.gate.close()
            return outcome.of_cause(interruption.cause)
        finally:
            connect_sink(None)
        if not isinstance(result, Raised):
            return outcome.of_value(study, result.value)
        if isinstance(result.error, StorageLostError):
            raise result.error
        ended = outcome.of_error(result.error, running, station.kill_order())
        if ended.broken and not isinstance(result.error, UpdateFinishedTrialError):
            return replace(ended, trace=show_traceback(result.error))
        return ended

    def _call(self, trial: Trial) -> Result[object]:
        with self._station.gate.opened():
            return attempt(lambda: self._objective(trial))
