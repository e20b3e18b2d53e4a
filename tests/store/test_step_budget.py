"""The budget of steps (`--max-steps`): one report is one step, whatever becomes of its trial."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState

from hpt_tui.domain.forking import Fork
from hpt_tui.domain.space import Choices
from hpt_tui.domain.step_budget import StepBudget
from hpt_tui.store import keys
from hpt_tui.store.batching import batched
from hpt_tui.store.connect import open_storage
from hpt_tui.store.reader import open_reader
from hpt_tui.store.retry import retry_trial
from hpt_tui.store.tally import Room
from tests.storages import fresh_storage
from tests.store.test_tally import DEAD_HERE, Counted


class Stepped(Counted):
    """A study of which every trial reports."""

    def run(self, steps: range, *, worker: str = "w1") -> int:
        trial = self.begin(worker)
        for step in steps:
            self.storage.set_trial_intermediate_value(trial, step, 1.0)
        return trial

    def within_steps(self, steps: int, trial: int | None = None) -> Room:
        self.control.set_max_steps(StepBudget(steps, trial))
        return self.room()


@pytest.fixture(params=("sqlite", "postgres", "mysql", "journal", "redis", "grpc"))
def stepped(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stepped]:
    with fresh_storage(request.param, tmp_path) as address:
        yield Stepped(batched(open_storage(address, writable=True, create=True)))


def test_each_report_counts_once_whatever_becomes_of_its_trial(stepped: Stepped) -> None:
    states = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL, TrialState.RUNNING)
    trials = [stepped.run(range(n), worker="nobody's") for n in (4, 3, 2, 1)]
    assert stepped.within_steps(10) is Room.USED_UP
    for trial, state in zip(trials, states, strict=True):
        if state.is_finished():
            stepped.end(trial, state, "interrupted" if state is TrialState.FAIL else "")
        assert (stepped.within_steps(10), stepped.within_steps(11)) == (Room.USED_UP, Room.FREE)
    stepped.storage.set_trial_intermediate_value(trials[3], 1, 1.0)
    assert (stepped.within_steps(11), stepped.within_steps(12)) == (Room.USED_UP, Room.FREE)
    stepped.end(trials[3], TrialState.PRUNED)
    assert (stepped.within_steps(11), stepped.within_steps(12)) == (Room.USED_UP, Room.FREE)


def test_gaps_between_the_reported_steps_count_nothing(stepped: Stepped) -> None:
    stepped.end(stepped.run(range(0, 500, 100)), TrialState.COMPLETE)
    assert (stepped.within_steps(5), stepped.within_steps(6)) == (Room.USED_UP, Room.FREE)


def test_a_running_trial_holds_what_it_has_to_go(stepped: Stepped) -> None:
    """However many run at once, the steps come out over the budget by less than one trial's."""
    stepped.end(stepped.run(range(10)), TrialState.COMPLETE)
    running = stepped.run(range(2))
    # 12 are run, 8 are to come.
    assert (stepped.within_steps(20), stepped.within_steps(21)) == (Room.TAKEN, Room.FREE)
    stepped.end(running, TrialState.PRUNED)
    assert stepped.within_steps(20) is Room.FREE


def test_before_any_is_complete_a_trial_is_taken_to_be_as_long_as_the_file_says(stepped: Stepped) -> None:
    stepped.run(range(2))
    assert (stepped.within_steps(9, trial=9), stepped.within_steps(10, trial=9)) == (Room.TAKEN, Room.FREE)
    assert stepped.within_steps(3) is Room.FREE


def test_a_trial_of_a_dead_worker_holds_no_steps(stepped: Stepped) -> None:
    stepped.control.put_lease(DEAD_HERE)
    stepped.run(range(2), worker=DEAD_HERE.worker)
    assert stepped.within_steps(9, trial=9) is Room.FREE


