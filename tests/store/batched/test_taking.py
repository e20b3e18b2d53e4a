"""How a worker gets its trials from a database: each once, and signed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import optuna
from optuna.storages import BaseStorage, RDBStorage

from tests.store.batched.shared import Opener, new_study, on_sqlite, only


def test_trials_made_at_once_have_numbers_of_their_own(opened: Opener, plain: RDBStorage) -> None:
    storages = [opened() for _ in range(4)]
    study = new_study(storages[0])

    def make(storage: BaseStorage) -> None:
        for _ in range(5):
            storage.create_new_trial(study)

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(make, [*storages, plain]))
    assert [t.number for t in plain.get_all_trials(study)] == list(range(25))


@on_sqlite
def test_an_enqueued_trial_becomes_ours_with_all_it_has(opened: Opener, plain: RDBStorage) -> None:
    storage = opened()
    new_study(storage)
    study = optuna.load_study(study_name="s", storage=storage)
    study.enqueue_trial({"x": 0.5}, user_attrs={"why": "baseline"})
    trial = study.ask()
    assert trial.suggest_float("x", 0, 1) == 0.5
    study.tell(trial, 1.0)
    assert only(plain).user_attrs == {"why": "baseline"}
    assert (only(plain).params, only(plain).number) == ({"x": 0.5}, 0)


def test_an_enqueued_trial_is_taken_once_and_signed_in_the_same_moment(opened: Opener, plain: RDBStorage) -> None:
    """Or a kill -9 between the two would leave it RUNNING for ever, and nobody's."""
    storages = [opened() for _ in range(3)]
    study = new_study(plain)
    for number in range(12):
        optuna.load_study(study_name="s", storage=plain).enqueue_trial({"x": number})

    def take(worker: int) -> list[int]:
        storage, taken = storages[worker], []
        while (trial := storage.take_waiting(study, {"hpt:worker": f"w{worker}"})) is not None:
            taken.append(trial)
            assert storage.get_trial(trial) == plain.get_trial(trial)
        return taken

    with ThreadPoolExecutor(3) as pool:
        taken = list(pool.map(take, range(3)))
    whose = {t._trial_id: t.user_attrs["hpt:worker"] for t in plain.get_all_trials(study)}
    assert whose == {trial: f"w{worker}" for worker, trials in enumerate(taken) for trial in trials}
    assert sum(map(len, taken)) == 12


def test_a_claimed_trial_is_found_again(opened: Opener, plain: RDBStorage) -> None:
    """When the answer to making it was lost: or it would stay behind as RUNNING for ever."""
    storage = opened()
    study = new_study(storage)
    trial = storage.begin_trial(study, {"hpt:worker": "here-1"})
    assert plain.get_trial(trial).user_attrs == {"hpt:worker": "here-1"}
    again = opened()
    assert again.running_trial(study, "hpt:worker", "there-2") is None
    assert again.running_trial(study, "hpt:worker", "here-1") == trial
