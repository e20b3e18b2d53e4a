"""Opening the study that a worker works on."""

from __future__ import annotations

from optuna.storages import BaseStorage
from sqlalchemy.exc import ArgumentError

from hpt_tui.errors import HptError, StorageError, StorageLostError, StudyNotFoundError
from hpt_tui.search.packages import check_packages
from hpt_tui.store.address import Address
from hpt_tui.store.batching import batched
from hpt_tui.store.connect import find_study, open_storage
from hpt_tui.store.create import create_study
from hpt_tui.store.faults import FAULTS, storage_faults
from hpt_tui.worker.describe import description_of
from hpt_tui.worker.objective import StudyFile


def open_study(address: Address, name: str, study_file: StudyFile, *, create: bool) -> tuple[BaseStorage, int]:
    """The storage (batched, if it is a database) and the study's id; with ``create``, made where they are
    missing.

    Raises:
        StorageError, StudyNotFoundError: there is no such storage or study, and waiting won't help.
        StorageLostError: the storage cannot be reached now.
    """
    with storage_faults(address.label):
        try:
            storage = batched(open_storage(address, writable=True))
            return storage, find_study(storage, name, address.label)
        except (StorageError, StudyNotFoundError) as error:
            if address.path is None and _is_away(error):
                raise StorageLostError(error.subject, error.problem, error.remedy) from error
            if not create:
                raise
        study_id = create_study(address, description_of(study_file), name=name, approve=check_packages)
        return batched(open_storage(address, writable=True)), study_id


def _is_away(error: HptError) -> bool:
    """Whether the server did not answer, unlike one that answers with no study or another schema."""
    cause = error.__cause__
    return isinstance(cause, FAULTS) and not isinstance(cause, ArgumentError)
