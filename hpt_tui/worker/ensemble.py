"""Scoring an ensemble by the study file's own hook, for a process that must not import the file."""

from __future__ import annotations

import json
import math
from typing import SupportsFloat, cast

from hpt_tui.errors import StudyFileError
from hpt_tui.study_file import Member
from hpt_tui.worker.narration import in_words, show_traceback
from hpt_tui.worker.objective import load_study_file
from hpt_tui.worker.user_code import Raised, attempt


def score_ensemble(target: str, members: str) -> str:
    """The JSON of ``{"score": number}``: what the hook of the study file ``target`` says of the ``members``, a
    JSON list of objects with the fields of :class:`~hpt_tui.study_file.Member`.

    Raises:
        StudyFileError: there is no hook, it raised something, or it returned no finite number.
    """
    file = load_study_file(target)
    if (hook := file.ensemble) is None:
        raise StudyFileError(str(file.path), "has no function that scores an ensemble")
    runs = [Member(**fields) for fields in json.loads(members)]
    scored = attempt(lambda: float(cast("SupportsFloat", hook(runs))))
    if isinstance(scored, Raised):
        show_traceback(scored.error)
        words = " ".join(in_words(scored.error).split())
        raise StudyFileError(str(file.path), f"its ensemble hook raised {words}")
    if not math.isfinite(scored.value):
        raise StudyFileError(str(file.path), f"its ensemble hook returned {scored.value}")
    return json.dumps({"score": scored.value})
