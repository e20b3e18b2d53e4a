"""What a dead worker left (issue 4, item 6), on every storage: failed once, retried by policy and never twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import optuna
import pytest
from optuna.trial import FrozenTrial, TrialState

from hpt_tui.domain.care import Care, CareWish, OnOom
from hpt_tui.domain.worker import Lease, WorkerState
from hpt_tui.store import keys
from hpt_tui.store.address import Address
from hpt_tui.store.burial import bury, retry_if_due, still_gone, trials_of
from hpt_tui.store.care import decode_care
from hpt_tui.store.connect import open_storage
from hpt_tui.store.control import StudyControl
from hpt_tui.store.once import ANNOUNCED
from hpt_tui.store.retry import retry_trial

LEASE = Lease("far-1", "far", "boot", 1, 2.5, 0, "cpu", WorkerState.TRAINING, 9.0, 0)
NOW = 1_000_000.0


@pytest.fixture
def control(address: Address) -> StudyControl:
    """Trial #0 runs by a worker that is dead, with two reports."""
    storage = open_storage(address, writable=True, create=True)
    study = optuna.create_study(study_name="s", storage=storage)
    trial = study.ask()
    trial.suggest_float("lr", 1e-4, 1e-1, log=True)
    trial.report(0.5, 0)
    trial.report(0.4, 1)
    trial.set_user_attr(keys.TRIAL_WORKER, LEASE.worker)
    made = StudyControl(storage, study._study_id, "ann@box")
    made.put_lease(LEASE)
    return made


def trials(control: StudyControl) -> list[FrozenTrial]:
    return control.storage.get_all_trials(control.study_id)


def acts(control: StudyControl) -> list[str]:
    return [e.act for e in keys.decode_events(control.attributes())]


def test_without_a_policy_its_trial_fails_and_that_is_all(control: StudyControl) -> None:
    assert still_gone(control, LEASE)
    assert bury(control, LEASE, trials_of(control, LEASE), NOW) == (0,)
    (trial,) = trials(control)
    assert trial.state is TrialState.FAIL
    assert trial.user_attrs[keys.TRIAL_END] == {
        "how": "lost",
        "text": "worker far-1 gave no sign of life for 60 s",
    }
    assert acts(control) == ["worker-lost"]
    assert not still_gone(control, LEASE)


def test_by_policy_it_waits_again_with_its_curve_as_often_as_that_says(control: StudyControl) -> None:
    control.set_care(Care(retries=2))
    for number in range(3):
        bury(control, LEASE, [number], NOW + number)
        latest = trials(control)[-1]
        if number < 2:
            assert (latest.number, latest.state) == (number + 1, TrialState.WAITING)
            assert latest.params == trials(control)[0].params
            assert latest.intermediate_values == {0: 0.5, 1: 0.4}
            assert latest.system_attrs["retry_history"] == [*range(number + 1)]
            control.storage.set_trial_state_values(latest._trial_id, TrialState.RUNNING)
    assert [t.state for t in trials(control)] == [TrialState.FAIL] * 3
    assert acts(control) == ["worker-lost", "retry", "worker-lost", "retry", "worker-lost"]


def test_many_at_once_bury_it_once(control: StudyControl) -> None:
    control.set_care(Care(retries=1))
    with ThreadPoolExecutor(6) as pool:
        failed = list(pool.map(lambda _: bury(control, LEASE, [0], NOW), range(6)))
    waiting = [t for t in trials(control) if t.state is TrialState.WAITING]
    assert len(waiting) == 1
    # The proxy asks an Optuna that, on SQLite, lets several believe that they ended the trial.
    behind_a_proxy = type(control.storage).__name__ == "ProxiedStorage"
    assert behind_a_proxy or sorted(failed) == [()] * 5 + [(0,)]
    assert behind_a_proxy or acts(control).count("worker-lost") == 1


def test_who_dies_between_failing_and_retrying_leaves_it_to_the_next(control: StudyControl) -> None:
    control.set_care(Care(retries=1))
    control.fail_orphan(0, "worker far-1 died")
    assert trials_of(control, LEASE) == (0,)
    assert bury(control, LEASE, trials_of(control, LEASE), NOW) == ()
    assert [t.state for t in trials(control)] == [TrialState.FAIL, TrialState.WAITING]
    assert keys.decode_leases(control.attributes()) == ()


