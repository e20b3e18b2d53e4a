"""Stars and notes, which name trials by their numbers and ids, for the copies of those trials."""

from __future__ import annotations

from collections.abc import Mapping

from optuna.storages import BaseStorage

from hpt_tui.store import keys
from hpt_tui.store.control import StudyControl
from hpt_tui.store.notes import read_notes


def carry_remarks(source: StudyControl, target: StudyControl, at: float) -> None:
    """Star and note the copies in ``target`` as their trials are in ``source``; what is said there already stays.

    Raises:
        StorageLostError: the storage is away.
    """
    storage = source.storage
    stars = keys.decode_control(source.attributes()).starred
    notes = read_notes(storage.get_study_system_attrs(source.study_id))
    if not stars and not notes:
        return
    copies = _copies(storage, source.study_id, target.study_id)
    starred = keys.decode_control(target.attributes()).starred
    noted = read_notes(storage.get_study_system_attrs(target.study_id))
    for number, trial_id, copy, copy_id in copies:
        if number in stars and copy not in starred:
            target.star(copy, True, at)
        if trial_id in notes and copy_id not in noted:
            target.note(copy, notes[trial_id])


def _copies(storage: BaseStorage, source_id: int, target_id: int) -> list[tuple[int, int, int, int]]:
    """Number and id of each trial that was copied, number and id of its copy."""
    ids: Mapping[int, int] = {t.number: t._trial_id for t in storage.get_all_trials(source_id, deepcopy=False)}
    copied = [(t.user_attrs.get(keys.TRIAL_ORIGIN), t) for t in storage.get_all_trials(target_id, deepcopy=False)]
    return [(n, ids[n], t.number, t._trial_id) for n, t in copied if isinstance(n, int) and n in ids]
