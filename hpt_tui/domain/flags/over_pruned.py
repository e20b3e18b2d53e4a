"""G24.4: nearly every trial is pruned, so that hardly anything is left to choose from."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from hpt_tui.domain import figures
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialState


def over_pruned(study: StudySnapshot, limits: Thresholds) -> Iterator[Flag]:
    """Of the complete and pruned trials, without those that a person pruned; failed ones are not counted."""
    judged = [t for t in study.trials if t.state in (TrialState.COMPLETE, TrialState.PRUNED) and not t.by_hand]
    pruned = [t for t in judged if t.state is TrialState.PRUNED]
    if len(judged) < limits.pruned_trials or len(pruned) <= limits.pruned_share * len(judged):
        return
    by_hand = sum(t.by_hand for t in study.trials if t.state is TrialState.PRUNED)
    share = figures.percent(len(pruned) / len(judged))
    left = len(judged) - len(pruned)
    yield Flag(
        "over-pruned",
        Severity.WARNING if left else Severity.CRITICAL,
        f"{len(pruned)} of {len(judged)} finished trials ({share}) were pruned; "
        + (f"the best is chosen from {left}" if left else "none is left to choose from"),
        "The space holds mostly poor configurations, or the pruner judges too early or too strictly.",
        "Relax the pruner (more startup trials, more warmup steps), or widen the space.",
        (
            ("pruned by the pruner", len(pruned)),
            ("complete", left),
            ("share pruned", share),
            ("threshold", figures.percent(limits.pruned_share)),
            ("median steps before pruning", median(t.steps for t in pruned)),
            ("pruned by hand, not counted", by_hand),
        ),
        trials=tuple(t.number for t in reversed(pruned[-limits.trials_shown :])),
        why_no_order="The pruner is set when a search is started, and stays as it is while it runs.",
        rule="G24.4",
    )
