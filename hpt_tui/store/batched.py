"""Optuna's cached storage for a worker of ours: few transactions, and no reading of what is known.

What waits, and for how long. The trial that runs here is kept in memory, always up to date: its own pruner and
sampler see every parameter and report at once. Its rows (parameters, reports, attributes, ``hpt_tui.log``) go to
the database together, in one transaction: with the first of them that comes INTERVAL after the last write, when
:meth:`BatchedStorage.flush` is called (the worker's poller does every half second), and with the trial's end.
So an objective that reports more seldom than that writes every report at once.

What is written at once: that a trial is taken, a new or an enqueued one, with the worker's name; its end, in one
transaction with all that is still waiting; a parameter that nobody has used in this study; system attributes that
other programs read, and whatever a database might refuse.

What a crash can lose. kill -9: of the one trial that runs, what it was given in the last half second or so, but no
report that came INTERVAL after the last write. Never a finished trial, and never a part of one. While the storage
is away everything stays in memory, and is written when it is back. A power cut: on SQLite in WAL mode besides that
what the operating system had not yet put on the disk, as with synchronous=NORMAL always; the file stays sound.

What others see, and what we see of others: a trial that runs elsewhere is at most PERIOD old to a pruner, apart
from what that worker has not written; each ask reads afresh. Finished trials are read once.
"""

from __future__ import annotations

import contextlib
import copy
import json
import math
import sqlite3
import time
from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy
from optuna._typing import JSONSerializable
from optuna.distributions import BaseDistribution, check_distribution_compatibility, distribution_to_json
from optuna.storages import RDBStorage
from optuna.storages._cached_storage import _CachedStorage
from optuna.trial import FrozenTrial, TrialState

from hpt_tui.store import keys
from hpt_tui.store.faults import FAULTS
from hpt_tui.store.lean_trials import TrialReader
from hpt_tui.store.pending import LARGEST_STEP, LONGEST_TEXT, fits
from hpt_tui.store.places import is_validation
from hpt_tui.store.running import RunningTrials
from hpt_tui.store.study_cache import StudyCache
from hpt_tui.store.tally import DatabaseTally, Room
from hpt_tui.store.trial_writer import TrialWriter

PERIOD = 0.5
"""Seconds for which what other workers' running trials have reported may be taken as the latest."""

_OUR_OWN = ("tpe:relative_params:", "completed_rung_")
"""System attributes that only samplers and pruners read, through this storage: they may wait."""


