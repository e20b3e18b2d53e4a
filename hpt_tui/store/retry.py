"""Giving a failed trial another try: a WAITING trial with the same parameters, and never two of them.

The new trial is what Optuna's own RetryHeartbeatStaleTrialCallback makes (``failed_trial`` is the number of the
first of the row, ``retry_history`` all of them, oldest first), so that a study file's
``RetryHeartbeatStaleTrialCallback.retried_trial_number`` finds its checkpoint, whoever retried it.

That a trial was retried stands in the study as one key, ``hpt:retry:<number>``. In a database the key and the new
trial are written in one transaction, and the key is unique there: of any number of sessions exactly one makes the
trial. Journals and the gRPC proxy know no transactions: there the key is written and read back, and if two
sessions were within one round trip of each other all the same, the later of the two trials is taken back.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage, RDBStorage
from optuna.storages._rdb import models
from optuna.storages._rdb.storage import _create_scoped_session
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from hpt_tui.errors import OrderRefusedError
from hpt_tui.store import keys
from hpt_tui.store.batched import expire
from hpt_tui.store.faults import storage_faults
from hpt_tui.store.metrics import copying, has_metrics

FIRST, HISTORY = "failed_trial", "retry_history"
"""Optuna's system attributes of a retried trial."""

ANNOUNCED = 30.0
"""Seconds after which a retry that was announced and not made is made by whoever comes next."""

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
        try:
            failed = storage.get_trial(storage.get_trial_id_from_study_id_trial_number(study_id, number))
        except KeyError:
            raise OrderRefusedError(subject, "does not exist") from None
        if failed.state is not TrialState.FAIL:
            raise OrderRefusedError(subject, f"is {failed.state.name.lower()}, not failed")
        if has_retry(storage, study_id, number):
            # Also one that Optuna's own callback made.
            return None
        again, claim = _again(failed, keep_curve=keep_curve, alone=alone), {"at": at, "by": by}
        backend = getattr(storage, "_backend", storage)
        if isinstance(backend, RDBStorage):
            logged = has_metrics(backend.engine)
            source = failed._trial_id if keep_curve else None
            made = _in_one_transaction(backend, study_id, number, again, claim, source if logged else None)
            expire(storage)
            return made
        return _by_protocol(storage, study_id, number, again, claim)


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
    # Not create_trial, which refuses values out of bounds: an enqueued one may be.
    return FrozenTrial(
        number=-1,
        trial_id=-1,
        state=TrialState.WAITING,
        value=None,
        datetime_start=None,
        datetime_complete=None,
        params=failed.params,
        distributions=failed.distributions,
        user_attrs={
            k: v
            for k, v in failed.user_attrs.items()
            if k not in _NOT_INHERITED and (keep_curve or not k.startswith(keys.TRIAL_LOG))
        },
        system_attrs={**system, FIRST: before[0], HISTORY: before},
        intermediate_values=failed.intermediate_values if keep_curve else {},
    )


def _in_one_transaction(
    backend: RDBStorage,
    study_id: int,
    number: int,
    again: FrozenTrial,
    claim: Mapping[str, object],
    logged_by: int | None,
) -> int | None:
    """``logged_by`` is the id of the trial whose logged curves the new one has, if any."""
    key, text = f"{keys.RETRY}{number}", json.dumps(claim)
    try:
        with _create_scoped_session(backend.scoped_session) as session:
            # The study's row first, as whoever makes a trial does: in another order two would wait for each other.
            models.StudyModel.find_or_raise_by_id(study_id, session, for_update=True)
            table = models.StudyUserAttributeModel
            freed = session.query(table).filter_by(study_id=study_id, key=key, value_json="null")
            if not freed.update({"value_json": text}, synchronize_session=False):
                session.add(table(study_id=study_id, key=key, value_json=text))
            session.flush()
            made = backend._get_prepared_new_trial(study_id, again, session)
            if logged_by is not None:
                for statement in copying(logged_by, int(made.trial_id)):
                    session.execute(statement)
            return int(made.number)
    except IntegrityError:
        return None


def _by_protocol(
    storage: BaseStorage, study_id: int, number: int, again: FrozenTrial, claim: Mapping[str, object]
) -> int | None:
    key, signed = f"{keys.RETRY}{number}", {**claim, "token": secrets.token_hex(4)}
    if (told := storage.get_study_user_attrs(study_id).get(key)) is not None and not _abandoned(told, claim):
        return None
    storage.set_study_user_attr(study_id, key, signed)
    if storage.get_study_user_attrs(study_id).get(key) != signed:
        return None
    ours = storage.create_new_trial(study_id, again)
    # A storage numbers trials one by one: whoever came second sees the first.
    first = min(_tries_of(storage, study_id, number), key=lambda t: t.number)
    if first._trial_id == ours:
        return first.number
    _take_back(storage, ours, f"trial #{first.number} is the retry of #{number}")
    return None


def _abandoned(told: object, claim: Mapping[str, Any]) -> bool:
    """Whether who announced the retry, of which there is no trial yet, must have died over it."""
    at = told.get("at") if isinstance(told, dict) else None
    return isinstance(at, (int, float)) and claim["at"] - at > ANNOUNCED


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


def _take_back(storage: BaseStorage, trial_id: int, why: str) -> None:
    """End a trial that nobody has taken yet."""
    try:
        if storage.set_trial_state_values(trial_id, TrialState.RUNNING):
            storage.set_trial_user_attr(trial_id, keys.TRIAL_END, {"how": keys.INTERRUPTED, "text": why})
            storage.set_trial_state_values(trial_id, TrialState.FAIL)
    except UpdateFinishedTrialError:
        return
