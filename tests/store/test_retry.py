"""Another try for a failed trial (issue 4, items 3 and 6), on every storage: as Optuna makes it, never twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import optuna
import pytest
from optuna.storages import RetryHeartbeatStaleTrialCallback
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from hpt_tui.errors import OrderRefusedError
from hpt_tui.store import keys
from hpt_tui.store.address import Address
from hpt_tui.store.connect import close_storage, open_storage
from hpt_tui.store.retry import retry_trial, tries_before


@pytest.fixture
def study(address: Address) -> Study:
    """Trial #0 failed after two reports, #1 is complete."""
    storage = open_storage(address, writable=True, create=True)
    study = optuna.create_study(study_name="s", storage=storage)
    for ended in (TrialState.FAIL, TrialState.COMPLETE):
        trial = study.ask()
        trial.suggest_float("lr", 1e-4, 1e-1, log=True)
        trial.suggest_categorical("optimizer", ["sgd", None, True])
        trial.report(0.5, 0)
        trial.report(0.4, 1)
        trial.set_user_attr("checkpoint", "/x/0.pt")
        trial.set_user_attr(keys.TRIAL_WORKER, "w1")
        trial.set_user_attr(keys.TRIAL_END, {"how": "lost", "text": "worker w1 died"})
        trial.storage.set_trial_system_attr(trial._trial_id, "completed_rung_0", 0.5)
        study.tell(trial, 0.4 if ended is TrialState.COMPLETE else None, state=ended)
    return study


def retry(study: Study, number: int, *, keep_curve: bool = False) -> int | None:
    return retry_trial(study._storage, study._study_id, number, 1.0, "ann@box", keep_curve=keep_curve)


def fail(study: Study, number: int) -> FrozenTrial:
    """Let a worker take the trial, and fail."""
    trial = study.ask()
    assert trial.number == number
    study.tell(trial, state=TrialState.FAIL)
    return study.trials[number]


def test_the_new_trial_waits_with_the_same_parameters(study: Study) -> None:
    assert retry(study, 0) == 2
    failed, _, again = study.trials
    assert again.state is TrialState.WAITING
    assert (again.params, again.distributions) == (failed.params, failed.distributions)
    assert again.user_attrs == {"checkpoint": "/x/0.pt"}
    assert again.system_attrs == {"failed_trial": 0, "retry_history": [0]}
    assert again.intermediate_values == {}


def test_a_curve_is_kept_for_an_objective_that_goes_on_from_a_checkpoint(study: Study) -> None:
    assert retry(study, 0, keep_curve=True) == 2
    again = study.trials[2]
    assert again.intermediate_values == {0: 0.5, 1: 0.4}
    assert again.system_attrs["completed_rung_0"] == 0.5


def test_optuna_knows_the_first_try_of_a_row_and_so_do_we(study: Study) -> None:
    """Checkpoints go by it; the attributes are those of Optuna's own callback."""
    retry(study, 0)
    second = fail(study, 2)
    assert retry(study, 2) == 3
    third = fail(study, 3)
    assert tries_before(study.trials[0]) == ()
    assert [tries_before(t) for t in (second, third)] == [(0,), (0, 2)]
    assert RetryHeartbeatStaleTrialCallback.retried_trial_number(third) == 0
    assert RetryHeartbeatStaleTrialCallback.retry_history(third) == [0, 2]
    assert retry(study, 3) == 4
    RetryHeartbeatStaleTrialCallback()(study, third)
    ours, theirs = study.trials[4:]
    assert (ours.params, ours.system_attrs, ours.state) == (theirs.params, theirs.system_attrs, theirs.state)


def test_a_worker_that_takes_it_trains_the_very_same_values(study: Study) -> None:
    retry(study, 0)
    trial = study.ask()
    values = {
        "lr": trial.suggest_float("lr", 1e-4, 1e-1, log=True),
        "optimizer": trial.suggest_categorical("optimizer", ["sgd", None, True]),
    }
    assert values == study.trials[0].params


def test_values_out_of_bounds_are_tried_again_too(study: Study) -> None:
    """An enqueued configuration may be: Optuna warns, and trains it."""
    study.enqueue_trial({"lr": 7.0})
    trial = study.ask()
    trial.suggest_float("lr", 1e-4, 1e-1, log=True)
    study.tell(trial, state=TrialState.FAIL)
    assert retry(study, 2) == 3
    assert study.ask().suggest_float("lr", 1e-4, 1e-1, log=True) == 7.0


def test_it_is_retried_once(study: Study) -> None:
    assert retry(study, 0) == 2
    assert retry(study, 0) is None
    fail(study, 2)
    assert retry(study, 0) is None
    assert len(study.trials) == 3


def test_what_optunas_heartbeat_has_retried_is_not_retried_again(study: Study) -> None:
    RetryHeartbeatStaleTrialCallback()(study, study.trials[0])
    assert retry(study, 0) is None
    assert len(study.trials) == 3


@pytest.mark.parametrize(
    ("number", "why"), [(1, "trial #1: is complete, not failed"), (9, "trial #9: does not exist")]
)
def test_what_did_not_fail_is_refused(study: Study, number: int, why: str) -> None:
    before = len(study.trials)
    with pytest.raises(OrderRefusedError, match=why):
        retry(study, number)
    assert len(study.trials) == before
    assert study.user_attrs == {}


def test_many_sessions_at_once_make_one_try(study: Study, address: Address) -> None:
    """Each over a connection of its own, as sessions on several machines."""

    def session(_: int) -> int | None:
        storage = open_storage(address, writable=True)
        try:
            return retry_trial(storage, study._study_id, 0, 1.0, "ann@box")
        finally:
            close_storage(storage)

    with ThreadPoolExecutor(6) as pool:
        made = [number for number in pool.map(session, range(6)) if number is not None]
    assert len(made) == 1
    assert [t.number for t in study.trials if t.state is TrialState.WAITING] == made
