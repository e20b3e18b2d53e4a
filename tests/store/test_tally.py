"""The exact budget (L9): which trials use it up, and that nobody gets a place that somebody else has."""

from __future__ import annotations

import socket
from collections.abc import Callable, Container, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from optuna.storages import BaseStorage, InMemoryStorage
from optuna.study import Study, StudyDirection, load_study
from optuna.trial import FrozenTrial, TrialState, create_trial

from hpt_tui.domain.manual.loop import ManualLoop
from hpt_tui.domain.worker import Lease, WorkerState
from hpt_tui.store import keys
from hpt_tui.store.batched import BatchedStorage
from hpt_tui.store.batching import batched
from hpt_tui.store.connect import open_storage
from hpt_tui.store.control import StudyControl
from hpt_tui.store.liveness import boot_id
from hpt_tui.store.tally import DatabaseTally, NoRoomError, Room, StorageTally
from hpt_tui.worker.claim import Claims
from hpt_tui.worker.patience import Patience
from tests.storages import fresh_storage

ELSEWHERE = Lease("w1", "elsewhere", "boot", 1, 0.0, 0, "cpu", WorkerState.TRAINING, 0.0)
DEAD_HERE = replace(ELSEWHERE, worker="w0", host=socket.gethostname(), boot=boot_id())
NAMESAKE = replace(DEAD_HERE, boot="another")


class Counted:
    """A study, and the two ways to count its trials."""

    def __init__(self, storage: BaseStorage) -> None:
        self.storage = storage
        self.study = storage.create_new_study([StudyDirection.MINIMIZE], "s")
        self.control = StudyControl(storage, self.study, "ann@lab")
        self.control.put_lease(ELSEWHERE)
        self.room = self.counter()

    def counter(self) -> Callable[[], Room]:
        if isinstance(self.storage, BatchedStorage):
            storage, tally = self.storage, DatabaseTally(self.study)
            return lambda: storage.room(tally)
        return StorageTally(self.storage, self.study).room

    def open(self) -> Study:
        return load_study(study_name="s", storage=self.storage)

    def begin(self, worker: str | None = ELSEWHERE.worker) -> int:
        told = {} if worker is None else {keys.TRIAL_WORKER: worker}
        return self.storage.create_new_trial(self.study, create_trial(state=TrialState.RUNNING, user_attrs=told))

    def end(self, trial: int, state: TrialState, how: str = "") -> None:
        if how:
            self.storage.set_trial_user_attr(trial, keys.TRIAL_END, {"how": how, "text": "x"})
        self.storage.set_trial_state_values(trial, state, [1.0] if state is TrialState.COMPLETE else None)

    def within(self, budget: int) -> Room:
        self.control.set_budget(budget)
        return self.room()


@pytest.fixture(params=("sqlite", "postgres", "mysql", "journal", "redis", "grpc"))
def counted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Counted]:
    with fresh_storage(request.param, tmp_path) as address:
        yield Counted(batched(open_storage(address, writable=True, create=True)))


def test_each_trial_is_counted_once_in_whatever_order_they_end(counted: Counted) -> None:
    trials = [counted.begin() for _ in range(4)]
    assert (counted.within(4), counted.within(5)) == (Room.TAKEN, Room.FREE)
    for trial, state in zip(trials[::-1], (TrialState.PRUNED, TrialState.FAIL, TrialState.COMPLETE), strict=False):
        counted.end(trial, state)
        assert counted.within(4) is Room.TAKEN
    assert (counted.within(3), counted.within(5)) == (Room.USED_UP, Room.FREE)
    counted.end(trials[0], TrialState.FAIL, "lost")
    assert counted.within(4) is Room.FREE
    assert counted.counter()() is Room.FREE


@pytest.mark.parametrize("how", ["interrupted", "lost"])
def test_what_was_cut_short_uses_up_nothing(counted: Counted, how: str) -> None:
    counted.end(counted.begin(), TrialState.FAIL, how)
    counted.end(counted.begin(), TrialState.FAIL, "error")
    assert (counted.within(1), counted.within(2)) == (Room.USED_UP, Room.FREE)


def test_a_running_trial_holds_a_place_while_its_worker_may_live(counted: Counted) -> None:
    """Elsewhere a silent worker may only be slow: its place is free when somebody has failed its trial."""
    counted.begin()
    assert counted.within(1) is Room.TAKEN
    counted.control.drop_lease(ELSEWHERE.worker)
    assert counted.within(1) is Room.FREE


def test_the_running_trials_of_the_dead_and_of_other_programs_hold_none(counted: Counted) -> None:
    counted.control.put_lease(DEAD_HERE)
    counted.begin(DEAD_HERE.worker)
    counted.begin("nobody's")
    counted.begin(None)
    assert counted.within(1) is Room.FREE


def test_one_of_a_machine_or_container_of_the_same_name_holds_a_place(counted: Counted) -> None:
    """Its process is not to be seen from here, and may live all the same."""
    counted.control.put_lease(NAMESAKE)
    counted.begin(NAMESAKE.worker)
    assert counted.within(1) is Room.TAKEN