class BatchedStorage(_CachedStorage):
    """See the module. A drop-in for Optuna's storage over SQLite, PostgreSQL or MySQL; all methods may be called
    from any thread, and raise what the plain storage raises, an ended trial at the next write or at its end.

    In a child process that was forked, and in a pickled copy, nothing waits: the running trial is written and read
    there as by the plain storage, and here too once a copy exists.
    """

    def __init__(self, backend: RDBStorage) -> None:
        super().__init__(backend)
        self._prepare()

    def _prepare(self) -> None:
        engine = self._backend.engine
        if engine.dialect.name == "sqlite":
            sqlalchemy.event.listen(engine, "connect", _set_pragmas)
            engine.dispose()
        self._reader = TrialReader(engine)
        self._running = RunningTrials(TrialWriter(engine))
        self._caches: dict[int, StudyCache] = {}

    def __getstate__(self) -> dict[Any, Any]:
        with contextlib.suppress(*FAULTS):
            self._running.dismiss()
        return {"_backend": self._backend}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        self.__init__(state["_backend"])  # type: ignore[misc]

    def room(self, tally: DatabaseTally, *, new: bool = False) -> Room:
        """Whether one more trial could be taken just now."""
        return self._running.writer.room(tally, new=new)

    def begin_trial(self, study_id: int, user_attrs: Mapping[str, str], tally: DatabaseTally | None = None) -> int:
        """The id of a new trial that has these attributes from the first moment.

        Raises:
            NoRoomError: by ``tally`` it would be one too many.
        """
        return self._adopt(study_id, self._running.begin(study_id, user_attrs, tally))

    def validation_waits(self, study_id: int) -> bool:
        """Whether a run of the final validation is to be taken."""
        return self._running.writer.waits_with(study_id, keys.TRIAL_VALIDATES)

    def take_waiting(
        self,
        study_id: int,
        user_attrs: Mapping[str, str],
        tally: DatabaseTally | None = None,
        *,
        validating: bool = False,
    ) -> int | None:
        """The id of an enqueued trial that runs from now on, and has these attributes from the same moment; None
        if none waits. Runs of the final validation go first, and beyond the budget; with ``validating`` no others
        go.

        Raises:
            NoRoomError: by ``tally`` it would be one too many.
        """
        waiting = self.get_all_trials(study_id, deepcopy=False, states=(TrialState.WAITING,))
        beyond = None if tally is None else tally.beyond
        runs = [(trial, beyond) for trial in waiting if is_validation(trial.user_attrs)]
        others = [] if validating else [(trial, tally) for trial in waiting]
        for trial, asked in (*runs, *others):
            if (running := self._running.take(study_id, trial, user_attrs, asked)) is not None:
                return self._adopt(study_id, running)
        return None

    def running_trial(self, study_id: int, key: str, value: str) -> int | None:
        """A RUNNING trial whose user attribute ``key`` is ``value``, ours from now on."""
        trial_id = self._running.writer.find_running(study_id, key, json.dumps(value))
        return None if trial_id is None else self._adopt(study_id, self._backend.get_trial(trial_id))

    def stored_state(self, trial_id: int) -> TrialState | None:
        """What the database has of a trial, though it runs here; None if it is gone."""
        return self._running.writer.state(trial_id)

    def expire(self) -> None:
        """Let the next look at the trials be a fresh one."""
        with self._lock:
            for cache in self._caches.values():
                cache.read_at = -math.inf

    def flush(self) -> None:
        """Write all that waits. That a trial was ended from outside shows at its next write.

        Raises:
            StorageInternalError: the database is away; what could not be written waits on.
        """
        self._running.flush()

    def log_metrics(self, trial_id: int, step: int, metrics: Mapping[str, float]) -> bool:
        entries = json.dumps(dict(metrics))
        fitting = abs(step) <= LARGEST_STEP and len(entries) <= LONGEST_TEXT
        own = self._running.get(trial_id) if fitting else None
        if own is not None:
            self._running.log(own, step, entries)
        return own is not None

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        if template_trial is None:
            return self.begin_trial(study_id, {})
        self.expire()
        return self._backend.create_new_trial(study_id, template_trial)

    def delete_study(self, study_id: int) -> None:
        self._running.forget(study_id)
        with self._lock:
            self._caches.pop(study_id, None)
        super().delete_study(study_id)

    def set_trial_param(
        self, trial_id: int, param_name: str, param_value_internal: float, distribution: BaseDistribution
    ) -> None:
        waits = fits(param_name, distribution_to_json(distribution))
        own = self._running.get(trial_id, waits=waits)
        if own is None:
            return self._backend.set_trial_param(trial_id, param_name, param_value_internal, distribution)
        with self._lock:
            known = self._cache(own.study_id).distributions.get(param_name)
        first = known or self._reader.first_distribution(own.study_id, param_name)
        if first is not None:
            check_distribution_compatibility(first, distribution)
        with self._lock:
            self._cache(own.study_id).distributions.setdefault(param_name, distribution)
        return self._running.set_param(own, param_name, param_value_internal, distribution, at_once=known is None)

    def set_trial_intermediate_value(self, trial_id: int, step: int, intermediate_value: float) -> None:
        own = self._running.get(trial_id, waits=step <= LARGEST_STEP)
        if own is None:
            return self._backend.set_trial_intermediate_value(trial_id, step, intermediate_value)
        return self._running.report(own, step, float(intermediate_value))

    def set_trial_user_attr(self, trial_id: int, key: str, value: Any) -> None:  # noqa: ANN401  as in its parent
        own = self._running.get(trial_id, waits=fits(key, json.dumps(value)))
        if own is None:
            return self._backend.set_trial_user_attr(trial_id, key, value)
        return self._running.set_user(own, key, value)

    def set_trial_system_attr(self, trial_id: int, key: str, value: JSONSerializable) -> None:
        own = self._running.get(trial_id, waits=fits(key, json.dumps(value)))
        if own is None:
            return self._backend.set_trial_system_attr(trial_id, key, value)
        return self._running.set_system(own, key, value, at_once=not key.startswith(_OUR_OWN))

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        own = self._running.get(trial_id, waits=state.is_finished())
        try:
            if own is None:
                return self._set_state(trial_id, state, values)
            self._running.finish(own, state, values)
        finally:
            self.expire()
        return True

    def get_trial(self, trial_id: int) -> FrozenTrial:
        if (shown := self._running.shown(trial_id)) is not None:
            return shown
        with self._lock:
            for cache in self._caches.values():
                if (trial := cache.finished.get(trial_id)) is not None:
                    return trial
        return self._backend.get_trial(trial_id)

    def get_trial_id_from_study_id_trial_number(self, study_id: int, trial_number: int) -> int:
        for trial_id, own in self._running.trials().items():
            if (own.study_id, own.trial.number) == (study_id, trial_number):
                return trial_id
        return self._backend.get_trial_id_from_study_id_trial_number(study_id, trial_number)

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        with self._lock:
            cache = self._cache(study_id)
            now = time.monotonic()
            if now - cache.read_at >= PERIOD:
                own = self._running.trials()
                cache.saw(self._reader.read(study_id, cache.last_finished, cache.unfinished, own))
                cache.read_at = now
            for trial in self._running.changed(study_id):
                cache.put(trial)
            trials = cache.trials(states)
        return copy.deepcopy(trials) if deepcopy else trials

    def _cache(self, study_id: int) -> StudyCache:
        return self._caches.setdefault(study_id, StudyCache())

    def _adopt(self, study_id: int, trial: FrozenTrial) -> int:
        self._running.adopt(study_id, trial)
        with self._lock:
            self._cache(study_id).unfinished.add(trial._trial_id)
        return trial._trial_id

    def _set_state(self, trial_id: int, state: TrialState, values: Sequence[float] | None) -> bool:
        done = self._backend.set_trial_state_values(trial_id, state, values)
        if done and state is TrialState.RUNNING:
            with self._lock:
                known = ((study_id, cache.waiting(trial_id)) for study_id, cache in self._caches.items())
                study_id, waiting = next((found for found in known if found[1] is not None), (0, None))
            if waiting is not None:
                trial = copy.deepcopy(waiting)
                trial.state, trial.datetime_start = state, datetime.now()  # noqa: DTZ005  Optuna's are naive
                self._adopt(study_id, trial)
        return done


def _set_pragmas(connection: sqlite3.Connection, record: object) -> None:
    """In WAL, don't wait for the disk at each commit: the file stays sound, also through a power cut."""
    if connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
        connection.execute("PRAGMA synchronous=NORMAL")
