"""Notes to trials, kept where optuna-dashboard keeps and shows them, so that both see the same ones.

They are system attributes of the study, by the id of the trial: ``dashboard:<id>:note_ver`` counts the versions,
and ``dashboard:<id>:note_str:<n>`` are pieces of the text, of at most 2,045 characters. A piece that a shorter
note needs no more is left empty. Reading them takes no Optuna.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

LIKE = "dashboard:%:note_str:%"
"""What the keys of the pieces look like, for SQL."""
PIECE = 2045

_PIECE = re.compile(r"dashboard:([0-9]{1,18}):note_str:([0-9]{1,6})")

NO_NOTES: Mapping[int, str] = {}


def read_notes(system_attributes: Mapping[str, object]) -> Mapping[int, str]:
    """By the id of the trial, what somebody wrote of it; none of them is empty."""
    pieces: dict[int, dict[int, str]] = defaultdict(dict)
    for key, text in system_attributes.items():
        if isinstance(text, str) and text and (found := _PIECE.fullmatch(key)):
            pieces[int(found[1])][int(found[2])] = text
    return {trial: "".join(texts[n] for n in sorted(texts)) for trial, texts in pieces.items()}


def write_note(storage: BaseStorage, study_id: int, trial_id: int, text: str) -> None:
    """Put a note in the place of the one that is there; an empty one takes it away."""
    there, version = storage.get_study_system_attrs(study_id), f"dashboard:{trial_id}:note_ver"
    old = there.get(version)
    storage.set_study_system_attr(study_id, version, (old if isinstance(old, int) else 0) + 1)
    start = f"dashboard:{trial_id}:note_str:"
    pieces = {f"{start}{n}": text[at : at + PIECE] for n, at in enumerate(range(0, len(text), PIECE))}
    emptied = {key: "" for key, piece in there.items() if key.startswith(start) and piece and key not in pieces}
    for key, piece in (pieces | emptied).items():
        storage.set_study_system_attr(study_id, key, piece)
