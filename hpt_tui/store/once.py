"""Making a WAITING trial once, however many ask for it at the same time.

What it is made for stands in the study as one key. In a database the key and the new trial are written in one
transaction, and the key is unique there: of any number of sessions exactly one makes the trial. Journals and the
gRPC proxy know no transactions: there the key is written and read back, and if two sessions were within one round
trip of each other all the same, the later of the two trials is taken back.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import TypeAlias

from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage, RDBStorage
from optuna.storages._rdb import models
from optuna.storages._rdb.storage import _create_scoped_session
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import IntegrityError

from hpt_tui.store import keys
from hpt_tui.store.batching import expire
from hpt_tui.store.metrics import copying, has_metrics

ANNOUNCED = 30.0
"""Seconds after which a trial that was announced and not made is made by whoever comes next."""

Claim: TypeAlias = Mapping[str, object]
"""``at``, epoch seconds, and ``by``, who asked for the trial."""


def make_once(
    storage: BaseStorage,
    study_id: int,
    key: str,
    trial: FrozenTrial,
    claim: Claim,
    is_it: Callable[[FrozenTrial], bool],
    *,
    logged_by: int | None = None,
) -> int | None:
    """Make ``trial``, and write ``claim`` under ``key``; its number. None where somebody has made it already.

    ``is_it`` knows such a trial by itself; ``logged_by`` is the id of the trial whose logged curves it has.
    """
    backend = getattr(storage, "_backend", storage)
    if not isinstance(backend, RDBStorage):
        return _by_protocol(storage, study_id, key, trial, claim, is_it)
    source = logged_by if logged_by is not None and has_metrics(backend.engine) else None
    made = _in_one_transaction(backend, study_id, key, trial, claim, source)
    expire(storage)
    return made


def waiting_like(
    trial: FrozenTrial,
    user: Mapping[str, object],
    system: Mapping[str, object],
    reported: Mapping[int, float],
) -> FrozenTrial:
    """A trial that waits, not yet made, with the parameters of ``trial``, these attributes and these reports."""
    # Not create_trial, which refuses values out of bounds: an enqueued one may be.
    return FrozenTrial(
        number=-1,
        trial_id=-1,
        state=TrialState.WAITING,
        value=None,
        datetime_start=None,
        datetime_complete=None,
        params=trial.params,
        distributions=trial.distributions,
        user_attrs={**user},
        system_attrs={**system},
        intermediate_values={**reported},
    )


def _in_one_transaction(
    backend: RDBStorage, study_id: int, key: str, trial: FrozenTrial, claim: Claim, logged_by: int | None
) -> int | None:
    text = json.dumps(claim)
    try:
        with _create_scoped_session(backend.scoped_session) as session:
            # The study's row first, as whoever makes a trial does: in another order two would wait for each other.
            models.StudyModel.find_or_raise_by_id(study_id, session, for_update=True)
            table = models.StudyUserAttributeModel
            freed = session.query(table).filter_by(study_id=study_id, key=key, value_json="null")
            if not freed.update({"value_json": text}, synchronize_session=False):
                session.add(table(study_id=study_id, key=key, value_json=text))
            session.flush()
            made = backend._get_prepared_new_trial(study_id, trial, session)
            if logged_by is not None:
                for statement in copying(logged_by, int(made.trial_id)):
                    session.execute(statement)
            return int(made.number)
    except IntegrityError:
        return None


def _by_protocol(
    storage: BaseStorage,
    study_id: int,
    key: str,
    trial: FrozenTrial,
    claim: Claim,
    is_it: Callable[[FrozenTrial], bool],
) -> int | None:
    if any(map(is_it, storage.get_all_trials(study_id, deepcopy=False))):
        return None
    signed = {**claim, "token": secrets.token_hex(4)}
    if (told := storage.get_study_user_attrs(study_id).get(key)) is not None and not _abandoned(told, claim):
        return None
    storage.set_study_user_attr(study_id, key, signed)
    if storage.get_study_user_attrs(study_id).get(key) != signed:
        return None
    ours = storage.create_new_trial(study_id, trial)
    # A storage numbers trials one by one: whoever came second sees the first.
    alike = filter(is_it, storage.get_all_trials(study_id, deepcopy=False))
    first = min(alike, key=lambda t: t.number)
    if first._trial_id == ours:
        return first.number
    _take_back(storage, ours, f"trial #{first.number} is the same, and came first")
    return None


def _abandoned(told: object, claim: Claim) -> bool:
    """Whether who announced the trial, which is not there yet, must have died over it."""
    before, now = (x.get("at") if isinstance(x, Mapping) else None for x in (told, claim))
    return isinstance(before, (int, float)) and isinstance(now, (int, float)) and now - before > ANNOUNCED


def _take_back(storage: BaseStorage, trial_id: int, why: str) -> None:
    """End a trial that nobody has taken yet."""
    try:
        if storage.set_trial_state_values(trial_id, TrialState.RUNNING):
            storage.set_trial_user_attr(trial_id, keys.TRIAL_END, {"how": keys.INTERRUPTED, "text": why})
            storage.set_trial_state_values(trial_id, TrialState.FAIL)
    except UpdateFinishedTrialError:
        return
