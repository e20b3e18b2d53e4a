"""Making a trial this worker's own."""

from __future__ import annotations

from collections.abc import Callable

from optuna.storages import BaseStorage
from optuna.study import Study

from hpt_tui.store import keys
from hpt_tui.store.batched import BatchedStorage, flush
from hpt_tui.store.metrics import forget_metrics
from hpt_tui.worker.patience import Patience


def claim(study: Study, worker: str, patiently: Patience) -> int:
    """The id of an enqueued trial, or of a new one, which carries ``worker`` from now on.

    As in ``study.ask``, in steps: a trial whose sampler fails must not stay behind as RUNNING.
    """
    storage, doing = study._storage, "taking a trial"
    study._thread_local.cached_all_trials = None
    trial_id = patiently(study._pop_waiting_trial_id, doing)
    if trial_id is None and isinstance(storage, BatchedStorage):
        trial_id = patiently(_making(storage, study._study_id, worker), doing)
    else:
        if trial_id is None:
            trial_id = patiently(lambda: storage.create_new_trial(study._study_id), doing)
        patiently(_signing(storage, trial_id, worker), doing)
    patiently(lambda: forget_metrics(storage, trial_id), doing)
    return trial_id


def _signing(storage: BaseStorage, trial_id: int, worker: str) -> Callable[[], None]:
    def sign() -> None:
        storage.set_trial_user_attr(trial_id, keys.TRIAL_WORKER, worker)
        # At once: should the worker die, the trial must not be nobody's.
        flush(storage)

    return sign


def _making(storage: BatchedStorage, study_id: int, worker: str) -> Callable[[], int]:
    """Makes a trial, once: when only the answer was lost, a second call finds it."""
    tried = False

    def make() -> int:
        nonlocal tried
        found = storage.running_trial(study_id, keys.TRIAL_WORKER, worker) if tried else None
        tried = True
        return storage.begin_trial(study_id, {keys.TRIAL_WORKER: worker}) if found is None else found

    return make
