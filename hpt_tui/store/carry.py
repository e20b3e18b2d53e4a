"""Copying the trials of a study into its fork: each at most once, in their order, whoever does it and how often.

A copy carries the number that its trial had (``hpt:origin``), which is how a second pass, after a crash or for the
trials that ended meanwhile, knows what is there. What the fork declares anew stands in the fork's own attributes.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TypeAlias

from filelock import FileLock
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from hpt_tui.config import study_lock_path
from hpt_tui.domain.redeclare import fits
from hpt_tui.domain.space import Range
from hpt_tui.store import keys
from hpt_tui.store.batching import expire
from hpt_tui.store.carry_sql import SqlCarrier
from hpt_tui.store.faults import storage_faults
from hpt_tui.store.metrics import engine_of
from hpt_tui.store.translate import to_distribution
from hpt_tui.store.trial_writer import DIALECTS

Progress: TypeAlias = Callable[[int, int], None]
"""Told how many trials have been looked at, of how many."""

LEFT_BEHIND = ("cma:", "cmawm:", "sepcma:", "tpe:relative_params:")
"""System attributes of a sampler's state: it is in the coordinates of the old space."""

FINISHED = tuple(state for state in TrialState if state.is_finished())


def carry(
    storage: BaseStorage,
    url: str,
    source_id: int,
    successor: str,
    *,
    waiting: bool = False,
    worker: str = "",
    progress: Progress = lambda done, total: None,
) -> int:
    """Copy what of study ``source_id`` has finished, and with ``waiting`` what is enqueued, into ``successor``,
    unless it is there already or its values don't fit; how many trials were copied.

    ``worker``: on a storage that knows no transactions only the trials of that worker, as several workers may
    do this at once on different machines; empty: all.

    Raises:
        StorageLostError: the storage is away; what was copied stays, and calling again goes on.
        KeyError: there is no such successor.
    """
    states = (*FINISHED, TrialState.WAITING) if waiting else FINISHED
    lock = study_lock_path(url, successor).with_suffix(".carry")
    with storage_faults("the fork"), FileLock(lock):
        target_id = storage.get_study_id_from_name(successor)
        space = keys.decode_control(storage.get_study_user_attrs(target_id)).redeclared
        engine = engine_of(storage)
        if engine is not None and engine.dialect.name in DIALECTS:
            done = SqlCarrier(engine, source_id, target_id, space, LEFT_BEHIND).carry(states, progress)
        else:
            done = _by_interface(storage, source_id, target_id, space, states, worker, progress)
        expire(storage)
    return done


def _by_interface(
    storage: BaseStorage,
    source_id: int,
    target_id: int,
    space: Mapping[str, Range],
    states: tuple[TrialState, ...],
    worker: str,
    progress: Progress,
) -> int:
    """Trial by trial, each one write."""
    there = {t.user_attrs.get(keys.TRIAL_ORIGIN) for t in storage.get_all_trials(target_id, deepcopy=False)}
    trials = storage.get_all_trials(source_id, deepcopy=False, states=states)
    wanted = [t for t in trials if t.number not in there and worker in ("", t.user_attrs.get(keys.TRIAL_WORKER))]
    copied = 0
    for done, trial in enumerate(wanted, 1):
        if _goes_along(trial, space):
            storage.create_new_trial(target_id, _copy_of(trial, space))
            copied += 1
        progress(done, len(wanted))
    return copied


def _goes_along(trial: FrozenTrial, space: Mapping[str, Range]) -> bool:
    fixed = trial.system_attrs.get("fixed_params")
    enqueued = fixed if trial.state is TrialState.WAITING and isinstance(fixed, dict) else {}
    values = {**enqueued, **trial.params}
    return all(fits(range_, values[name]) for name, range_ in space.items() if name in values)


def _copy_of(trial: FrozenTrial, space: Mapping[str, Range]) -> FrozenTrial:
    again = copy.copy(trial)
    changed = {name: to_distribution(space[name]) for name in trial.distributions if name in space}
    again.distributions = {**trial.distributions, **changed}
    again.user_attrs = {**trial.user_attrs, keys.TRIAL_ORIGIN: trial.number}
    again.system_attrs = {k: v for k, v in trial.system_attrs.items() if not k.startswith(LEFT_BEHIND)}
    return again
