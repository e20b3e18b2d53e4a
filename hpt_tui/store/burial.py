"""What a dead worker left behind: its trials fail as lost, and its lease goes.

Any number of sessions and workers may do it at once, and any of them may die over it: each trial is failed once
and told once, and the lease goes last, so that whoever looks next finds what is still to be done.
"""

from __future__ import annotations

from collections.abc import Iterable

from optuna.trial import TrialState

from hpt_tui.domain.event import Event
from hpt_tui.domain.worker import Lease
from hpt_tui.store import keys
from hpt_tui.store.control import StudyControl
from hpt_tui.store.faults import storage_faults
from hpt_tui.store.liveness import SILENCE, is_here


def still_gone(control: StudyControl, lease: Lease) -> bool:
    """Whether the study shows the worker as it was when it was taken for dead: not a beat more, and not buried.

    Raises:
        StorageLostError: the storage is away.
        KeyError: somebody deleted the study.
    """
    found = next((x for x in keys.decode_leases(control.attributes()) if x.worker == lease.worker), None)
    return found is not None and found.beat == lease.beat


def bury(control: StudyControl, lease: Lease, trials: Iterable[int], now: float) -> tuple[int, ...]:
    """Fail, of the ``trials`` by number, those that the dead worker left RUNNING, record it, and take its lease
    away; the numbers of those that this call failed. The caller knows that the worker is dead.

    Raises:
        StorageLostError: the storage is away; calling again goes on with it.
    """
    text = obituary(lease)

    def lose(number: int) -> bool:
        event = Event(now, "", "worker-lost", lease.worker, "", f"its trial #{number} failed: {text}")
        return control.lose(number, event, text)

    failed = tuple(number for number in sorted(set(trials)) if lose(number))
    control.drop_lease(lease.worker)
    return failed


def obituary(lease: Lease) -> str:
    """Why the trials of a dead worker failed, in words."""
    if is_here(lease):
        return f"worker {lease.worker} died"
    return f"worker {lease.worker} gave no sign of life for {SILENCE:.0f} s"


def trials_of(control: StudyControl, lease: Lease) -> tuple[int, ...]:
    """The numbers of the trials that the worker runs, as the storage has them: its lease is a moment behind.

    Raises:
        StorageLostError: the storage is away.
    """
    with storage_faults("the study"):
        found = control.storage.get_all_trials(control.study_id, deepcopy=False, states=(TrialState.RUNNING,))
    return tuple(t.number for t in found if t.user_attrs.get(keys.TRIAL_WORKER) == lease.worker)
