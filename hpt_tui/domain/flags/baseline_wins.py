"""G24.6: the default configuration is as good as the best tuned one, or better."""

from __future__ import annotations

from collections.abc import Iterator

from hpt_tui.domain import figures
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trials import Mark, Rows


def baseline_wins(study: StudySnapshot, limits: Thresholds) -> Iterator[Flag]:
    """Complete tuned trials against the baseline (G27). Silent without a baseline, or with too few trials."""
    baseline = study.baseline if study.single else None
    if baseline is None or baseline.value is None:
        return
    tuned = _tuned(study)
    if len(tuned) < limits.baseline_trials:
        return
    best = tuned[0]
    if best.value is None or study.direction.better(best.value, baseline.value):
        return
    metric = figures.plain(study.metric)
    equal = best.value == baseline.value
    than = "as good as" if equal else "better than"
    yield Flag(
        "baseline-wins",
        Severity.WARNING,
        f"The baseline's {metric} {figures.metric(baseline.value)} is {than} the best of {len(tuned)} tuned ones "
        f"({figures.metric(best.value)}): the search has gained nothing",
        "The space leaves out good configurations, there were too few trials, or the tuned ones train otherwise.",
        "Widen the space round the baseline, run more trials, and check that both are measured alike.",
        (
            ("baseline", figures.metric(baseline.value)),
            ("best tuned", figures.metric(best.value)),
            ("gap", figures.metric(abs(baseline.value - best.value))),
            ("tuned trials", len(tuned)),
        ),
        trials=(baseline.number, best.number),
        why_no_order="Which bounds to move, or what is measured differently, takes a look at the trials.",
        rule="G24.6",
    )


def _tuned(study: StudySnapshot) -> Rows:
    """The complete trials, best first, without those that ran the default configuration."""
    trials, places = study.trials, study.ranked.places
    tuned = trials.derive(
        "tuned", (places, trials.columns.marks), lambda: places[~trials.marked(Mark.BASELINE)[places]]
    )
    return Rows(trials, tuned)
