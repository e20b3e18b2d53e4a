"""What a rule may know beside the study itself: the time, who works, and other searches over the same space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.worker import WorkerView


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """One look at a study from outside. Times are epoch seconds; the domain has no clock of its own."""

    now: float
    workers: tuple[WorkerView, ...] = ()
    """Every worker that the study has a lease of, the lost ones, too."""
    since: float | None = None
    """Since when somebody has been looking; None: this is the first look."""
    moved: Mapping[int, float] = field(default_factory=dict)
    """By the number of a running trial: when a new step of it was last seen to come. One that has not moved since
    somebody is looking is missing."""
    others: tuple[StudySnapshot, ...] = ()
    """Independent searches to compare with (G24.7)."""