def test_a_retry_that_was_announced_and_not_made_is_made_by_the_next_after_a_while(control: StudyControl) -> None:
    """Where there are no transactions; in a database the announcement and the trial come together."""
    control.set_care(Care(retries=1))
    if control.storage.__class__.__name__ == "_CachedStorage":
        pytest.skip("databases have transactions")
    control.storage.set_study_user_attr(control.study_id, f"{keys.RETRY}0", {"at": NOW, "by": "bob@box"})
    bury(control, LEASE, [0], NOW + 1)
    assert len(trials(control)) == 1
    assert still_gone(control, LEASE)
    bury(control, LEASE, [0], NOW + ANNOUNCED + 1)
    assert [t.state for t in trials(control)] == [TrialState.FAIL, TrialState.WAITING]
    assert not still_gone(control, LEASE)


def test_one_that_the_user_retried_is_not_retried_once_more(control: StudyControl) -> None:
    control.set_care(Care(retries=3))
    control.fail_orphan(0, "worker far-1 died")
    assert retry_trial(control.storage, control.study_id, 0, NOW, "ann@box") == 1
    assert retry_if_due(control, 0, NOW) is None
    assert len(trials(control)) == 2


@pytest.mark.parametrize(
    ("how", "care", "tried"),
    [
        ("error", Care(retries=1), False),
        ("error", Care(retries=1, failed=True), True),
        ("error", Care(failed=True), False),
        ("interrupted", Care(retries=1, failed=True), False),
        ("lost", Care(retries=1), True),
    ],
)
def test_what_is_retried(control: StudyControl, how: str, care: Care, tried: bool) -> None:
    control.set_care(care)
    control.fail_orphan(0, "why", how)
    assert (retry_if_due(control, 0, NOW) == 1) is tried


def test_one_that_diverged_is_not_retried_when_its_worker_dies_later(control: StudyControl) -> None:
    """Its code ran to its end: the same values would give NaN once more."""
    control.set_care(Care(retries=1, failed=True))
    trial_id = trials(control)[0]._trial_id
    end = {"how": "error", "text": "returned NaN", keys.DIVERGED: True}
    control.storage.set_trial_user_attr(trial_id, keys.TRIAL_END, end)
    control.storage.set_trial_state_values(trial_id, TrialState.FAIL)
    bury(control, LEASE, trials_of(control, LEASE), NOW)
    assert [t.state for t in trials(control)] == [TrialState.FAIL]


def test_one_that_the_kernel_killed_for_its_memory_says_so_and_is_tried_again_alone(control: StudyControl) -> None:
    control.set_care(Care(on_oom=OnOom.RETRY_ALONE))
    assert bury(control, LEASE, [0], NOW, "oom") == (0,)
    lost, again = trials(control)
    assert lost.user_attrs[keys.TRIAL_END] == {
        "how": "oom",
        "text": "out of memory: the kernel killed worker far-1",
    }
    assert again.system_attrs[keys.TRIAL_ALONE] is True


def test_a_beat_in_the_last_moment_saves_it(control: StudyControl) -> None:
    control.put_lease(replace(LEASE, beat=10.0))
    assert not still_gone(control, LEASE)


def test_what_makes_no_sense_is_no_policy() -> None:
    for value in (None, 3, {"retries": -1}, {"retries": True}, {"retries": 1e9, "failed": "yes"}):
        assert decode_care({keys.CARE: value}) == Care()


@pytest.mark.parametrize(
    ("told", "known", "declared", "retries"),
    [
        (CareWish(), Care(), None, 0),
        (CareWish(), Care(), 2, 2),
        (CareWish(5), Care(), 2, 5),
        (CareWish(), Care(5, declared=2), 2, 5),
        (CareWish(), Care(5, declared=2), 3, 3),
        (CareWish(0), Care(5), None, 0),
    ],
    ids=["nobody says", "the file", "told before the file", "kept", "the file changed", "none any more"],
)
def test_who_says_how_often(told: CareWish, known: Care, declared: int | None, retries: int) -> None:
    assert told.over(known, declared).retries == retries
