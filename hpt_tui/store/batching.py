"""Any storage as a worker uses it: batched if it is a database, as it is if not."""

from __future__ import annotations

from collections.abc import Mapping

from optuna.storages import BaseStorage, RDBStorage
from optuna.trial import TrialState

from hpt_tui.store.batched import BatchedStorage
from hpt_tui.store.faults import storage_faults
from hpt_tui.store.trial_writer import DIALECTS


def batched(storage: BaseStorage) -> BaseStorage:
    """``storage`` for a worker: batched if it is a database, itself if not."""
    backend = getattr(storage, "_backend", None)
    if not isinstance(backend, RDBStorage) or backend.engine.dialect.name not in DIALECTS:
        return storage
    return BatchedStorage(backend)


def flush(storage: BaseStorage) -> None:
    """Write what waits, if ``storage`` lets anything wait; from any thread.

    Raises:
        StorageInternalError: the database is away; nothing is lost.
    """
    if isinstance(storage, BatchedStorage):
        storage.flush()


def is_over(storage: BaseStorage, trial_id: int) -> bool:
    """Whether the trial has come to its end, or is gone, in the storage itself; of a database no more is read."""
    if isinstance(storage, BatchedStorage):
        return storage.stored_state(trial_id) not in (TrialState.RUNNING, TrialState.WAITING)
    try:
        return storage.get_trial(trial_id).state.is_finished()
    except KeyError:
        return True


def waits(storage: BaseStorage, trial_id: int, step: int, metrics: Mapping[str, float]) -> bool:
    """Let a row of ``hpt_tui.log`` wait with the trial's others; False: it can't, and is the caller's to write.

    Raises:
        StorageLostError: too many wait already, because the database is away.
    """
    if not isinstance(storage, BatchedStorage):
        return False
    with storage_faults("the metrics table"):
        return storage.log_metrics(trial_id, step, metrics)


def expire(storage: BaseStorage) -> None:
    """Let the next look at the trials be a fresh one."""
    if isinstance(storage, BatchedStorage):
        storage.expire()
