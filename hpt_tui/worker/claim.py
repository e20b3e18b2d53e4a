"""Making a trial this worker's own, if the study has room for it: before, while or after, by what its storage can.

A database asks and takes in one transaction. Any other storage is asked, shown the trial as running, and asked
again: whoever is one too many gives its place back before its objective runs. A new trial then ends as failed
(interrupted), which uses up no budget; an enqueued one waits on. Within one machine a lock sees to it that this
doesn't happen; across machines it is rare, and only within a round trip of the last places.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from filelock import Timeout
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage
from optuna.study import Study
from optuna.trial import TrialState, create_trial

from hpt_tui.store import keys
from hpt_tui.store.batched import BatchedStorage
from hpt_tui.store.metrics import engine_of, forget_metrics
from hpt_tui.store.places import is_validation
from hpt_tui.store.retry import tries_before
from hpt_tui.store.tally import DatabaseTally, NoRoomError, Room, StorageTally
from hpt_tui.worker.patience import Patience

DOING = "taking a trial"
SURPLUS = "gave its place back before it began: another machine took the last one at the same time"

Lock = Callable[[], AbstractContextManager[object]]


class Claims:
    """Takes trials of one study for one worker. Not from ``study.ask``: a trial whose sampler fails must not stay
    behind as RUNNING."""

    def __init__(
        self, study: Study, worker: str, patiently: Patience, lock: Lock, *, validating: bool = False
    ) -> None:
        """``lock``: of this machine, for storages that know no transactions; entering it may raise Timeout.
        ``validating``: only runs of the final validation are taken."""
        self._study, self._patiently = study, patiently
        storage = study._storage
        self._source: _Database | _Protocol = (
            _Database(storage, study._study_id, worker, validating)
            if isinstance(storage, BatchedStorage)
            else _Protocol(storage, study._study_id, worker, lock, validating)
        )

    def take(self) -> int | Room:
        """The id of an enqueued trial, or of a new one, with the worker's name from now on; else why none."""
        self._study._thread_local.cached_all_trials = None
        taken = self._patiently(self._source.take, DOING)
        if not isinstance(taken, Room):
            storage, trial_id = self._study._storage, taken
            self._patiently(lambda: _begin_curves(storage, trial_id), DOING)
        return taken


def _begin_curves(storage: BaseStorage, trial_id: int) -> None:
    """A retry keeps what the lost trial logged."""
    if engine_of(storage) is not None and not tries_before(storage.get_trial(trial_id)):
        forget_metrics(storage, trial_id)


class _Database:
    """Takes a trial, once: when only the answer was lost, a second call finds it. It is ours from its first
    moment: should the worker die, it must not be nobody's."""

    def __init__(self, storage: BatchedStorage, study_id: int, worker: str, validating: bool) -> None:
        self._storage, self._study_id, self._worker, self._validating = storage, study_id, worker, validating
        self._tally = DatabaseTally(study_id)
        self._doubtful = False
        """Whether the last call did not get its answer."""
        self._ask_first = True
        """Whether to look before anything is locked: the first look is at all trials, and whoever waits for room
        must not hold up those that write."""

    def take(self) -> int | Room:
        found = self._found_again()
        if found is not None:
            return found
        room = Room.USED_UP if self._validating else Room.FREE
        if self._ask_first and not self._validating:
            room = self._storage.room(self._tally)
        # Runs of the final validation go beyond the budget.
        if room is not Room.FREE and not self._storage.validation_waits(self._study_id):
            return room
        asking = self._ask_first
        self._doubtful = self._ask_first = True
        try:
            taken = self._new_or_waiting(asking=asking)
        except NoRoomError as error:
            self._doubtful = False
            return error.room
        self._doubtful = self._ask_first = False
        return Room.USED_UP if taken is None else taken

    def _found_again(self) -> int | None:
        if not self._doubtful:
            return None
        found = self._storage.running_trial(self._study_id, keys.TRIAL_WORKER, self._worker)
        self._doubtful = False
        return found

    def _new_or_waiting(self, *, asking: bool) -> int | None:
        """None where nothing is left to validate, and nothing else is to be done. ``asking``: look whether a new
        one may be made before anything is locked."""
        signed, validating = {keys.TRIAL_WORKER: self._worker}, self._validating
        self._storage.expire()
        waiting = self._storage.take_waiting(self._study_id, signed, self._tally, validating=validating)
        if waiting is not None or validating:
            return waiting
        if asking and (room := self._storage.room(self._tally, new=True)) is not Room.FREE:
            raise NoRoomError(room)
        return self._storage.begin_trial(self._study_id, signed, self._tally)


