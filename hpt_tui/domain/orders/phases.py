"""The order to leave a phase of the plan for the next one (G17, G3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hpt_tui.domain.event import Event
from hpt_tui.domain.orders.order import OrderBook, WrittenOrder
from hpt_tui.domain.phases.course import course
from hpt_tui.domain.phases.onward import SKIPPED, next_steps
from hpt_tui.domain.phases.plan import PlanKind, SearchPlan
from hpt_tui.errors import OrderRefusedError

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Frame
    from hpt_tui.domain.snapshot import StudySnapshot

NO_PLAN = "has no plan of phases"
HOW = "start one with: hpt-tui run FILE.py --plan phases"


@dataclass(frozen=True, slots=True)
class NextPhase(WrittenOrder):
    """Begin the next phase now, whatever is left of the one that is under way; what runs finishes. The validation
    comes once nothing of the search runs any more: the study's budget ends at what has begun."""

    phase: int | None = None
    """The place of the phase that is left; None: the one that is under way when the order is given."""

    def enough(self, study: StudySnapshot) -> bool:
        return study.outline is None

    def foreseen(self, frame: Frame, now: float) -> Event:
        study = frame.study
        plan = self._plan(study)
        following = plan.next
        if following is None:
            raise OrderRefusedError(plan.phase.name, "is the plan's last phase", "stop the study instead")
        if study.control.by_hand:
            problem = "begins no phase while the study is searched by hand"
            raise OrderRefusedError(study.name, problem, "go on into the search first")
        if plan.skip_ordered:
            raise OrderRefusedError(following.name, "is ordered already", "the next worker that is free begins it")
        seen = course(study, now)
        left = seen.now.words if seen is not None and seen.now is not None else plan.phase.name
        return Event(now, "", "next-phase", following.name, "", f"{left}; {foreseen_changes(study, plan, now)}")

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        plan = self._plan(frame.study)
        if plan.next is not None and plan.next.validates:
            book.set_budget(_begun(frame))
        else:
            book.skip_phase(plan.now.index, now)

    def said(self, event: Event) -> str:
        return f"phase {event.subject} begins with the next free worker; running trials finish"

    def shows(self, study: StudySnapshot) -> bool:
        plan = study.control.plan
        if plan is None:
            return False
        left = plan.now.index if self.phase is None else self.phase
        ended = study.budget is not None and study.budget <= study.trials.used + len(study.running)
        return plan.now.index > left or plan.skip_ordered or ended

    def _plan(self, study: StudySnapshot) -> SearchPlan:
        plan = study.control.plan
        if plan is None:
            raise OrderRefusedError(study.name, NO_PLAN, HOW)
        if self.phase is not None and self.phase != plan.now.index:
            raise OrderRefusedError(plan.phases[self.phase].name, f"is over: {plan.phase.name} has begun")
        return plan


def foreseen_changes(study: StudySnapshot, plan: SearchPlan, now: float) -> str:
    """What the next phase would put in force if it began now."""
    if plan.next is None:
        return ""
    if plan.next.validates:
        return f"the best {plan.next.top} are run with {plan.next.seeds} seeds each"
    steps = next_steps(study, plan, SKIPPED, now)
    if steps.begun.changes:
        return ", ".join(steps.begun.changes)
    return steps.note or ("the last tier is tuned" if plan.kind is PlanKind.STAGED else "the space stays")


def _begun(frame: Frame) -> int:
    """How many trials there will be once what runs has finished; that of a dead worker does not."""
    alive = {lease.worker for lease in frame.study.leases}
    running = sum(row.worker in alive and row.validates is None for row in frame.study.running)
    return max(1, frame.study.trials.used + running)