def test_an_enqueued_trial_holds_none_until_it_is_taken(counted: Counted) -> None:
    waiting = counted.storage.create_new_trial(counted.study, create_trial(state=TrialState.WAITING))
    assert counted.within(1) is Room.FREE
    counted.storage.set_trial_state_values(waiting, TrialState.RUNNING)
    counted.storage.set_trial_user_attr(waiting, keys.TRIAL_WORKER, ELSEWHERE.worker)
    assert counted.within(1) is Room.TAKEN


def test_the_smaller_of_the_budget_and_a_stop_counts(counted: Counted) -> None:
    counted.end(counted.begin(), TrialState.COMPLETE)
    counted.control.stop(False, 1.0, limit=1)
    assert (counted.room(), counted.within(5)) == (Room.USED_UP, Room.USED_UP)
    counted.control.stop(False, 2.0, limit=9)
    assert (counted.within(1), counted.within(2)) == (Room.USED_UP, Room.FREE)
    counted.control.stop(False, 3.0)
    counted.control.set_budget(None)
    assert counted.room() is Room.FREE


@pytest.mark.parametrize(
    "order",
    [
        lambda control: control.pause(True, 1.0),
        lambda control: control.stop(True, 1.0),
        lambda control: control.stop(False, 1.0, deadline=2.0),
    ],
    ids=["paused", "stopping", "past the hour"],
)
def test_nothing_is_taken_while_the_study_is_held_up(
    counted: Counted, order: Callable[[StudyControl], None]
) -> None:
    order(counted.control)
    assert counted.within(9) is Room.TAKEN


def test_a_garbled_end_counts_as_one(counted: Counted) -> None:
    """Other tools may write there too."""
    trial = counted.begin()
    counted.storage.set_trial_user_attr(trial, keys.TRIAL_END, ["lost"])
    counted.end(trial, TrialState.FAIL)
    assert counted.within(1) is Room.USED_UP


def test_no_trial_is_made_or_taken_without_room(counted: Counted) -> None:
    storage = counted.storage
    if not isinstance(storage, BatchedStorage):
        pytest.skip("only a database asks and takes in one transaction")
    waiting = storage.create_new_trial(counted.study, create_trial(state=TrialState.WAITING))
    counted.begin()
    counted.control.set_budget(1)
    for take in (storage.begin_trial, storage.take_waiting):
        with pytest.raises(NoRoomError) as refused:
            take(counted.study, {keys.TRIAL_WORKER: "w1"}, DatabaseTally(counted.study))
        assert refused.value.room is Room.TAKEN
    assert storage.get_n_trials(counted.study) == 2
    assert storage.get_trial(waiting).state is TrialState.WAITING


def test_a_worker_that_ends_its_last_trial_while_another_counts_is_not_missed() -> None:
    """Its trial and its lease are read one after the other: one of the two must be there."""

    class Leaving(InMemoryStorage):
        def get_all_trials(
            self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
        ) -> list[FrozenTrial]:
            trials = super().get_all_trials(study_id, states=states)
            self.set_trial_state_values(trials[0]._trial_id, TrialState.COMPLETE, [1.0])
            one.control.drop_lease(ELSEWHERE.worker)
            return trials

    one = Counted(Leaving())
    one.begin()
    assert one.within(1) is not Room.FREE


def test_g10_of_a_search_by_hand_no_budget_and_no_new_trial(counted: Counted) -> None:
    """Only what was enqueued may run, and that also where the budget is used up."""
    counted.end(counted.begin(), TrialState.COMPLETE)
    assert counted.within(1) is Room.USED_UP
    loop = ManualLoop("lr", 0.1, {"kind": "b"}, at=1.0)
    counted.control.search_by_hand(loop)
    assert counted.room() is Room.FREE
    claims = Claims(counted.open(), "w1", Patience(lambda: False, lambda seconds: None), nullcontext)
    assert claims.take() is Room.TAKEN
    assert claims.take() is Room.TAKEN
    counted.control.enqueue_run({"lr": 0.1, "kind": "b"}, loop, 1, 0.1)
    told = keys.decode_control(counted.control.attributes()).manual
    assert told == replace(loop, runs={1: 0.1})
    taken = claims.take()
    assert not isinstance(taken, Room)
    trial = counted.storage.get_trial(taken)
    assert trial.user_attrs[keys.TRIAL_MANUAL] == {"step": 1, "by": "ann@lab"}
    assert trial.system_attrs["fixed_params"] == {"lr": 0.1, "kind": "b"}
    assert claims.take() is Room.TAKEN
    counted.end(taken, TrialState.COMPLETE)
    counted.control.stop(False, 2.0, limit=2)
    assert counted.room() is Room.USED_UP, "a stop holds by hand, too"
    counted.control.stop(False, 3.0)
    counted.control.search_by_hand(replace(loop, on=False))
    assert counted.within(3) is Room.FREE
    assert len(counted.storage.get_all_trials(counted.study)) == 2
    assert not isinstance(claims.take(), Room)
