"""G24.4: nearly every trial is pruned, so that hardly anything is left to choose from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

import numpy as np

from hpt_tui.domain import figures
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.trials import Mark, Places, Trials


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    complete: int
    pruned: Places
    """By the pruner."""
    by_hand: int
    """Pruned ones that a person, not the pruner, has ended."""


def over_pruned(study: StudySnapshot, limits: Thresholds) -> Iterator[Flag]:
    """Of the complete and pruned trials, without those that a person pruned; failed ones are not counted."""
    trials = study.trials
    c = trials.columns
    found = trials.derive("judged by the pruner", (c.states, c.marks), lambda: _judged(trials))
    pruned, left = found.pruned, found.complete
    judged = left + len(pruned)
    if judged < limits.pruned_trials or len(pruned) <= limits.pruned_share * judged:
        return
    share = figures.percent(len(pruned) / judged)
    yield Flag(
        "over-pruned",
        Severity.WARNING if left else Severity.CRITICAL,
        f"{len(pruned)} of {judged} finished trials ({share}) were pruned; "
        + (f"the best is chosen from {left}" if left else "none is left to choose from"),
        "The space holds mostly poor configurations, or the pruner judges too early or too strictly.",
        "Relax the pruner (more startup trials, more warmup steps), or widen the space.",
        (
            ("pruned by the pruner", len(pruned)),
            ("complete", left),
            ("share pruned", share),
            ("threshold", figures.percent(limits.pruned_share)),
            ("median steps before pruning", _median_steps(trials, pruned)),
            ("pruned by hand, not counted", found.by_hand),
        ),
        trials=tuple(c.numbers[pruned[-limits.trials_shown :]][::-1].tolist()),
        why_no_order="The pruner is set when a search is started, and stays as it is while it runs.",
        rule="G24.4",
    )


def _judged(trials: Trials) -> _Judged:
    pruned, by_hand = trials.in_state(TrialState.PRUNED), trials.marked(Mark.BY_HAND)
    complete = trials.in_state(TrialState.COMPLETE) & ~by_hand
    return _Judged(
        int(np.count_nonzero(complete)), np.flatnonzero(pruned & ~by_hand), int(np.count_nonzero(pruned & by_hand))
    )


def _median_steps(trials: Trials, pruned: Places) -> float:
    steps = trials.derived.settle(
        "steps of judged", (trials.columns.steps, pruned), lambda: trials.columns.steps[pruned]
    )
    middle = sorted({(len(steps) - 1) // 2, len(steps) // 2})

    def middle_one() -> float:
        # Whole where one trial is in the middle.
        found: float = median(np.partition(steps, middle)[middle].tolist())
        return found

    return trials.derive("median steps", (steps,), middle_one)
