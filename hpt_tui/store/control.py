"""Orders into the study: the only writes that hpt-tui makes from outside a trial.

Nothing here ever writes the state of a trial that a living worker holds: that kills the worker's loop
(Optuna raises in ``tell``). Orders are attributes that the workers read; see :mod:`hpt_tui.store.keys`.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage
from optuna.trial import TrialState

from hpt_tui.domain.candidates import WantedRun
from hpt_tui.domain.care import Care
from hpt_tui.domain.event import Event
from hpt_tui.domain.manual.loop import ManualLoop
from hpt_tui.domain.provenance import WorkerRun
from hpt_tui.domain.space import Bound, Choices, ParamValue, Range, Side
from hpt_tui.domain.step_budget import StepBudget
from hpt_tui.domain.worker import Lease
from hpt_tui.errors import OrderRefusedError, StorageLostError
from hpt_tui.store import keys
from hpt_tui.store.bound_documents import encode_bound, side_orders
from hpt_tui.store.care import encode_care
from hpt_tui.store.enqueueing import enqueue_trial
from hpt_tui.store.faults import deletion, storage_faults
from hpt_tui.store.manual_documents import encode_manual, encode_manual_run
from hpt_tui.store.metrics import engine_of
from hpt_tui.store.notes import write_note
from hpt_tui.store.pending import Pending
from hpt_tui.store.plan_documents import SKIP, phase_in
from hpt_tui.store.record import StudyRecord, encode_record
from hpt_tui.store.retry import retry_trial
from hpt_tui.store.run_documents import encode_run
from hpt_tui.store.step_documents import MAX_STEPS, encode_step_budget
from hpt_tui.store.trial_writer import DIALECTS, TrialWriter
from hpt_tui.store.validation import make_runs

LONGEST_TEXT = 2000
"""Characters of a reason, or of the end of an output, that every storage takes."""
BOTH = (Side.LOW, Side.HIGH)

LONGEST_KEY = 512
"""Characters of an attribute's name that every database takes (Optuna's MAX_INDEXED_STRING_LENGTH)."""


@dataclass(frozen=True, slots=True)
class StudyControl:
    """Writes orders, events and leases of one study.

    Every order is read back: two processes that insert the same new attribute at once lose one of the two
    writes silently in Optuna's RDB storage. All methods raise StorageLostError when the storage is away, and
    all that write when somebody deleted the study.
    """

    storage: BaseStorage
    study_id: int
    by: str

    def change_bound(
        self, parameter: str, declared: Range, low: float, high: float, at: float, sides: Collection[Side] = BOTH
    ) -> None:
        """Put these ``sides`` of ``low``..``high`` in force for the next trial of every worker; the other one is
        as the giver of the order sees it, and ``declared`` the code's range."""
        if isinstance(declared, Choices):
            raise OrderRefusedError(parameter, "has no bounds")
        with deletion():
            before = self.attributes()
        bound = Bound(low, high, at)
        for key, ordered in side_orders(before, keys.BOUNDS, parameter, bound, sides, phase_in(before)):
            self._write(key, encode_bound(ordered, declared))

    def pause(self, on: bool, at: float) -> None:
        self._write(keys.PAUSE, {"on": on, "at": at})

    def halt(self, worker: str, why: str, tail: str, at: float) -> None:
        """Pause the study: the trials of ``worker`` keep failing; ``tail`` is the end of what they wrote."""
        told = {"worker": worker, "why": why[:LONGEST_TEXT], "tail": tail[-LONGEST_TEXT:]}
        self._write(keys.PAUSE, {"on": True, "at": at, **told})

    def stop(
        self,
        on: bool,
        at: float,
        *,
        now: bool = False,
        limit: int | None = None,
        deadline: float | None = None,
    ) -> None:
        """Ask every worker to take no further trial; with ``now``, to end the running one too.

        Without ``on``: to go on, until the study has ``limit`` finished trials or the clock says ``deadline``
        (epoch seconds), whatever comes first; None means never.
        """
        self._write(keys.STOP, {"on": on, "now": now, "limit": limit, "deadline": deadline, "at": at})

    def prune(self, number: int, at: float) -> None:
        """Ask the worker that runs trial ``number`` to end it as pruned."""
        self._write(f"{keys.KILL}{number}", {"at": at, "by": self.by})

    def discard(self, number: int, at: float) -> None:
        """Ask the worker that runs trial ``number`` to end it as failed, for nobody to learn from."""
        self._write(f"{keys.KILL}{number}", {"at": at, "by": self.by, "discard": True})

    def hold(self, number: int, on: bool, at: float) -> None:
        """Ask the worker that runs trial ``number`` to hold it at its next report, or to go on."""
        self._write(f"{keys.HOLD}{number}", {"on": on, "at": at})

    def fix(self, parameter: str, value: ParamValue, at: float) -> None:
        """Give every next trial this ``value``."""
        self._write(keys.FIX + parameter, {"on": True, "value": value, "at": self._since_phase(at)})

    def unfix(self, parameter: str, at: float) -> None:
        self._write(keys.FIX + parameter, {"on": False, "at": self._since_phase(at)})

    def _since_phase(self, at: float) -> float:
        with deletion():
            return max(at, phase_in(self.attributes()).at)

    def skip_phase(self, index: int, at: float) -> None:
        """Let the plan's phase at ``index`` make room for the next one."""
        self._write(f"{SKIP}{index}", {"at": at, "by": self.by})

    def enqueue(self, params: Mapping[str, ParamValue], at: float) -> None:
        """Let a trial of these very values wait for any worker, as ``study.enqueue_trial`` does."""
        with storage_faults("the study"), deletion():
            enqueue_trial(self.storage, self.study_id, params, self.by)

    def search_by_hand(self, loop: ManualLoop) -> None:
        """Let workers run what is enqueued and nothing else, or, where it is not ``on``, search again."""
        self._write(keys.MANUAL, encode_manual(loop))

    def enqueue_run(self, params: Mapping[str, ParamValue], loop: ManualLoop, step: int, value: float) -> None:
        """As :meth:`enqueue`: the run at place ``step`` of the loop, with that ``value`` of its parameter."""
        with storage_faults("the study"), deletion():
            number = enqueue_trial(self.storage, self.study_id, params, self.by, step)
        self._write(f"{keys.MANUAL_RUN}{number}", encode_manual_run(loop.at, step, value))

    def retry(self, number: int, at: float) -> None:
        """Give a failed trial another try; see :mod:`hpt_tui.store.retry`."""
        if retry_trial(self.storage, self.study_id, number, at, self.by) is None:
            raise OrderRefusedError(f"trial #{number}", "was given another try already")

    def validate(self, runs: Sequence[WantedRun], at: float) -> None:
        make_runs(self.storage, self.study_id, runs, at, self.by)

    def star(self, number: int, on: bool, at: float) -> None:
        self._write(f"{keys.STAR}{number}", {"at": at, "by": self.by} if on else None)

    def note(self, number: int, text: str) -> None:
        """Write a note to a trial, in the place of the one that is there; empty to take it away."""
        with storage_faults("the study"), deletion():
            trial_id = self.storage.get_trial_id_from_study_id_trial_number(self.study_id, number)
            write_note(self.storage, self.study_id, trial_id, text)

    def leave(self, worker: str, at: float) -> None:
        """Ask one worker to end after its trial."""
        self._write(keys.LEAVE + worker, {"at": at, "by": self.by})

    def want(self, host: str, workers: int, at: float, *, validating: bool = False) -> None:
        """Say how many workers ``host`` is to have, with ``validating`` for the final validation alone; the
        session there that keeps them sees to it."""
        kind = {"validating": True} if validating else {}
        self._write(keys.WANTED + host, {"workers": workers, "at": at, **kind})

    def pack(self, host: str, gpus: Sequence[str], per_gpu: int | None, at: float) -> None:
        """Say which GPUs of ``host`` get workers (none named: all), and how many each."""
        self._write(keys.GPUS + host, {"gpus": list(gpus), "per_gpu": per_gpu, "at": at})

    def drain(self, host: str, gpu: str, on: bool, at: float) -> None:
        """Say whether the GPU of that name on ``host`` is to have no workers."""
        self._write(f"{keys.DRAIN}{host}:{gpu}", {"host": host, "gpu": gpu, "on": on, "at": at})

    def set_budget(self, trials: int | None) -> None:
        self._write(keys.BUDGET, trials)

    def set_max_steps(self, budget: StepBudget | None) -> None:
        self._write(MAX_STEPS, encode_step_budget(budget))

    def set_care(self, care: Care) -> None:
        self._write(keys.CARE, encode_care(care))

    def declare(self, record: StudyRecord) -> None:
        self._write(keys.SPEC, encode_record(record))

    def link(self, key: str, kin: keys.Kin) -> None:
        """Name the other study of a fork: the predecessor (keys.PARENT) or the successor (keys.CHILD)."""
        self._write(key, keys.encode_kin(kin))

    def redeclare(self, parameter: str, distribution: str, at: float) -> None:
        """Put ``distribution`` (Optuna's JSON) in the place of what the code asks for."""
        self._write(keys.REDECLARE + parameter, keys.encode_redeclaration(distribution, at))

    def put_lease(self, lease: Lease) -> None:
        self._write(keys.WORKER + lease.worker, keys.encode_lease(lease), check=False)

    def drop_lease(self, worker: str) -> None:
        self._write(keys.WORKER + worker, None, check=False)
        with deletion():
            told = keys.LEAVE + worker in self.attributes()
        if told:
            self._write(keys.LEAVE + worker, None, check=False)

    def describe_run(self, run: WorkerRun) -> None:
        """Write down where and with what a worker runs."""
        shared, own = encode_run(run)
        with deletion():
            known = shared[0] in self.attributes()
        if not known:
            self._write(*shared, check=False)
        self._write(*own)

    def record(self, event: Event) -> None:
        """Add to the journal of steering; an event without an author gets this process's."""
        self._record(f"{time.time_ns()}-{uuid.uuid4().hex[:6]}", event)

    def _record(self, name: str, event: Event) -> None:
        stamped = event if event.by else replace(event, by=self.by)
        self._write(keys.EVENT + name, keys.encode_event(stamped), check=False)

    def attributes(self) -> keys.Attributes:
        """All that stands in the study.

        Raises:
            KeyError: somebody deleted the study.
        """
        with storage_faults("the study"):
            return dict(self.storage.get_study_user_attrs(self.study_id))

    def fail_orphan(self, number: int, reason: str, how: str = keys.LOST) -> bool:
        """Mark a RUNNING trial as failed whose worker's process is KNOWN to be dead; False if it isn't running.

        ``how`` is one of ``keys.BURIED``.
        The caller has checked that the process is gone: the state of a live trial is never written from outside.
        """
        end = {"how": how, "text": reason}
        with storage_faults("the study"):
            try:
                trial_id = self.storage.get_trial_id_from_study_id_trial_number(self.study_id, number)
                if (engine := engine_of(self.storage)) is not None and engine.dialect.name in DIALECTS:
                    # In one transaction: on SQLite two of Optuna's may both find the trial running, and end it.
                    rows = Pending(user={keys.TRIAL_END: json.dumps(end)})
                    return TrialWriter(engine).finish(trial_id, rows, TrialState.FAIL, None) is TrialState.RUNNING
                if self.storage.get_trial(trial_id).state is not TrialState.RUNNING:
                    return False
                self.storage.set_trial_user_attr(trial_id, keys.TRIAL_END, end)
                return bool(self.storage.set_trial_state_values(trial_id, TrialState.FAIL))
            except (UpdateFinishedTrialError, KeyError):
                # Another session was faster, or the trial is gone.
                return False

    def lose(self, number: int, event: Event, reason: str, how: str = keys.LOST) -> bool:
        """:meth:`fail_orphan`, with ``event`` in the journal once, however many do so at once or die over it."""
        if self._ended(number) is not None:
            return False
        # First, and under a name that everybody gives it.
        name = f"lost-{number}"
        with deletion():
            told = keys.EVENT + name in self.attributes()
        if not told:
            self._record(name, event)
        ours = self.fail_orphan(number, reason, how)
        if not ours and self._ended(number) not in keys.BURIED:
            # It came to an end of its own at the last moment.
            self._write(keys.EVENT + name, None, check=False)
        return ours

    def _ended(self, number: int) -> str | None:
        """How a trial ended, "" for an ordinary end or none that is known; None while it runs."""
        with storage_faults("the study"):
            try:
                trial_id = self.storage.get_trial_id_from_study_id_trial_number(self.study_id, number)
                trial = self.storage.get_trial(trial_id)
            except KeyError:
                return ""
        if trial.state is TrialState.RUNNING:
            return None
        end = trial.user_attrs.get(keys.TRIAL_END)
        return str(end.get("how", "")) if isinstance(end, dict) else ""

    def _write(self, key: str, value: object, *, check: bool = True) -> None:
        if len(key) > LONGEST_KEY:
            raise OrderRefusedError(f"{key[:40]}…", "is too long a name to be kept in a study")
        with storage_faults("the study"), deletion():
            for _ in range(3):
                self.storage.set_study_user_attr(self.study_id, key, value)
                if not check:
                    return
                found = self.storage.get_study_user_attrs(self.study_id).get(key)
                # An order given later than ours has taken its place, as it would have a moment afterwards.
                if found == value or keys.given_at(found) > keys.given_at(value):
                    return
        raise StorageLostError("the study", f"the order {key} was overwritten three times", "try again")
