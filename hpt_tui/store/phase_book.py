"""Writing down that a phase of a plan begins: once, by whichever worker is first.

What begins with a phase is one document (:mod:`hpt_tui.store.plan_documents`), so that a worker which is killed
has begun it or has not. A database takes the document in a transaction that no trial is made or taken in, and
looks there whether the phase before is over. Any other storage is asked before; within one machine under the lock
that trials are taken under. Should two machines begin the same phase of a journal within a round trip, the later
document stands: by then all trials of the phase before have ended, and both were made of the same ones.
"""

from __future__ import annotations

import json
from dataclasses import replace

from optuna.storages import BaseStorage
from sqlalchemy import Connection

from hpt_tui.domain.phases.plan import Begun, SearchPlan
from hpt_tui.store.faults import storage_faults
from hpt_tui.store.metrics import engine_of
from hpt_tui.store.plan_documents import PHASE, PLAN, encode_begun, encode_plan
from hpt_tui.store.tally import DatabaseTally, Room, StorageTally
from hpt_tui.store.trial_writer import DIALECTS, TrialWriter


def start_plan(storage: BaseStorage, study_id: int, plan: SearchPlan) -> None:
    """Let the study go through the phases of ``plan``, the first of which has begun.

    Raises:
        StorageLostError: the storage is away.
    """
    with storage_faults("the plan"):
        storage.set_study_user_attr(study_id, PLAN, encode_plan(plan))


def begin_phase(storage: BaseStorage, study_id: int, begun: Begun, *, used_up: bool) -> bool:
    """Begin a phase, unless it has begun; with ``used_up`` only once the one before has no trials left. Whether it
    began now. Where its trials begin is filled in.

    Raises:
        KeyError: somebody deleted the study.
        StorageInternalError: the storage is away, and whether it was written is unknown: call it again.
    """
    key, engine = f"{PHASE}{begun.index}", engine_of(storage)
    if engine is not None and engine.dialect.name in DIALECTS:
        tally = DatabaseTally(study_id)

        def told(connection: Connection, number: int) -> str | None:
            if used_up and tally.room(connection) is not Room.PHASE_OVER:
                return None
            after = sum(tally.spent(connection))
            return json.dumps(encode_begun(replace(begun, first=number, after=after)))

        return TrialWriter(engine).tell_once(study_id, key, told)
    counted = StorageTally(storage, study_id)
    if storage.get_study_user_attrs(study_id).get(key) is not None:
        return False
    if used_up and counted.room() is not Room.PHASE_OVER:
        return False
    finished, running = counted.spent()
    if used_up and running:
        # Nobody may take a trial of a phase that is used up: the next one has begun meanwhile.
        return False
    number = len(storage.get_all_trials(study_id, deepcopy=False))
    after = replace(begun, first=number, after=finished + running)
    storage.set_study_user_attr(study_id, key, encode_begun(after))
    return True
