"""G24, G6: even the best trial has not learnt its training data."""

from __future__ import annotations

from collections.abc import Iterator

from hpt_tui.domain.diagnosis import Verdict
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.overfit import best_diagnosis
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.roles import Role, with_role
from hpt_tui.domain.snapshot import StudySnapshot


def underfit(study: StudySnapshot, limits: Thresholds) -> Iterator[Flag]:
    """At the best trial, once there are enough to call it that."""
    found = best_diagnosis(study, limits)
    if found is None or found.verdict is not Verdict.UNDERFIT:
        return
    yield Flag(
        "underfit",
        Severity.WARNING,
        f"The best trial {found.summary}",
        "The model is too small for its task, trained too briefly, or regularised too strongly.",
        "A larger model or longer training: more trials of this space will not help much.",
        found.evidence,
        parameters=with_role(study.space, Role.WIDTH, Role.DEPTH),
        trials=(found.trial,),
        why_no_order="The size of the model and the length of its training are settled by the objective's code.",
        rule="G6",
    )