def test_a_retry_counts_its_new_steps_only(stepped: Stepped) -> None:
    stepped.end(stepped.run(range(6)), TrialState.FAIL, "lost")
    assert retry_trial(stepped.storage, stepped.study, 0, 1.0, "ann", keep_curve=True) == 1
    assert (stepped.within_steps(6), stepped.within_steps(7)) == (Room.USED_UP, Room.FREE)
    again = stepped.storage.get_all_trials(stepped.study, deepcopy=False)[1]
    stepped.storage.set_trial_state_values(again._trial_id, TrialState.RUNNING)
    for step in range(9):
        stepped.storage.set_trial_intermediate_value(again._trial_id, step, 1.0)
    stepped.end(again._trial_id, TrialState.COMPLETE)
    assert (stepped.within_steps(9), stepped.within_steps(10)) == (Room.USED_UP, Room.FREE)
    assert stepped.counter()() is Room.FREE


def test_both_budgets_hold(stepped: Stepped) -> None:
    stepped.end(stepped.run(range(3)), TrialState.COMPLETE)
    stepped.control.set_budget(1)
    assert stepped.within_steps(100) is Room.USED_UP
    stepped.control.set_budget(9)
    assert (stepped.within_steps(100), stepped.within_steps(3)) == (Room.FREE, Room.USED_UP)
    stepped.control.set_max_steps(None)
    assert stepped.room() is Room.FREE


def test_the_snapshot_counts_as_the_workers_do(tmp_path: Path) -> None:
    with fresh_storage("sqlite", tmp_path) as address:
        stepped = Stepped(batched(open_storage(address, writable=True, create=True)))
        stepped.end(stepped.run(range(6)), TrialState.FAIL, "lost")
        retry_trial(stepped.storage, stepped.study, 0, 1.0, "ann", keep_curve=True)
        stepped.control.set_max_steps(StepBudget(7, 3))
        reader = open_reader(address, "s")
        seen = reader.poll()
        reader.close()
        assert (seen.steps_run, seen.kept_steps, seen.step_budget) == (6, 6, StepBudget(7, 3))


def test_a_fork_goes_on_with_what_is_left(tmp_path: Path) -> None:
    from hpt_tui.store.fork import make_fork

    with fresh_storage("sqlite", tmp_path) as address:
        stepped = Stepped(batched(open_storage(address, writable=True, create=True)))
        stepped.end(stepped.run(range(6)), TrialState.FAIL, "lost")
        retry_trial(stepped.storage, stepped.study, 0, 1.0, "ann", keep_curve=True)
        stepped.control.set_max_steps(StepBudget(7))
        make_fork(address, Fork("s", "s2", {}, {"x": Choices(("a", "b"))}))
        reader = open_reader(address, "s2")
        seen = reader.poll()
        reader.close()
        assert (seen.steps_run, seen.step_budget) == (6, StepBudget(7))


@pytest.mark.parametrize("document", [5, "x", {}, {"steps": 0}, {"steps": "9"}, {"steps": -1}, None])
def test_what_does_not_parse_is_no_budget(document: object, tmp_path: Path) -> None:
    with fresh_storage("sqlite", tmp_path) as address:
        counted = Counted(batched(open_storage(address, writable=True, create=True)))
        counted.storage.set_study_user_attr(counted.study, "hpt:max-steps", document)
        counted.end(counted.begin(), TrialState.COMPLETE)
        assert counted.room() is Room.FREE


def test_the_final_validation_uses_up_no_steps(tmp_path: Path) -> None:
    with fresh_storage("sqlite", tmp_path) as address:
        for storage in (batched(open_storage(address, writable=True, create=True)), InMemoryStorage()):
            stepped = Stepped(storage)
            trial = stepped.run(range(9))
            storage.set_trial_user_attr(trial, keys.TRIAL_VALIDATES, {"of": 0, "seed": 1})
            stepped.end(trial, TrialState.COMPLETE)
            stepped.end(stepped.run(range(3)), TrialState.COMPLETE)
            assert (stepped.within_steps(3), stepped.within_steps(4)) == (Room.USED_UP, Room.FREE)
