"""Trials that wait for any worker, with values that somebody asked for."""

from __future__ import annotations

from collections.abc import Mapping

from optuna.storages import BaseStorage
from optuna.trial import TrialState, create_trial

from hpt_tui.domain.space import ParamValue
from hpt_tui.store import keys


def enqueue_trial(
    storage: BaseStorage, study_id: int, params: Mapping[str, ParamValue], by: str, manual: int | None = None
) -> int:
    """Let a trial of these very values wait, as ``study.enqueue_trial`` does; its number. ``manual`` is its place
    among the runs of a search by hand, if it is one."""
    told: dict[str, object] = {keys.TRIAL_ENQUEUED: by}
    if manual is not None:
        told[keys.TRIAL_MANUAL] = {"step": manual, "by": by}
    system = {"fixed_params": dict(params)}
    waiting = create_trial(state=TrialState.WAITING, system_attrs=system, user_attrs=told)
    trial_id = storage.create_new_trial(study_id, waiting)
    return storage.get_trial_number_from_id(trial_id)
