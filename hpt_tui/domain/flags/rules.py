"""All the red flags, and the one function that raises them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from hpt_tui.domain.flags.all_alike import all_alike
from hpt_tui.domain.flags.baseline_wins import baseline_wins
from hpt_tui.domain.flags.early_death import early_death
from hpt_tui.domain.flags.edge import edge
from hpt_tui.domain.flags.flag import Flag
from hpt_tui.domain.flags.over_pruned import over_pruned
from hpt_tui.domain.flags.spiky_loss import spiky_loss
from hpt_tui.domain.flags.thresholds import DEFAULT_THRESHOLDS, Thresholds
from hpt_tui.domain.snapshot import StudySnapshot

Rule: TypeAlias = Callable[[StudySnapshot, Thresholds], Iterator[Flag]]

RULES: tuple[Rule, ...] = (early_death, spiky_loss, edge, over_pruned, all_alike, baseline_wins)
"""In the order in which flags of the same severity are listed. Rules that need a best trial say nothing of a
study with several objectives."""

FLAG_IDS = tuple(rule.__name__.replace("_", "-") for rule in RULES)
"""The id of each rule's flags: the rule's name, spelt with hyphens."""


def check(study: StudySnapshot, limits: Thresholds = DEFAULT_THRESHOLDS) -> tuple[Flag, ...]:
    """Every flag that ``study`` raises, worst first; the same ones keep their order from frame to frame. While the
    study is still being read there are none: a few of its trials show nothing."""
    if study.outline is not None:
        return ()
    found = [flag for rule in RULES for flag in rule(study, limits)]
    return tuple(sorted(found, key=lambda flag: flag.severity.rank))
