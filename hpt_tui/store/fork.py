"""Making the successor of a study: its attributes, its trials, the links in both, the order to move over.

Every step can be done again: a fork that was interrupted goes on where it was when it is ordered once more.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import optuna
from filelock import FileLock
from optuna.distributions import distribution_to_json
from optuna.storages import BaseStorage

from hpt_tui.config import study_lock_path
from hpt_tui.domain.forking import Fork
from hpt_tui.domain.redeclare import fits
from hpt_tui.domain.space import Range
from hpt_tui.errors import InputError
from hpt_tui.store import keys
from hpt_tui.store.address import Address
from hpt_tui.store.author import author
from hpt_tui.store.carry import Progress, carry
from hpt_tui.store.connect import close_storage, find_study, open_storage, quiet_optuna
from hpt_tui.store.control import StudyControl
from hpt_tui.store.faults import storage_faults
from hpt_tui.store.fork_remarks import carry_remarks
from hpt_tui.store.plan_documents import PHASE, PLAN, SKIP, without_bounds
from hpt_tui.store.record import StudyRecord, decode_record
from hpt_tui.store.step_documents import KEPT, MAX_STEPS
from hpt_tui.store.study_facts import METRIC_NAMES
from hpt_tui.store.translate import to_distribution

CARRIED = (
    *(keys.BUDGET, MAX_STEPS, KEPT),
    *(keys.WANTED, keys.GPUS, keys.DRAIN, *keys.BOUNDS, keys.FIX, keys.CARE, keys.REDECLARE, PLAN, PHASE, SKIP),
    # What the copied trials' workers ran.
    *(keys.RUN, keys.PROVENANCE),
)
"""What of our own attributes holds for the successor, too: of all others it begins without."""


@dataclass(frozen=True, slots=True)
class Forked:
    """What came of it."""

    copied: int
    """Trials that this call has brought over."""
    resumed: bool
    """Whether an earlier call had begun it."""


def make_fork(address: Address, fork: Fork, progress: Progress = lambda done, total: None) -> Forked:
    """Make the successor, copy the trials, tell the workers to move over, copy what ended meanwhile.

    Raises:
        InputError: there is a study of that name which is no such fork.
        StudyNotFoundError, StorageError, StorageLostError: the study cannot be read or written.
    """
    quiet_optuna()
    storage = open_storage(address, writable=True)
    try:
        source_id = find_study(storage, fork.study, address.label)
        with storage_faults(address.label), FileLock(_lock_path(address, fork)):
            control = StudyControl(storage, source_id, author())
            resumed = _make(storage, control, fork, time.time())
            copied = carry(storage, address.url, source_id, fork.name, progress=progress)
            _move(control, fork)
            # What ended while the others were copied, and what still waits: nobody takes it in the old study now.
            copied += carry(storage, address.url, source_id, fork.name, waiting=True)
            target = StudyControl(storage, storage.get_study_id_from_name(fork.name), control.by)
            carry_remarks(control, target, time.time())
        return Forked(copied, resumed)
    finally:
        close_storage(storage)


def _make(storage: BaseStorage, control: StudyControl, fork: Fork, now: float) -> bool:
    """The successor with all but its trials, and the links; whether it was there already."""
    attributes = control.attributes()
    target_id = _target(storage, control.study_id, fork)
    target = StudyControl(storage, target_id, control.by)
    parent = keys.decode_kin(target.attributes(), keys.PARENT)
    if parent is None:
        _furnish(storage, target, control, attributes, fork, now)
        # Last, as it says that all the rest is there.
        target.link(keys.PARENT, keys.Kin(fork.study, now))
    else:
        _check_same(target, parent, fork)
    child = keys.decode_kin(attributes, keys.CHILD)
    if child is None:
        control.link(keys.CHILD, keys.Kin(fork.name, now))
        event, other = fork.events(now)
        control.record(event)
        target.record(other)
    return child is not None


def _target(storage: BaseStorage, source_id: int, fork: Fork) -> int:
    try:
        target_id = storage.get_study_id_from_name(fork.name)
    except KeyError:
        directions = storage.get_study_directions(source_id)
        study = optuna.create_study(study_name=fork.name, storage=storage, directions=directions)
        return study._study_id
    linked = keys.decode_kin(storage.get_study_user_attrs(target_id), keys.PARENT)
    if linked is None and storage.get_n_trials(target_id):
        raise InputError(fork.name, "there is a study of that name already", "give the fork another one (--name)")
    return target_id


def _furnish(
    storage: BaseStorage,
    target: StudyControl,
    control: StudyControl,
    attributes: keys.Attributes,
    fork: Fork,
    now: float,
) -> None:
    """Give the successor what holds for it of the study's attributes, and what is declared anew."""
    anew = {prefix + name for name in fork.after for prefix in (*keys.BOUNDS, keys.REDECLARE)}
    for key, value in attributes.items():
        ours = key.startswith("hpt:")
        if key not in anew and value is not None and (not ours or key.startswith(CARRIED)):
            kept = without_bounds(value, fork.after) if key.startswith((PLAN, PHASE)) else value
            storage.set_study_user_attr(target.study_id, key, kept)
    names = storage.get_study_system_attrs(control.study_id).get(METRIC_NAMES)
    if names is not None:
        storage.set_study_system_attr(target.study_id, METRIC_NAMES, names)
    if (record := decode_record(attributes.get(keys.SPEC))) is not None:
        target.declare(_record(record, fork.after))
    for name, range_ in fork.after.items():
        target.redeclare(name, distribution_to_json(to_distribution(range_)), now)


def _record(record: StudyRecord, space: Mapping[str, Range]) -> StudyRecord:
    declared = {n: distribution_to_json(to_distribution(r)) for n, r in space.items() if n in record.space}
    fitting = all(fits(r, record.baseline[n]) for n, r in space.items() if n in record.baseline)
    baseline = record.baseline if fitting else {}
    return replace(record, space={**record.space, **declared}, baseline=baseline)


def _check_same(target: StudyControl, parent: keys.Kin, fork: Fork) -> None:
    if parent.study != fork.study:
        problem = f"there is a study of that name, a fork of {parent.study}"
        raise InputError(fork.name, problem, "give the fork another one (--name)")
    there = keys.decode_control(target.attributes()).redeclared
    if any(there.get(name) != range_ for name, range_ in fork.after.items()):
        remedy = f"give the same ones again, or another name (--name {shlex.quote(fork.name + '-2')})"
        raise InputError(fork.name, "was begun with other declarations", remedy)


def _move(control: StudyControl, fork: Fork) -> None:
    child = keys.decode_kin(control.attributes(), keys.CHILD)
    if child is not None and not child.moving:
        control.link(keys.CHILD, replace(child, moving=True, at=time.time()))


def _lock_path(address: Address, fork: Fork) -> Path:
    return study_lock_path(address.url, fork.name).with_suffix(".fork")
