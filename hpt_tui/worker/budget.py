"""Exactly N finished trials by however many workers on this machine."""

from __future__ import annotations

import time
from collections.abc import Iterable
from enum import Enum, auto

from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from hpt_tui.store import keys
from hpt_tui.store.liveness import lives

_UNCOUNTED = ("interrupted", "lost")


class Room(Enum):
    """Whether the budget has room for one more trial."""

    FREE = auto()
    TAKEN = auto()
    """By trials that still run; one that is interrupted makes room again."""
    USED_UP = auto()


def room(storage: BaseStorage, study_id: int, budget: int | None) -> Room:
    """What the budget allows now. Trials that were interrupted or lost don't count, nor do running ones of dead
    workers. Only meaningful while the caller holds the study's lock."""
    if budget is None:
        return Room.FREE
    trials = storage.get_all_trials(study_id, deepcopy=False)
    finished = sum(_counts(t) for t in trials)
    if finished >= budget:
        return Room.USED_UP
    living = _living(storage.get_study_user_attrs(study_id))
    return Room.FREE if finished + sum(1 for _ in _running(trials, living)) < budget else Room.TAKEN


def _counts(trial: FrozenTrial) -> bool:
    if not trial.state.is_finished():
        return False
    end = trial.user_attrs.get(keys.TRIAL_END)
    how = end.get("how") if isinstance(end, dict) else None
    return not (trial.state is TrialState.FAIL and how in _UNCOUNTED)


def _running(trials: Iterable[FrozenTrial], living: set[str]) -> Iterable[FrozenTrial]:
    for trial in trials:
        if trial.state is TrialState.RUNNING and trial.user_attrs.get(keys.TRIAL_WORKER) in living:
            yield trial


def _living(attributes: keys.Attributes) -> set[str]:
    now = time.time()
    return {lease.worker for lease in keys.decode_leases(attributes) if lives(lease, now)}
