"""The runs of the final validation (G28), on every storage: the very same values, and no run twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import optuna
import pytest
from optuna.study import Study
from optuna.trial import Trial, TrialState

from hpt_tui.cli.one_study import read_study
from hpt_tui.domain.candidates import WantedRun, missing_runs
from hpt_tui.domain.snapshot import Ensemble, StudySnapshot
from hpt_tui.domain.trial import Validates
from hpt_tui.errors import OrderRefusedError
from hpt_tui.store import keys
from hpt_tui.store.address import Address
from hpt_tui.store.batching import batched
from hpt_tui.store.connect import close_storage, open_storage
from hpt_tui.store.control import StudyControl
from hpt_tui.store.tally import Room
from hpt_tui.store.validation import make_runs, members_of, write_ensemble
from hpt_tui.worker.claim import Claims
from hpt_tui.worker.station import Station

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


def suggest(trial: Trial) -> dict[str, object]:
    lr = trial.suggest_float("lr", 1e-4, 1e-1, log=True)
    optimizer = trial.suggest_categorical("optimizer", ["sgd", None, True])
    return {"lr": lr, "optimizer": optimizer}


@pytest.fixture
def study(address: Address) -> Study:
    """Four complete trials of value 0 .. 3, the last one far out of the bounds."""
    storage = open_storage(address, writable=True, create=True)
    study = optuna.create_study(study_name="s", storage=storage, direction="maximize")
    for value in range(3):
        trial = study.ask()
        suggest(trial)
        study.tell(trial, value)
    study.enqueue_trial({"lr": 7.0})
    trial = study.ask()
    suggest(trial)
    study.tell(trial, 3)
    return study


def seen(study: Study, address: Address) -> StudySnapshot:
    return read_study(address.url, study.study_name)


def make(study: Study, *runs: WantedRun) -> tuple[int, ...]:
    return make_runs(study._storage, study._study_id, runs, 1.0, "ann@box")


def test_a_run_waits_with_the_very_same_values(study: Study, address: Address) -> None:
    assert make(study, WantedRun(3, 1), WantedRun(2, 1)) == (4, 5)
    found = study.trials
    assert [t.state for t in found[4:]] == [TrialState.WAITING] * 2
    assert [(t.params, t.distributions) for t in found[4:]] == [(t.params, t.distributions) for t in found[3:1:-1]]
    assert found[4].user_attrs == {keys.TRIAL_VALIDATES: {"of": 3, "seed": 1}}
    again = study.ask()
    assert (again.number, suggest(again)) == (4, found[3].params)
    rows = seen(study, address).trials
    assert [row.validates for row in rows] == [*[None] * 4, Validates(3, 1), Validates(2, 1)]


def test_asked_again_it_goes_on_and_makes_nothing_twice(study: Study, address: Address) -> None:
    assert len(make(study, *missing_runs(seen(study, address), 2, 1))) == 2
    assert missing_runs(seen(study, address), 2, 1) == ()
    assert make(study, WantedRun(3, 1), WantedRun(2, 1)) == ()
    study.tell(study.ask(), 3.5)
    more = missing_runs(seen(study, address), 2, 2)
    assert more == (WantedRun(3, 2), WantedRun(2, 2))
    assert make(study, *more) == (6, 7)


def test_one_that_was_lost_is_run_once_more(study: Study, address: Address) -> None:
    make(study, WantedRun(3, 1))
    trial = study.ask()
    trial.set_user_attr(keys.TRIAL_END, {"how": "lost", "text": "worker w1 died"})
    study.tell(trial, state=TrialState.FAIL)
    wanted = missing_runs(seen(study, address), 1, 1)
    assert wanted == (WantedRun(3, 1, lost=4),)
    assert (make(study, *wanted), make(study, *wanted)) == ((5,), ())
    assert seen(study, address).trials[5].validates == Validates(3, 1)
    assert missing_runs(seen(study, address), 1, 1) == ()


def test_several_at_once_make_one_run_of_each(study: Study, address: Address) -> None:
    """Each over a connection of its own, as sessions on several machines."""
    wanted = [WantedRun(of, seed) for seed in (1, 2) for of in (3, 2)]

    def session(_: int) -> tuple[int, ...]:
        storage = open_storage(address, writable=True)
        try:
            return make_runs(storage, study._study_id, wanted, 1.0, "ann@box")
        finally:
            close_storage(storage)

    with ThreadPoolExecutor(4) as pool:
        made = [number for numbers in pool.map(session, range(4)) for number in numbers]
    waiting = [t for t in study.trials if t.state is TrialState.WAITING]
    assert sorted(made) == sorted(t.number for t in waiting)
    told = [keys.decode_validates(t.user_attrs[keys.TRIAL_VALIDATES]) for t in waiting]
    assert len(told) == len(set(told)) == 4


def test_the_runs_are_taken_first_and_beyond_the_budget(study: Study, address: Address) -> None:
    """And no search goes on after them."""
    study.enqueue_trial({"lr": 1e-2})
    make(study, WantedRun(3, 1))
    control = StudyControl(study._storage, study._study_id, "ann@box")
    control.set_budget(4)
    storage = batched(open_storage(address, writable=True))
    claims = Claims(optuna.load_study(study_name="s", storage=storage), "w1", Station("w1").patiently, _unlocked)
    taken = claims.take()
    assert not isinstance(taken, Room)
    assert storage.get_trial(taken).number == 5
    storage.set_trial_state_values(taken, TrialState.COMPLETE, [1.0])
    assert claims.take() is Room.USED_UP
    control.set_budget(5)
    assert not isinstance(claims.take(), Room)
    assert claims.take() is not Room.FREE


def test_a_worker_that_only_validates_takes_nothing_else(study: Study, address: Address) -> None:
    study.enqueue_trial({"lr": 1e-2})
    storage = batched(open_storage(address, writable=True))
    loaded = optuna.load_study(study_name="s", storage=storage)
    claims = Claims(loaded, "w1", Station("w1").patiently, _unlocked, validating=True)
    assert claims.take() is Room.USED_UP
    make(study, WantedRun(3, 1))
    assert not isinstance(claims.take(), Room)
    assert claims.take() is Room.USED_UP


def test_nothing_is_taken_while_the_study_is_paused(study: Study, address: Address) -> None:
    make(study, WantedRun(3, 1))
    StudyControl(study._storage, study._study_id, "ann@box").pause(True, 1.0)
    storage = batched(open_storage(address, writable=True))
    loaded = optuna.load_study(study_name="s", storage=storage)
    assert isinstance(Claims(loaded, "w1", Station("w1").patiently, _unlocked).take(), Room)


def test_what_is_not_there_is_refused(study: Study) -> None:
    with pytest.raises(OrderRefusedError, match="trial #9: does not exist"):
        make(study, WantedRun(9, 1))


def _unlocked() -> AbstractContextManager[None]:
    from contextlib import nullcontext

    return nullcontext()


def test_what_an_ensemble_is_made_of_and_what_it_scored(study: Study, address: Address) -> None:
    """A run that was lost has its checkpoints where its first try had them."""
    make(study, WantedRun(3, 1), WantedRun(3, 2))
    lost = study.ask()
    lost.set_user_attr(keys.TRIAL_END, {"how": "lost", "text": "worker w1 died"})
    study.tell(lost, state=TrialState.FAIL)
    make(study, *missing_runs(seen(study, address), 1, 2))
    for _ in range(2):
        study.tell(study.ask(), 0.5)
    members = members_of(study._storage, study._study_id, "s", (5, 6))
    assert [(m.number, m.first_try, m.seed, m.value) for m in members] == [(5, 5, 2, 0.5), (6, 4, 1, 0.5)]
    assert members[0].params == study.trials[3].params
    write_ensemble(study._storage, study._study_id, Ensemble((5, 6), 0.75), 1.0)
    assert seen(study, address).ensemble == Ensemble((5, 6), 0.75)
