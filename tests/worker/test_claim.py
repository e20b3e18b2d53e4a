"""The last place of a budget (L9) where a storage knows no transactions: one of several gets it, the others yield
before their objectives run, and nothing that somebody enqueued is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace

import optuna
import pytest
from optuna.exceptions import StorageInternalError
from optuna.storages import InMemoryStorage
from optuna.trial import FrozenTrial, TrialState

from hpt_tui.domain.worker import Lease, WorkerState
from hpt_tui.store import keys
from hpt_tui.store.control import StudyControl
from hpt_tui.store.tally import Room
from hpt_tui.worker import patience
from hpt_tui.worker.claim import Claims
from hpt_tui.worker.station import Station
from tests.worker.bench import end_of

LEASE = Lease("w1", "elsewhere", "boot", 1, 0.0, 0, "cpu", WorkerState.TRAINING, 0.0)
Act = Callable[[], object]


class Interleaved(InMemoryStorage):
    """Lets something happen right before or after a trial is made, or taken: as another machine might."""

    def __init__(self) -> None:
        super().__init__()
        self.first: list[Act] = []
        self.then: list[Act] = []

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        _happen(self.first)
        made: int = super().create_new_trial(study_id, template_trial)
        _happen(self.then)
        return made

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        done: bool = super().set_trial_state_values(trial_id, state, values)
        if state is TrialState.RUNNING:
            _happen(self.then)
        return done


def _happen(acts: list[Act]) -> None:
    if acts:
        acts.pop(0)()


class Machines:
    """A study with room for one trial, and a worker on each of two machines that share no lock."""

    def __init__(self) -> None:
        self.storage = Interleaved()
        self.study = optuna.create_study(study_name="s", storage=self.storage)
        self.control = StudyControl(self.storage, self.study._study_id, "ann@lab")
        self.control.set_budget(1)
        for worker in ("w1", "w2"):
            self.control.put_lease(replace(LEASE, worker=worker))
        self.first, self.second = (self.claims(worker) for worker in ("w1", "w2"))

    def claims(self, worker: str) -> Claims:
        return Claims(self.study, worker, Station(worker).patiently, nullcontext)

    def states(self) -> list[TrialState]:
        return [t.state for t in self.study.trials]


@pytest.fixture
def machines(monkeypatch: pytest.MonkeyPatch) -> Machines:
    monkeypatch.setattr(patience, "FIRST_PAUSE", 0.001)
    return Machines()


def test_of_two_new_trials_the_later_one_yields(machines: Machines) -> None:
    taken: list[int | Room] = []
    machines.storage.first = [lambda: taken.append(machines.second.take())]
    assert (machines.first.take(), taken) == (Room.TAKEN, [0])
    assert machines.states() == [TrialState.RUNNING, TrialState.FAIL]
    assert end_of(machines.study.trials[1]) == (
        "interrupted",
        "gave its place back before it began: another machine took the last one at the same time",
    )


def test_who_comes_later_finds_the_place_taken_and_makes_nothing(machines: Machines) -> None:
    assert (machines.first.take(), machines.second.take()) == (0, Room.TAKEN)
    machines.storage.set_trial_state_values(0, TrialState.COMPLETE, [1.0])
    assert machines.second.take() is Room.USED_UP
    assert machines.states() == [TrialState.COMPLETE]


def test_an_enqueued_trial_that_is_one_too_many_waits_on(machines: Machines) -> None:
    """Its configuration is somebody's wish."""
    machines.study.enqueue_trial({"x": 0.5})

    def meanwhile() -> None:
        signed = optuna.trial.create_trial(state=TrialState.RUNNING, user_attrs={keys.TRIAL_WORKER: "w2"})
        machines.storage.create_new_trial(machines.study._study_id, signed)

    machines.storage.then = [meanwhile]
    assert machines.first.take() is Room.TAKEN
    assert machines.states() == [TrialState.WAITING, TrialState.RUNNING]
    assert machines.study.trials[0].user_attrs[keys.TRIAL_WORKER] is None
    machines.control.set_budget(2)
    assert machines.claims("w3").take() == 0


def test_a_pause_that_comes_between_takes_no_trial_back(machines: Machines) -> None:
    machines.storage.then = [lambda: machines.control.pause(True, 1.0)]
    assert machines.first.take() == 0


@pytest.mark.parametrize("enqueued", [False, True], ids=["new", "enqueued"])
@pytest.mark.parametrize("lost", ["create_new_trial", "set_trial_user_attr", "get_all_trials"])
def test_a_trial_is_taken_once_though_an_answer_is_lost(
    machines: Machines, lost: str, enqueued: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if enqueued:
        machines.study.enqueue_trial({"x": 0.5})
    call, failures = getattr(machines.storage, lost), [1]

    def lose_the_answer(*arguments: object, **named: object) -> object:
        answer = call(*arguments, **named)
        if failures:
            failures.pop()
            raise StorageInternalError("connection lost")
        return answer

    monkeypatch.setattr(machines.storage, lost, lose_the_answer)
    assert machines.first.take() == 0
    monkeypatch.undo()
    assert machines.states() == [TrialState.RUNNING]
    assert machines.study.trials[0].user_attrs[keys.TRIAL_WORKER] == "w1"
