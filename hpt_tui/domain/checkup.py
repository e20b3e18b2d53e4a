"""Everything there is to say of a study's health at one moment."""

from __future__ import annotations

from dataclasses import dataclass

from hpt_tui.domain.checklist import Check, checklist
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.rules import check
from hpt_tui.domain.flags.surroundings import Surroundings
from hpt_tui.domain.flags.thresholds import DEFAULT_THRESHOLDS, Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.stopping import NO_BUDGET, Budget, StopRule, stop_rules


@dataclass(frozen=True, slots=True, eq=False)
class Checkup:
    """Flags, checklist and stop rules of one look."""

    study: StudySnapshot
    flags: tuple[Flag, ...]
    checklist: tuple[Check, ...]
    stop_rules: tuple[StopRule, ...]

    @property
    def worst(self) -> Severity | None:
        """Of the flags; None without any."""
        return min((flag.severity for flag in self.flags), key=lambda severity: severity.rank, default=None)


def checkup(
    study: StudySnapshot,
    around: Surroundings,
    budget: Budget = NO_BUDGET,
    limits: Thresholds = DEFAULT_THRESHOLDS,
) -> Checkup:
    """Of a study that has been read whole."""
    flags = check(study, limits, around)
    return Checkup(study, flags, checklist(study, flags, limits), stop_rules(study, around.now, budget, limits))
