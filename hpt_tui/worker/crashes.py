"""When trials keep failing: the search is paused, or this worker alone gives up where the others are well."""

from __future__ import annotations

import math
import time

from optuna.study import Study
from optuna.trial import TrialState

from hpt_tui.domain.event import Event
from hpt_tui.errors import HptError
from hpt_tui.store import keys
from hpt_tui.store.batching import expire
from hpt_tui.store.control import StudyControl
from hpt_tui.store.faults import storage_faults
from hpt_tui.worker.narration import say
from hpt_tui.worker.outcome import Outcome
from hpt_tui.worker.station import Station

AT_FIRST, WINDOW = 3, 60.0
"""So many errors in a row within so many seconds: the code is broken."""
IN_A_ROW = 10
"""So many errors in a row, however slowly, and whatever went before."""
BY_CHANCE = 0.001
"""How likely a row of errors may be where a known share of the trials fails anyway: a bad corner of the space must
not stop the search."""
PATIENCE = 3600.0
"""Seconds that a worker stays for somebody to go on with a search that was paused so."""


class CrashGuard:
    """Counts the configurations of one worker's trials that ended with an error since the last trial that finished
    (completed or was pruned): several tries of one say no more of the code than the first.

    A diverged trial (NaN) neither counts nor breaks the row: the code ran to its end.
    """

    def __init__(self) -> None:
        self._finished = 0
        self._failed = 0
        """Before the row."""
        self._row: dict[object, float] = {}
        """When each failed first, oldest first."""

    @property
    def row(self) -> int:
        """How many configurations have failed since the last trial that finished."""
        return len(self._row)

    def ended(self, outcome: Outcome, now: float, root: object = None) -> str:
        """Take down how a trial ended; what is wrong with the code, empty if nothing is known to be. ``root``
        tells configurations apart: the number of a trial's first try; None: no other trial has this one's."""
        if outcome.state is not TrialState.FAIL:
            self._finished += 1
            self._failed += len(self._row)
            self._row.clear()
        if not outcome.broken:
            return ""
        self._row.setdefault(object() if root is None else root, now)
        last = f"the last one with {outcome.text}"
        needed = self._needed()
        if len(self._row) >= IN_A_ROW:
            return f"{IN_A_ROW} trials failed in a row, {last}"
        if len(self._row) >= needed and now - [*self._row.values()][-needed] < WINDOW:
            return f"{needed} trials failed within {WINDOW:.0f} s and none finished between them, {last}"
        return ""

    def _needed(self) -> int:
        if not self._failed:
            return AT_FIRST
        share = self._failed / (self._failed + self._finished)
        return max(AT_FIRST, min(IN_A_ROW, math.ceil(math.log(BY_CHANCE) / math.log(share))))


class CrashLoop:
    """Acts on what the guard says, of one worker; on its main thread."""

    def __init__(self, study: Study, control: StudyControl, station: Station) -> None:
        self._study, self._control, self._station = study, control, station
        self._guard = CrashGuard()
        self._others: dict[int, TrialState] = {}
        """The trials of other living workers at the first error of the row, by number."""
        self._halted_at: float | None = None

    def ended(self, outcome: Outcome, root: int) -> int | None:
        """Take down how a trial ended, whose first try was trial ``root``. An exit code says that this worker
        gives up: it alone fails, or the storage is away and cannot be told."""
        before = self._guard.row
        reason = self._guard.ended(outcome, time.monotonic(), root)
        try:
            if not before and self._guard.row:
                self._others = self._states()
            if not reason:
                return None
            if self._others_are_well():
                return self._give_up(reason, outcome)
            self._halt(reason, outcome)
        except (HptError, KeyError) as error:
            say(f"{reason}; {error}")
            return 1 if reason else None
        self._guard = CrashGuard()
        return None

    def tired(self, now: float) -> bool:
        """Whether nobody went on for long with a search that was paused for its errors; ``now`` is monotonic."""
        if self._station.orders.control.halt is None:
            self._halted_at = None
            return False
        self._halted_at = now if self._halted_at is None else self._halted_at
        return now - self._halted_at >= PATIENCE

    def _halt(self, reason: str, outcome: Outcome) -> None:
        if self._station.orders.control.halt is None:
            now, worker = time.time(), self._station.worker
            self._control.halt(worker, reason, outcome.trace, now)
            self._control.record(Event(now, "", "crash-loop", worker, "", f"paused: {reason}"))
        say(f"the search is paused: {reason}")

    def _give_up(self, reason: str, outcome: Outcome) -> int:
        """Here alone something is wrong: the GPU, the disk, the packages."""
        event = Event(time.time(), "", "worker-gave-up", subject=self._station.worker, after=outcome.text)
        self._control.record(event)
        say(f"giving up: {reason}")
        return 1

    def _others_are_well(self) -> bool:
        """Whether a trial of another worker has finished since the row began, or has run all the while."""
        before, well = self._others, (TrialState.COMPLETE, TrialState.PRUNED)
        for number, state in self._states().items():
            was = before.get(number)
            if state in well and was not in well:
                return True
            if state is TrialState.RUNNING and was is TrialState.RUNNING:
                return True
        return False

    def _states(self) -> dict[int, TrialState]:
        """The trials of other workers; running ones only of those that have a lease."""
        storage, own = self._study._storage, self._station.worker
        leased = {lease.worker for lease in keys.decode_leases(self._control.attributes())}
        expire(storage)
        with storage_faults("the study"):
            trials = storage.get_all_trials(self._study._study_id, deepcopy=False)
        found = {}
        for trial in trials:
            worker = trial.user_attrs.get(keys.TRIAL_WORKER)
            if worker != own and (trial.state is not TrialState.RUNNING or worker in leased):
                found[trial.number] = trial.state
        return found
