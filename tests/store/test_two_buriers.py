"""Several at once bury what a dead worker left (issue 4, item 6): each trial is lost once, and told once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import optuna
import pytest
from optuna.trial import TrialState

from hpt_tui.domain.worker import Lease, WorkerState
from hpt_tui.store import keys
from hpt_tui.store.address import Address
from hpt_tui.store.burial import bury
from hpt_tui.store.connect import close_storage, open_storage
from hpt_tui.store.control import StudyControl
from hpt_tui.store.trial_writer import TrialWriter
from hpt_tui.supervisor.host import this_host

BURIERS, TIMES = 3, 12


def dead(control: StudyControl, worker: str) -> Lease:
    """A worker that is gone, with a trial that it left RUNNING."""
    trial = optuna.load_study(study_name="s", storage=control.storage).ask()
    trial.set_user_attr(keys.TRIAL_WORKER, worker)
    host = this_host()
    state = WorkerState.TRAINING
    lease = Lease(worker, host.name, host.boot_id, 2**22 - 1, 1.0, 0, "cpu", state, 1.0, trial=trial.number)
    control.put_lease(lease)
    return lease


@pytest.fixture
def controls(address: Address) -> list[StudyControl]:
    """Of sessions and workers that each have a connection of their own."""
    storage = open_storage(address, writable=True, create=True)
    study_id = optuna.create_study(study_name="s", storage=storage)._study_id
    close_storage(storage)
    return [StudyControl(open_storage(address, writable=True), study_id, f"ann{n}@box") for n in range(BURIERS)]


def test_a_lost_trial_is_failed_and_told_once_however_many_bury_it(controls: list[StudyControl]) -> None:
    leases = [dead(controls[0], f"w{n}") for n in range(TIMES)]
    start = threading.Barrier(BURIERS)

    def bury_all(control: StudyControl) -> list[int]:
        failed: list[int] = []
        for lease in leases:
            start.wait(60)
            failed += bury(control, lease, [lease.trial] if lease.trial is not None else [], 1.0)
        return failed

    with ThreadPoolExecutor(BURIERS) as pool:
        by_each = list(pool.map(bury_all, controls))
    events = keys.decode_events(controls[0].attributes())
    assert Counter(e.subject for e in events) == {lease.worker: 1 for lease in leases}
    assert {n for failed in by_each for n in failed} == set(range(TIMES))
    trials = controls[0].storage.get_all_trials(controls[0].study_id)
    assert {t.user_attrs[keys.TRIAL_END]["how"] for t in trials} == {"lost"}


def test_who_dies_over_a_burial_leaves_nothing_untold(
    controls: list[StudyControl], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it stops, the next one goes on with it, and the end is the same."""
    for stop in range(1, 6):
        lease = dead(controls[0], f"w{stop}")
        assert lease.trial is not None
        with monkeypatch.context() as patch:
            die_after(patch, controls[0], stop)
            with suppress(RuntimeError):
                bury(controls[0], lease, [lease.trial], 1.0)
        bury(controls[1], lease, [lease.trial], 2.0)
        attributes = controls[1].attributes()
        assert [e.subject for e in keys.decode_events(attributes)].count(lease.worker) == 1, stop
        assert keys.decode_leases(attributes) == ()
        assert controls[1].storage.get_all_trials(controls[1].study_id)[-1].state is TrialState.FAIL


def test_a_trial_that_ends_of_its_own_while_it_is_buried_is_not_told_as_lost(
    controls: list[StudyControl], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker elsewhere, that was silent for long, and was there all the same."""
    lease = dead(controls[0], "w")
    assert lease.trial is not None
    fail = StudyControl.fail_orphan

    def too_late(control: StudyControl, number: int, reason: str, how: str) -> bool:
        optuna.load_study(study_name="s", storage=controls[1].storage).tell(number, 1.0)
        return fail(control, number, reason, how)

    monkeypatch.setattr(StudyControl, "fail_orphan", too_late)
    assert bury(controls[0], lease, [lease.trial], 1.0) == ()
    assert keys.decode_events(controls[0].attributes()) == ()


def die_after(patch: pytest.MonkeyPatch, control: StudyControl, writes: int) -> None:
    """Let the process die after so many writes, as kill -9 would."""
    storage, left = control.storage, [writes]

    def perhaps(write: Callable[..., object]) -> Callable[..., object]:
        def once_more(*arguments: object) -> object:
            if not left[0]:
                raise RuntimeError("killed")
            left[0] -= 1
            return write(*arguments)

        return once_more

    for name in ("set_study_user_attr", "set_trial_user_attr", "set_trial_state_values"):
        patch.setattr(storage, name, perhaps(getattr(storage, name)))
    patch.setattr(TrialWriter, "finish", perhaps(TrialWriter.finish))
