"""What a dead worker left behind: its trials fail as lost, and its lease goes.

Any number of sessions and workers may do it at once, and any of them may die over it: each trial is failed once
and told once, and the lease goes last, so that whoever looks next finds what is still to be done.
"""

from __future__ import annotations

from collections.abc import Iterable

from optuna.trial import TrialState

from hpt_tui.domain.care import LOST, OUT_OF_MEMORY, Care, OnOom
from hpt_tui.domain.event import Event
from hpt_tui.domain.worker import Lease
from hpt_tui.store import keys
from hpt_tui.store.care import decode_care
from hpt_tui.store.control import StudyControl
from hpt_tui.store.faults import deletion, storage_faults
from hpt_tui.store.liveness import SILENCE, is_here
from hpt_tui.store.retry import has_retry, retry_trial, tries_before

ALONE = "alone"


def still_gone(control: StudyControl, lease: Lease) -> bool:
    """Whether the study shows the worker as it was when it was taken for dead: not a beat more, and not buried.

    Raises:
        StorageLostError: the storage is away.
        KeyError: somebody deleted the study.
    """
    found = next((x for x in keys.decode_leases(control.attributes()) if x.worker == lease.worker), None)
    return found is not None and found.beat == lease.beat


def bury(
    control: StudyControl, lease: Lease, trials: Iterable[int], now: float, how: str = LOST
) -> tuple[int, ...]:
    """Fail, of the ``trials`` by number, those that the dead worker left RUNNING, record it, give them another try
    if that is the study's policy, and take the lease away; the numbers of those that this call failed. The caller
    knows that the worker is dead; ``trials`` may name any that it ever had, and has those that it left.
    ``how`` is LOST, or OUT_OF_MEMORY where it is known that the kernel killed the worker for that.

    One that somebody ordered to end has got what it was to get: it is not lost, and has no other try.

    Raises:
        StorageLostError: the storage is away; calling again goes on with it.
    """
    text, failed, settled = obituary(lease, how), [], True
    with deletion():
        kills = keys.decode_control(control.attributes()).kills
    for number in sorted(set(trials)):
        if number in kills:
            said = f"{kills[number].text}: ended with its worker"
            lost = control.lose(number, Event(now, "", "ended", f"#{number}", "", said), said, keys.KILLED)
        else:
            event = Event(now, "", "worker-lost", lease.worker, "", f"its trial #{number} failed: {text}")
            lost = control.lose(number, event, text, how)
        failed += [number] if lost else []
        retry_if_due(control, number, now)
        settled &= not _waits_for_retry(control, number)
    if settled:
        control.drop_lease(lease.worker)
    return tuple(failed)


def retry_if_due(control: StudyControl, number: int, now: float, how: str = "") -> int | None:
    """Give the trial another try if it ended in a way that the study's policy has one for, and has none yet; the
    new trial's number. ``how`` says it otherwise than the trial does.

    Raises:
        StorageLostError: the storage is away, or somebody deleted the study.
    """
    if (retry := _due(control, number, how)) is None:
        return None
    alone = retry.endswith(ALONE)
    made = retry_trial(control.storage, control.study_id, number, now, control.by, keep_curve=True, alone=alone)
    if made is not None:
        # Of what happens at one moment, the journal has the loss first.
        control.record(Event(now + 0.001, "", "retry", f"#{number}", "", f"waits as #{made}, {retry}"))
    return made


def _due(control: StudyControl, number: int, how: str = "") -> str | None:
    """Which retry the trial is to have; None where it is to have none."""
    with storage_faults("the study"), deletion():
        care = decode_care(control.attributes())
        if care == Care():
            return None
        trial_id = control.storage.get_trial_id_from_study_id_trial_number(control.study_id, number)
        trial = control.storage.get_trial(trial_id)
    end = trial.user_attrs.get(keys.TRIAL_END)
    end = end if isinstance(end, dict) else {}
    how = how or str(end.get("how", ""))
    if end.get(keys.DIVERGED) is True:
        return None
    tries = len(tries_before(trial))
    alone = trial.system_attrs.get(keys.TRIAL_ALONE) is True
    if trial.state is not TrialState.FAIL or not care.retries_it(how, tries, alone=alone):
        return None
    if how == OUT_OF_MEMORY:
        return f"for more memory, {ALONE}" if care.on_oom is OnOom.RETRY_ALONE else "for more memory"
    return f"retry {tries + 1} of {care.retries}"


def _waits_for_retry(control: StudyControl, number: int) -> bool:
    """Whether the trial is to have a retry that is announced only: who did so may have died over it, and the lease
    stays until there is one."""
    if _due(control, number) is None:
        return False
    with storage_faults("the study"):
        return not has_retry(control.storage, control.study_id, number)


def obituary(lease: Lease, how: str = LOST) -> str:
    """Why the trials of a dead worker failed, in words."""
    if how == OUT_OF_MEMORY:
        return f"out of memory: the kernel killed worker {lease.worker}"
    if is_here(lease):
        return f"worker {lease.worker} died"
    return f"worker {lease.worker} gave no sign of life for {SILENCE:.0f} s"


def trials_of(control: StudyControl, lease: Lease) -> tuple[int, ...]:
    """The numbers of the trials that the worker runs, or that failed, as the storage has them: its lease is a
    moment behind, and who buried it may have died over it.

    Raises:
        StorageLostError: the storage is away.
    """
    states = (TrialState.RUNNING, TrialState.FAIL)
    with storage_faults("the study"):
        found = control.storage.get_all_trials(control.study_id, deepcopy=False, states=states)
    return tuple(t.number for t in found if t.user_attrs.get(keys.TRIAL_WORKER) == lease.worker)
