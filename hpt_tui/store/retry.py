"""Giving a failed trial another try: a WAITING trial with the same parameters, and never two of them.

The new trial is what Optuna's own RetryHeartbeatStaleTrialCallback makes (``failed_trial`` is the number of the
first of the row, ``retry_history`` all of them, oldest first), so that a study file's
``RetryHeartbeatStaleTrialCallback.retried_trial_number`` finds its checkpoint, whoever retried it.

That a trial was retried stands in the study as one key, ``hpt:retry:<number>``: see :mod:`hpt_tui.store.once`.
"""

from __future__ import annotations

from typing import Any

from optuna.storages import BaseStorage, RDBStorage
from optuna.storages._rdb import models
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import or_, select

from hpt_tui.errors import OrderRefusedError
from hpt_tui.store import keys
from hpt_tui.store.faults import storage_faults
from hpt_tui.store.once import make_once, waiting_like
from hpt_tui.store.step_documents import KEPT

FIRST, HISTORY = "failed_trial", "retry_history"
"""Optuna's system attributes of a retried trial."""

_NOT_INHERITED = (keys.TRIAL_WORKER, keys.TRIAL_END)
_OF_THE_CURVE = ("completed_rung_",)
"""What pruners wrote down of the reports: it goes with them."""


def retry_trial(
    storage: BaseStorage,
    study_id: int,
    number: int,
    at: float,
    by: str,
    *,
    keep_curve: bool = False,
    alone: bool = False,
) -> int | None:
    """Make a failed trial wait once more, for any worker to take; the new trial's number. None where somebody has
    retried it already, at whatever time and from wherever.

    ``at`` is epoch seconds, ``by`` who asked for it. ``keep_curve``: the new trial has what the old one reported,
    for an objective that goes on from a checkpoint; Optuna ignores what is reported again for such a step.
    ``alone``: it is to have its GPU to itself.

    Raises:
        OrderRefusedError: there is no such trial, or it is not failed.
        StorageLostError: the storage does not answer.
    """
    subject = f"trial #{number}"
    with storage_faults(subject):
        failed = _failed(storage, study_id, number, subject)
        if has_retry(storage, study_id, number):
            # Also one that Optuna's own callback made.
            return None
        again = _again(failed, keep_curve=keep_curve, alone=alone)
        kept = len(again.intermediate_values)
        if kept and keys.TRIAL_VALIDATES not in failed.user_attrs:
            storage.set_study_user_attr(study_id, f"{KEPT}{study_id}:{number}", {"steps": kept})
        return make_once(
            storage,
            study_id,
            f"{keys.RETRY}{number}",
            again,
            {"at": at, "by": by},
            lambda t: tries_before(t)[-1:] == (number,),
            logged_by=failed._trial_id if keep_curve else None,
        )


def _failed(storage: BaseStorage, study_id: int, number: int, subject: str) -> FrozenTrial:
    try:
        failed = storage.get_trial(storage.get_trial_id_from_study_id_trial_number(study_id, number))
    except KeyError:
        raise OrderRefusedError(subject, "does not exist") from None
    if failed.state is not TrialState.FAIL:
        raise OrderRefusedError(subject, f"is {failed.state.name.lower()}, not failed")
    return failed


def tries_before(trial: FrozenTrial) -> tuple[int, ...]:
    """The numbers of the trials that ``trial`` is a retry of, oldest first; the first one is the root, which
    checkpoints go by. Empty for a first try."""
    history = trial.system_attrs.get(HISTORY)
    return tuple(n for n in history if isinstance(n, int)) if isinstance(history, list) else ()


def _again(failed: FrozenTrial, *, keep_curve: bool, alone: bool) -> FrozenTrial:
    system: dict[str, Any] = {
        key: value for key, value in failed.system_attrs.items() if keep_curve or not key.startswith(_OF_THE_CURVE)
    }
    if alone:
        system[keys.TRIAL_ALONE] = True
    before = [*tries_before(failed), failed.number]
    user = {
        k: v
        for k, v in failed.user_attrs.items()
        if k not in _NOT_INHERITED and (keep_curve or not k.startswith(keys.TRIAL_LOG))
    }
    reported = failed.intermediate_values if keep_curve else {}
    return waiting_like(failed, user, {**system, FIRST: before[0], HISTORY: before}, reported)


def has_retry(storage: BaseStorage, study_id: int, number: int) -> bool:
    """Whether the trial has been given another try, by whomever. Of a database no more is read than that."""
    backend = getattr(storage, "_backend", storage)
    if not isinstance(backend, RDBStorage):
        return bool(_tries_of(storage, study_id, number))
    attribute, trial = models.TrialSystemAttributeModel, models.TrialModel
    last = or_(attribute.value_json == f"[{number}]", attribute.value_json.like(f"%, {number}]"))
    query = select(trial.trial_id).join(attribute, attribute.trial_id == trial.trial_id)
    with backend.engine.connect() as connection:
        found = connection.execute(
            query.where(trial.study_id == study_id, attribute.key == HISTORY, last).limit(1)
        )
        return found.first() is not None


def _tries_of(storage: BaseStorage, study_id: int, number: int) -> list[FrozenTrial]:
    """The retries of one trial: one at most, but for a moment."""
    return [t for t in storage.get_all_trials(study_id, deepcopy=False) if tries_before(t)[-1:] == (number,)]
