"""All the red flags, and the functions that raise them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from hpt_tui.domain.flags.all_alike import all_alike
from hpt_tui.domain.flags.baseline_wins import baseline_wins
from hpt_tui.domain.flags.confirmed_best import confirmed_best
from hpt_tui.domain.flags.constant import constant
from hpt_tui.domain.flags.crash_loop import crash_loop
from hpt_tui.domain.flags.dead_parameter import dead_parameter
from hpt_tui.domain.flags.duplicates import duplicates
from hpt_tui.domain.flags.early_death import early_death
from hpt_tui.domain.flags.edge import edge
from hpt_tui.domain.flags.failing import failing
from hpt_tui.domain.flags.flag import Flag
from hpt_tui.domain.flags.over_pruned import over_pruned
from hpt_tui.domain.flags.overfit import overfit
from hpt_tui.domain.flags.seed_noise import seed_noise
from hpt_tui.domain.flags.spiky_loss import spiky_loss
from hpt_tui.domain.flags.stalled import stalled
from hpt_tui.domain.flags.surroundings import Surroundings
from hpt_tui.domain.flags.thresholds import DEFAULT_THRESHOLDS, Thresholds
from hpt_tui.domain.flags.underfit import underfit
from hpt_tui.domain.flags.zombie import zombie
from hpt_tui.domain.snapshot import StudySnapshot

Rule: TypeAlias = Callable[[StudySnapshot, Thresholds], Iterator[Flag]]
OutsideRule: TypeAlias = Callable[[StudySnapshot, Surroundings, Thresholds], Iterator[Flag]]

RULES: tuple[Rule, ...] = (
    crash_loop,
    early_death,
    failing,
    spiky_loss,
    constant,
    edge,
    over_pruned,
    all_alike,
    duplicates,
    dead_parameter,
    baseline_wins,
    seed_noise,
    overfit,
    underfit,
)
"""In the order in which flags of the same severity are listed. Rules that need a best trial say nothing of a
study with several objectives."""
OUTSIDE_RULES: tuple[OutsideRule, ...] = (zombie, stalled, confirmed_best)
"""Those that go by what is not in the study: the time, the workers, other searches."""

FLAG_IDS = tuple(rule.__name__.replace("_", "-") for rule in (*RULES, *OUTSIDE_RULES))
"""The id of each rule's flags: the rule's name, spelt with hyphens."""


def check(
    study: StudySnapshot, limits: Thresholds = DEFAULT_THRESHOLDS, around: Surroundings | None = None
) -> tuple[Flag, ...]:
    """Every flag that ``study`` raises, worst first; the same ones keep their order from frame to frame. While the
    study is still being read there are none: a few of its trials show nothing. Without ``around`` the rules that
    need it are left out."""
    inside = judge(study, limits)
    return inside if around is None else sorted_by_severity((*inside, *look_round(study, around, limits)))


def judge(study: StudySnapshot, limits: Thresholds = DEFAULT_THRESHOLDS) -> tuple[Flag, ...]:
    """The flags of the study by itself: they stay as long as it is the same."""
    if study.outline is not None:
        return ()
    return sorted_by_severity(flag for rule in RULES for flag in rule(study, limits))


def look_round(
    study: StudySnapshot, around: Surroundings, limits: Thresholds = DEFAULT_THRESHOLDS
) -> tuple[Flag, ...]:
    """The flags that come and go while the study stays the same; cheap enough to be asked for at every tick."""
    if study.outline is not None:
        return ()
    return sorted_by_severity(flag for rule in OUTSIDE_RULES for flag in rule(study, around, limits))


def sorted_by_severity(flags: Iterable[Flag]) -> tuple[Flag, ...]:
    return tuple(sorted(flags, key=lambda flag: flag.severity.rank))
