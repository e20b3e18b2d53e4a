"""The trials that run in this process: always up to date in memory, a little behind in the database."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from optuna._typing import JSONSerializable
from optuna.distributions import BaseDistribution
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from hpt_tui.store import keys
from hpt_tui.store.faults import first_line
from hpt_tui.store.pending import OwnTrial, Pending
from hpt_tui.store.tally import Beyond, DatabaseTally
from hpt_tui.store.trial_writer import TrialWriter

INTERVAL = 0.25
"""Seconds after a write from which on the next report writes again."""

MOST_LOGGED = 10_000
"""Rows of ``hpt_tui.log`` that may wait, while the database is away, say."""


class RunningTrials:
    """Takes what the running trials are given, and writes it in few transactions; from any thread.

    All that write raise UpdateFinishedTrialError if somebody ended the trial from outside, KeyError if it is gone
    (it is let go then), and StorageInternalError if the database is away (everything waits on).
    """

    def __init__(self, writer: TrialWriter) -> None:
        self.writer = writer
        self._trials: dict[int, OwnTrial] = {}
        self._process = os.getpid()
        self._lock = threading.Lock()
        """Guards the memory; held for moments."""
        self._writing = threading.Lock()
        """Held while rows are on their way; taken before the other."""

    def begin(
        self, study_id: int, user_attrs: Mapping[str, str], tally: DatabaseTally | None = None
    ) -> FrozenTrial:
        trial = self.writer.create(study_id, {key: json.dumps(v) for key, v in user_attrs.items()}, tally)
        trial._user_attrs.update(user_attrs)
        return trial

    def take(
        self,
        study_id: int,
        trial: FrozenTrial,
        user_attrs: Mapping[str, str],
        tally: DatabaseTally | Beyond | None = None,
    ) -> FrozenTrial | None:
        """The WAITING ``trial`` as it now runs, with these attributes; None if it waits no more."""
        told = {key: json.dumps(value) for key, value in user_attrs.items()}
        started = self.writer.take(study_id, trial._trial_id, told, tally)
        if started is None:
            return None
        running = copy.deepcopy(trial)
        running.state, running.datetime_start = TrialState.RUNNING, started
        running._user_attrs.update(user_attrs)
        return running

    def adopt(self, study_id: int, trial: FrozenTrial) -> None:
        with self._lock:
            self._trials[trial._trial_id] = OwnTrial(study_id, trial, time.monotonic())

    def trials(self) -> dict[int, OwnTrial]:
        """By id; none in a forked child, whose parent they belong to."""
        if os.getpid() != self._process:
            # Without the lock: the parent's other thread may have held it at the fork.
            return {}
        with self._lock:
            return dict(self._trials)

    def get(self, trial_id: int, *, waits: bool = True) -> OwnTrial | None:
        """The trial if it runs here and its rows may wait; if not, nothing of it waits any more."""
        own = self._trials.get(trial_id)
        if own is None or os.getpid() != self._process:
            return None
        if waits and not own.leaving:
            return own
        own.leaving = True
        self._write(own)
        self._let_go(own)
        return None

    def shown(self, trial_id: int) -> FrozenTrial | None:
        """The trial as it is now, if it runs here."""
        try:
            own = self.get(trial_id)
        except (UpdateFinishedTrialError, KeyError):
            # Let go: the database knows what became of it.
            return None
        if own is None:
            return None
        with self._lock:
            return own.snapshot()

    def changed(self, study_id: int) -> list[FrozenTrial]:
        """Those of the study that changed since the last call."""
        if os.getpid() != self._process:
            return []
        with self._lock:
            found = [own for own in self._trials.values() if own.study_id == study_id and own.changed]
            for own in found:
                own.changed = False
            return [own.snapshot() for own in found]

    def set_param(
        self, own: OwnTrial, name: str, value: float, distribution: BaseDistribution, *, at_once: bool
    ) -> None:
        with self._lock:
            own.add_param(name, value, distribution)
        if at_once:
            self._write(own)

    def report(self, own: OwnTrial, step: int, value: float) -> None:
        with self._lock:
            own.add_step(step, value)
        self._write_if_due(own)

    def set_user(self, own: OwnTrial, key: str, value: object) -> None:
        with self._lock:
            own.add_attribute(key, value, system=False)
        if key != keys.TRIAL_END:
            # How it ended goes with its end.
            self._write_if_due(own)

    def set_system(self, own: OwnTrial, key: str, value: JSONSerializable, *, at_once: bool) -> None:
        with self._lock:
            own.add_attribute(key, value, system=True)
        if at_once:
            self._write(own)
        else:
            self._write_if_due(own)

    def log(self, own: OwnTrial, step: int, entries: str) -> None:
        if len(own.pending.logged) >= MOST_LOGGED:
            self._write(own)
        with self._lock:
            own.pending.logged.append((step, entries))

    def finish(self, own: OwnTrial, state: TrialState, values: Sequence[float] | None) -> None:
        """End the trial, with all that still waits, in one transaction."""
        trial_id = own.trial._trial_id
        with self._writing, self._taken(own) as rows:
            before = self.writer.finish(trial_id, rows, state, values)
        self._let_go(own)
        _check(trial_id, before)

    def flush(self) -> None:
        """Write all that waits. That a trial was ended from outside shows at its next write."""
        for own in self.trials().values():
            with contextlib.suppress(UpdateFinishedTrialError, KeyError):
                self._write(own)

    def dismiss(self) -> None:
        """From now on nothing waits: somebody else writes these trials too."""
        for own in self.trials().values():
            own.leaving = True
        self.flush()

    def forget(self, study_id: int) -> None:
        with self._lock:
            self._trials = {i: own for i, own in self._trials.items() if own.study_id != study_id}

    def _let_go(self, own: OwnTrial) -> None:
        with self._lock:
            self._trials.pop(own.trial._trial_id, None)

    def _write_if_due(self, own: OwnTrial) -> None:
        if time.monotonic() - own.written >= INTERVAL:
            self._write(own)

    def _write(self, own: OwnTrial) -> None:
        trial_id = own.trial._trial_id
        before: TrialState | None = TrialState.RUNNING
        with self._writing, self._taken(own) as rows:
            if rows:
                before = self.writer.write(trial_id, rows)
                own.written = time.monotonic()
        if before is not TrialState.RUNNING:
            self._let_go(own)
        _check(trial_id, before)

    @contextmanager
    def _taken(self, own: OwnTrial) -> Iterator[Pending]:
        """What waits, on its way; after a failure it waits again."""
        with self._lock:
            rows, own.pending = own.pending, Pending()
        try:
            yield rows
        except BaseException as error:
            if "hpt_metrics" in first_line(error):
                # Somebody dropped the table: the curves are lost, and must not take the trial with them.
                rows.logged.clear()
            with self._lock:
                own.pending = rows.before(own.pending)
            raise


def _check(trial_id: int, state: TrialState | None) -> None:
    """What Optuna raises for a write to a trial in this state."""
    if state is None:
        raise KeyError(f"the trial {trial_id} has been deleted")
    if state is not TrialState.RUNNING:
        raise UpdateFinishedTrialError(f"the trial {trial_id} is {state.name}: it was ended from outside")
