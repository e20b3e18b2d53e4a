"""The score of an ensemble as a study keeps it: nothing else of the final validation stands outside its trials."""

from __future__ import annotations

from hpt_tui.domain.snapshot import Ensemble
from hpt_tui.store.documents import Attributes, Document, number

ENSEMBLE = "hpt:ensemble"


def encode_ensemble(ensemble: Ensemble, at: float) -> Document:
    """``at`` is epoch seconds."""
    return {"members": list(ensemble.members), "score": ensemble.score, "at": at}


def decode_ensemble(attributes: Attributes) -> Ensemble | None:
    value = attributes.get(ENSEMBLE)
    if not isinstance(value, dict):
        return None
    score, told = number(value, "score"), value.get("members")
    members = tuple(n for n in told if type(n) is int) if isinstance(told, list) else ()
    return Ensemble(members, score) if score is not None and members else None
