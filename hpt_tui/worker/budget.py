"""Exactly N finished trials by however many workers on this machine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from enum import Enum, auto

from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from hpt_tui.store import keys
from hpt_tui.store.liveness import lives


class Room(Enum):
    """Whether the budget has room for one more trial."""

    FREE = auto()
    TAKEN = auto()
    """By trials that still run; one that is interrupted makes room again."""
    USED_UP = auto()


class Tally:
    """The finished trials of one study, counted as they finish: an ask looks at those that were not finished at
    the last one, and at the new ones."""

    def __init__(self, storage: BaseStorage, study_id: int) -> None:
        self._storage, self._study_id = storage, study_id
        self._finished = 0
        self._seen = 0
        self._unfinished: list[int] = []
        """Their places among the first ``_seen`` trials, which keep them: numbers are given one by one."""

    def room(self, budget: int) -> Room:
        """What the budget allows now. Trials that were interrupted, discarded or lost don't count, nor do running
        ones of dead workers. Only meaningful while the caller holds the study's lock."""
        # Before the trials: a worker that ends its trial and goes in between must not be missed with both.
        living = _living(self._storage.get_study_user_attrs(self._study_id))
        unfinished = self._count(self._storage.get_all_trials(self._study_id, deepcopy=False))
        if self._finished >= budget:
            return Room.USED_UP
        running = sum(_is_run_by(t, living) for t in unfinished)
        return Room.FREE if self._finished + running < budget else Room.TAKEN

    def _count(self, trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
        """Count those that have finished; the others."""
        places = [*self._unfinished, *range(self._seen, len(trials))]
        self._unfinished = [place for place in places if not trials[place].state.is_finished()]
        self._finished += sum(_counts(trials[place]) for place in places)
        self._seen = len(trials)
        return [trials[place] for place in self._unfinished]


def _counts(trial: FrozenTrial) -> bool:
    if not trial.state.is_finished():
        return False
    end = trial.user_attrs.get(keys.TRIAL_END)
    how = end.get("how") if isinstance(end, dict) else None
    return not (trial.state is TrialState.FAIL and how in keys.BY_HAND)


def _is_run_by(trial: FrozenTrial, living: set[str]) -> bool:
    return trial.state is TrialState.RUNNING and trial.user_attrs.get(keys.TRIAL_WORKER) in living


def _living(attributes: keys.Attributes) -> set[str]:
    now = time.time()
    return {lease.worker for lease in keys.decode_leases(attributes) if lives(lease, now)}
