"""G24: every complete trial has the very same value."""

from __future__ import annotations

from collections.abc import Iterator

from hpt_tui.domain import figures
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.spread import of_one_configuration, values_of


def constant(study: StudySnapshot, limits: Thresholds) -> Iterator[Flag]:
    """Of complete trials with different parameters; those of one configuration are ``duplicates``."""
    count = len(study.ranked)
    values = values_of(study) if count >= limits.alike_trials else None
    if values is None or values.spread > 0 or of_one_configuration(study):
        return
    metric = figures.plain(study.metric)
    value = figures.metric(values.smallest)
    yield Flag(
        "constant",
        Severity.CRITICAL,
        f"{metric} of all {count} complete trials is exactly {value}: the search learns nothing",
        "The objective returns something that does not depend on the training: a constant, a variable of an "
        "earlier trial, or the accuracy of a model that predicts one class.",
        "Look at what the objective returns, and check that its parameters reach the model.",
        (("value", value), ("complete trials", count), ("different values", 1)),
        trials=study.ranked[: limits.trials_shown].numbers,
        why_no_order="What the objective returns is to be seen in its code only.",
        rule="G24",
    )
