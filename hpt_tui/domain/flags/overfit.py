"""G24, G6: the best trial has learnt its training data by heart."""

from __future__ import annotations

from collections.abc import Iterator

from hpt_tui.domain.diagnosis import Diagnosis, Verdict, diagnose
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.roles import Role, with_role
from hpt_tui.domain.snapshot import StudySnapshot


def overfit(study: StudySnapshot, limits: Thresholds) -> Iterator[Flag]:
    """At the best trial, once there are enough to call it that."""
    found = best_diagnosis(study, limits)
    if found is None or found.verdict is not Verdict.OVERFIT:
        return
    cures = with_role(study.space, Role.WEIGHT_DECAY, Role.DROPOUT, Role.REGULARISATION, Role.SCHEDULE)
    yield Flag(
        "overfit",
        Severity.WARNING,
        f"The best trial {found.summary}",
        "The model has more capacity than its data and its regularisation hold in check.",
        "Search stronger weight decay and dropout, and a schedule that ends lower; or get more data.",
        found.evidence,
        parameters=cures,
        trials=(found.trial,),
        why_no_order="Which regularisation helps is for the search to find.",
        rule="G6",
    )


def best_diagnosis(study: StudySnapshot, limits: Thresholds) -> Diagnosis | None:
    """Of the best trial; None with too few complete ones."""
    if len(study.ranked) < limits.fit_trials:
        return None
    number = study.ranked[:1].numbers[0]
    return study.trials.derive(
        "best diagnosis", (study.curves,), lambda: diagnose(study, number, limits), (limits, number, study.metric)
    )
