"""The score of an ensemble as a study keeps it: nothing else of the final validation stands outside its trials."""

from __future__ import annotations

from optuna.storages import BaseStorage

from hpt_tui.domain.snapshot import Ensemble
from hpt_tui.store.documents import Attributes, number
from hpt_tui.store.faults import storage_faults

ENSEMBLE = "hpt:ensemble"


def write_ensemble(storage: BaseStorage, study_id: int, ensemble: Ensemble, at: float) -> None:
    """``at`` is epoch seconds.

    Raises:
        StorageLostError: the storage does not answer.
    """
    document = {"members": list(ensemble.members), "score": ensemble.score, "at": at}
    with storage_faults("the study"):
        storage.set_study_user_attr(study_id, ENSEMBLE, document)


def decode_ensemble(attributes: Attributes) -> Ensemble | None:
    value = attributes.get(ENSEMBLE)
    if not isinstance(value, dict):
        return None
    score, told = number(value, "score"), value.get("members")
    members = tuple(n for n in told if type(n) is int) if isinstance(told, list) else ()
    return Ensemble(members, score) if score is not None and members else None
