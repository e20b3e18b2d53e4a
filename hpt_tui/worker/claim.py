"""Making a trial this worker's own."""

from __future__ import annotations

from collections.abc import Callable

from optuna.storages import BaseStorage
from optuna.study import Study

from hpt_tui.store import keys
from hpt_tui.store.batched import BatchedStorage
from hpt_tui.store.metrics import engine_of, forget_metrics
from hpt_tui.store.retry import tries_before
from hpt_tui.worker.patience import Patience


def claim(study: Study, worker: str, patiently: Patience) -> int:
    """The id of an enqueued trial, or of a new one, which carries ``worker`` from now on.

    As in ``study.ask``, in steps: a trial whose sampler fails must not stay behind as RUNNING.
    """
    storage, doing = study._storage, "taking a trial"
    study._thread_local.cached_all_trials = None
    if isinstance(storage, BatchedStorage):
        trial_id = patiently(_taking(storage, study._study_id, worker), doing)
    else:
        popped = patiently(study._pop_waiting_trial_id, doing)
        trial_id = (
            patiently(lambda: storage.create_new_trial(study._study_id), doing) if popped is None else popped
        )
        patiently(lambda: storage.set_trial_user_attr(trial_id, keys.TRIAL_WORKER, worker), doing)
    patiently(lambda: _begin_curves(storage, trial_id), doing)
    return trial_id


def _begin_curves(storage: BaseStorage, trial_id: int) -> None:
    """A retry keeps what the lost trial logged."""
    if engine_of(storage) is not None and not tries_before(storage.get_trial(trial_id)):
        forget_metrics(storage, trial_id)


def _taking(storage: BatchedStorage, study_id: int, worker: str) -> Callable[[], int]:
    """Takes a trial, once: when only the answer was lost, a second call finds it. It is ours from its first
    moment: should the worker die, it must not be nobody's."""
    attributes = {keys.TRIAL_WORKER: worker}
    tried = False

    def take() -> int:
        nonlocal tried
        found = storage.running_trial(study_id, keys.TRIAL_WORKER, worker) if tried else None
        tried = True
        if found is None:
            found = storage.take_waiting(study_id, attributes)
        return storage.begin_trial(study_id, attributes) if found is None else found

    return take