class _Protocol:
    """The same in several steps, each of which may be repeated when the storage went away in between."""

    def __init__(self, storage: BaseStorage, study_id: int, worker: str, lock: Lock, validating: bool) -> None:
        self._storage, self._study_id, self._worker, self._lock = storage, study_id, worker, lock
        self._validating = validating
        self._tally = StorageTally(storage, study_id)
        self._popped: int | None = None
        """An enqueued trial that runs for us and may not say so yet."""
        self._beyond = False
        """Whether that is a run of the final validation, which needs no place in the budget."""
        self._making = False
        """Whether a new trial may have been made, and the answer was lost."""
        self._declined: set[int] = set()
        """Enqueued trials that were given back. A journal would say that they are ours again though somebody else
        took them: it goes by who had them first."""

    def take(self) -> int | Room:
        try:
            with self._lock():
                return self._take()
        except Timeout:
            return Room.TAKEN

    def _take(self) -> int | Room:
        if self._popped is None and not self._making:
            self._popped = self._validation()
            self._beyond = self._popped is not None
            room = Room.USED_UP if self._validating else Room.FREE if self._beyond else self._tally.room()
            if not self._beyond and room is not Room.FREE:
                return room
        enqueued = self._enqueued()
        if enqueued is None and not self._making and not self._tally.draws():
            return Room.TAKEN
        trial_id = self._new() if enqueued is None else enqueued
        room = Room.FREE if self._beyond else self._tally.room_for(trial_id, new=enqueued is None)
        if room is not Room.FREE:
            self._give_back(trial_id, new=enqueued is None)
        self._popped, self._making = None, False
        return trial_id if room is Room.FREE else room

    def _validation(self) -> int | None:
        """The oldest run of the final validation that waits, taken: it has its place beyond the budget."""
        waiting = self._waiting(validating=True)
        if not waiting or self._tally.room_beyond() is not Room.FREE:
            return None
        return next(filter(self._pop, waiting), None)

    def _enqueued(self) -> int | None:
        """The oldest trial that waits, taken and signed."""
        if self._making:
            return None
        if self._popped is None:
            self._popped = next(filter(self._pop, self._waiting(validating=False)), None)
        if self._popped is not None:
            self._storage.set_trial_user_attr(self._popped, keys.TRIAL_WORKER, self._worker)
        return self._popped

    def _waiting(self, *, validating: bool) -> list[int]:
        """The runs of the final validation that wait, or all others."""
        states = (TrialState.WAITING,)
        waiting = self._storage.get_all_trials(self._study_id, deepcopy=False, states=states)
        some = (t for t in waiting if is_validation(t.user_attrs) is validating)
        return [t._trial_id for t in some if t._trial_id not in self._declined]

    def _pop(self, trial_id: int) -> bool:
        try:
            return self._storage.set_trial_state_values(trial_id, TrialState.RUNNING)
        except UpdateFinishedTrialError:
            return False

    def _new(self) -> int:
        """A new trial, signed in the same moment: from then on everybody counts it."""
        if self._making and (found := self._made()) is not None:
            return found
        self._making = True
        signed = create_trial(state=TrialState.RUNNING, user_attrs={keys.TRIAL_WORKER: self._worker})
        return self._storage.create_new_trial(self._study_id, signed)

    def _made(self) -> int | None:
        running = self._storage.get_all_trials(self._study_id, deepcopy=False, states=(TrialState.RUNNING,))
        ours = (t._trial_id for t in running if t.user_attrs.get(keys.TRIAL_WORKER) == self._worker)
        return max(ours, default=None)

    def _give_back(self, trial_id: int, *, new: bool) -> None:
        if new:
            self._storage.set_trial_user_attr(trial_id, keys.TRIAL_END, {"how": "interrupted", "text": SURPLUS})
            self._storage.set_trial_state_values(trial_id, TrialState.FAIL)
            return
        self._declined.add(trial_id)
        self._storage.set_trial_user_attr(trial_id, keys.TRIAL_WORKER, None)
        self._storage.set_trial_state_values(trial_id, TrialState.WAITING)
