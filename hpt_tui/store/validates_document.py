"""How a trial says that it is a run of the final validation."""

from __future__ import annotations

from hpt_tui.domain.trial import Validates
from hpt_tui.store.documents import Document, whole


def encode_validates(run: Validates) -> Document:
    return {"of": run.of, "seed": run.seed}


def decode_validates(value: object) -> Validates | None:
    """What a trial's attribute TRIAL_VALIDATES says; None if it is no run of the final validation."""
    if not isinstance(value, dict):
        return None
    of, seed = whole(value, "of"), whole(value, "seed")
    return None if of is None or seed is None else Validates(of, seed)
