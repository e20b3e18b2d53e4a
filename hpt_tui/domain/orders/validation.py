"""The order to validate the best configurations with several seeds (G28)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hpt_tui.domain import figures
from hpt_tui.domain.candidates import SEEDS, TOP, candidates, check_validation, missing_runs
from hpt_tui.domain.event import Event
from hpt_tui.domain.orders.order import OrderBook, WrittenOrder
from hpt_tui.domain.progress import to_validate
from hpt_tui.errors import OrderRefusedError

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Frame
    from hpt_tui.domain.snapshot import StudySnapshot


@dataclass(frozen=True, slots=True)
class Validate(WrittenOrder):
    """Run the best configurations, and the default one, once more with several seeds each. Given again, it goes on
    with what is missing. In a study that was stopped the search stays where it is: the stop becomes one at the
    number of trials that there are, beyond which these runs go."""

    top: int = TOP
    seeds: int = SEEDS
    unseeded: bool = False
    """Whether the objective need not ask for its seed: its runs differ by themselves."""

    def enough(self, study: StudySnapshot) -> bool:
        return study.outline is None

    def foreseen(self, frame: Frame, now: float) -> Event:
        study = frame.study
        if frame.more:
            raise OrderRefusedError(study.name, "is still being read", "try again in a moment")
        check_validation(study, self.top, self.seeds)
        missing = missing_runs(study, self.top, self.seeds)
        halted = study.control.stops_by(now) and to_validate(study)
        if not missing and not halted:
            remedy = "ask for more of them, or for more configurations"
            raise OrderRefusedError("validation", "has all its runs already", remedy)
        count = len(candidates(study, self.top))
        subject = f"{count} configurations x {self.seeds} seed{'s' * (self.seeds != 1)}"
        return Event(now, "", "validate", subject, "", f"{figures.count(len(missing))} to run")

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        if frame.study.control.stops_by(now):
            book.stop(False, now, limit=frame.study.trials.used)
        book.validate(missing_runs(frame.study, self.top, self.seeds), now)

    def said(self, event: Event) -> str:
        return f"validating {event.subject}, {event.after}: the next free workers take them first"

    def shows(self, study: StudySnapshot) -> bool:
        return not missing_runs(study, self.top, self.seeds)


def seconds_left(study: StudySnapshot, top: int, seeds: int, workers: int) -> float | None:
    """How long so many workers take for the runs that are missing: as long as the search took for each; None where
    nobody can tell."""
    took = [
        one.duration(0.0)
        for wanted in missing_runs(study, top, seeds)
        if (one := study.by_number.get(wanted.of)) is not None and one.ended is not None
    ]
    known = [seconds for seconds in took if seconds is not None]
    return sum(known) / workers if known and workers > 0 else None
