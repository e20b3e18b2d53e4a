"""Exactly as many finished trials as were asked for."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace

import pytest
from optuna.storages import BaseStorage, InMemoryStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from hpt_tui.domain.worker import Lease, WorkerState
from hpt_tui.store import keys
from hpt_tui.store.control import StudyControl
from hpt_tui.worker.budget import Room, Tally
from tests.worker.bench import STUDIES, Bench, end_of, now


def test_three_workers_finish_exactly_the_budget(any_bench: Bench) -> None:
    study_file = STUDIES / "plain_quadratic.py"
    any_bench.create(study_file, budget=25)
    workers = [any_bench.start(study_file, slot=slot) for slot in range(3)]
    assert [any_bench.ended(worker) for worker in workers] == [0, 0, 0]
    assert len(any_bench.trials()) == 25
    assert all(t.state in (TrialState.COMPLETE, TrialState.PRUNED) for t in any_bench.trials())
    assert all(t.user_attrs[keys.TRIAL_WORKER] for t in any_bench.trials())


def test_a_larger_budget_goes_on_from_there(file_bench: Bench) -> None:
    study_file = STUDIES / "plain_quadratic.py"
    file_bench.create(study_file, budget=4)
    assert file_bench.ended(file_bench.start(study_file)) == 0
    file_bench.create(study_file, budget=9)
    workers = [file_bench.start(study_file, slot=slot) for slot in range(2)]
    assert [file_bench.ended(worker) for worker in workers] == [0, 0]
    assert len(file_bench.trials()) == 9


def test_pruned_trials_count(bench: Bench) -> None:
    bench.create(STUDIES / "pruned.py", budget=6)
    assert bench.ended(bench.start(STUDIES / "pruned.py")) == 0
    assert [t.state for t in bench.trials()] == [TrialState.PRUNED] * 6
    assert end_of(bench.trials()[0]) == ("", "")


def test_an_interrupted_trial_makes_room_for_a_waiting_worker(bench: Bench) -> None:
    study_file = STUDIES / "patient.py"
    bench.create(study_file, budget=1)
    first = bench.start(study_file)
    bench.running()
    second = bench.start(study_file, slot=1)
    bench.lease(lambda lease: lease.slot == 1 and lease.state is WorkerState.WAITING)
    first.terminate()
    bench.ended(first)
    taken = bench.running()
    assert taken.number == 1
    bench.control.prune(taken.number, now())
    assert bench.ended(second) == 0
    assert [t.state for t in bench.trials()] == [TrialState.FAIL, TrialState.PRUNED]


def test_the_running_trial_of_a_dead_worker_takes_no_room(bench: Bench) -> None:
    bench.create(STUDIES / "patient.py", budget=1)
    dead = bench.start(STUDIES / "patient.py")
    bench.running()
    dead.kill()
    dead.wait()
    assert bench.ended(bench.start(STUDIES / "plain_quadratic.py")) == 0
    assert [t.state for t in bench.trials()] == [TrialState.RUNNING, TrialState.COMPLETE]


LEASE = Lease("w1", "elsewhere", "boot", 1, 0.0, 0, "cpu", WorkerState.TRAINING, 0.0)


@pytest.fixture
def counted() -> Iterator[tuple[InMemoryStorage, int]]:
    storage = InMemoryStorage()
    yield storage, storage.create_new_study([StudyDirection.MINIMIZE], "s")


def control_of(storage: BaseStorage, study: int) -> StudyControl:
    return StudyControl(storage, study, "ann@lab")


def begun(storage: BaseStorage, study: int) -> int:
    trial = storage.create_new_trial(study)
    storage.set_trial_user_attr(trial, keys.TRIAL_WORKER, LEASE.worker)
    return trial


def test_each_trial_is_counted_once_in_whatever_order_they_end(counted: tuple[InMemoryStorage, int]) -> None:
    storage, study = counted
    tally = Tally(storage, study)
    control_of(storage, study).put_lease(replace(LEASE, beat=now()))
    trials = [begun(storage, study) for _ in range(4)]
    assert (tally.room(4), tally.room(5)) == (Room.TAKEN, Room.FREE)
    for trial, state in zip(trials[::-1], (TrialState.PRUNED, TrialState.FAIL, TrialState.COMPLETE), strict=False):
        storage.set_trial_state_values(trial, state, [1.0])
        assert tally.room(4) is Room.TAKEN
    assert (tally.room(3), tally.room(5)) == (Room.USED_UP, Room.FREE)
    storage.set_trial_user_attr(trials[0], keys.TRIAL_END, {"how": "lost", "text": "x"})
    storage.set_trial_state_values(trials[0], TrialState.FAIL)
    assert tally.room(4) is Room.FREE
    assert Tally(storage, study).room(4) is Room.FREE


def test_a_worker_that_ends_its_last_trial_while_another_counts_is_not_missed() -> None:
    """Its trial and its lease are read one after the other: one of the two must be there."""

    class Leaving(InMemoryStorage):
        def get_all_trials(
            self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
        ) -> list[FrozenTrial]:
            trials = super().get_all_trials(study_id, states=states)
            self.set_trial_state_values(trials[0]._trial_id, TrialState.COMPLETE, [1.0])
            control_of(self, study_id).drop_lease(LEASE.worker)
            return trials

    storage = Leaving()
    study = storage.create_new_study([StudyDirection.MINIMIZE], "s")
    control_of(storage, study).put_lease(replace(LEASE, beat=now()))
    begun(storage, study)
    assert Tally(storage, study).room(1) is not Room.FREE
