"""Writing the runs of the final validation (G28): WAITING trials with another one's very values, never two of one.

Such a trial has the parameters of the trial that it repeats, with their distributions, and no bound, no fixed
parameter and no sampler changes them; its attribute ``hpt:validates`` stands there from its first moment. That a
(trial, seed) is run stands in the study as one key, ``hpt:validate:<number>:<seed>``, written as a retry's is; see
:mod:`hpt_tui.store.retry`. A run that was lost is given another try.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial

from hpt_tui.domain.candidates import WantedRun
from hpt_tui.domain.snapshot import Ensemble
from hpt_tui.domain.trial import Validates
from hpt_tui.errors import OrderRefusedError
from hpt_tui.store import keys
from hpt_tui.store.ensemble_document import ENSEMBLE, encode_ensemble
from hpt_tui.store.faults import storage_faults
from hpt_tui.store.once import make_once, waiting_like
from hpt_tui.store.retry import retry_trial, tries_before
from hpt_tui.study_file import Member


def make_runs(
    storage: BaseStorage, study_id: int, runs: Iterable[WantedRun], at: float, by: str
) -> tuple[int, ...]:
    """Make the ``runs`` wait, for any worker to take; the numbers of the trials that this call made. Whatever
    somebody else has made, or makes at the same time, is left out.

    ``at`` is epoch seconds, ``by`` who asked for it.

    Raises:
        OrderRefusedError: there is no such trial to repeat.
        StorageLostError: the storage does not answer; calling again goes on.
    """
    made = (_make(storage, study_id, run, at, by) for run in runs)
    return tuple(number for number in made if number is not None)


def members_of(storage: BaseStorage, study_id: int, study: str, numbers: Sequence[int]) -> list[Member]:
    """The complete runs of those numbers, as an ensemble hook gets them.

    Raises:
        StorageLostError: the storage does not answer.
        KeyError: there is no such trial.
    """
    with storage_faults("the study"):
        ids = (storage.get_trial_id_from_study_id_trial_number(study_id, number) for number in numbers)
        trials = [storage.get_trial(trial_id) for trial_id in ids]
    return [_member(study, trial) for trial in trials]


def write_ensemble(storage: BaseStorage, study_id: int, ensemble: Ensemble, at: float) -> None:
    """Keep the score in the study; ``at`` is epoch seconds.

    Raises:
        StorageLostError: the storage does not answer.
    """
    with storage_faults("the study"):
        storage.set_study_user_attr(study_id, ENSEMBLE, encode_ensemble(ensemble, at))


def _member(study: str, trial: FrozenTrial) -> Member:
    told = keys.decode_validates(trial.user_attrs.get(keys.TRIAL_VALIDATES))
    first = (*tries_before(trial), trial.number)[0]
    value = trial.values[0] if trial.values else float("nan")
    return Member(study, trial.number, first, told.seed if told else 0, dict(trial.params), value)


def _make(storage: BaseStorage, study_id: int, run: WantedRun, at: float, by: str) -> int | None:
    if run.lost is not None:
        return retry_trial(storage, study_id, run.lost, at, by, keep_curve=True)
    subject = f"trial #{run.of}"
    with storage_faults(subject):
        try:
            repeated = storage.get_trial(storage.get_trial_id_from_study_id_trial_number(study_id, run.of))
        except KeyError:
            raise OrderRefusedError(subject, "does not exist") from None
        told = Validates(run.of, run.seed)
        key = f"{keys.VALIDATE}{run.of}:{run.seed}"
        claim = {"at": at, "by": by}
        return make_once(
            storage,
            study_id,
            key,
            waiting_like(repeated, {keys.TRIAL_VALIDATES: keys.encode_validates(told)}, {}, {}),
            claim,
            lambda t: _is(t, told),
        )


def _is(trial: FrozenTrial, told: Validates) -> bool:
    return keys.decode_validates(trial.user_attrs.get(keys.TRIAL_VALIDATES)) == told
