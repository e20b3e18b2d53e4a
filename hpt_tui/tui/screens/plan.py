"""The plan of phases: how far each is, what it changed in the space, what comes next (G17, G3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding

from hpt_tui.domain import figures
from hpt_tui.domain.figures import plain
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.orders.phases import NextPhase, foreseen_changes
from hpt_tui.domain.phases.course import Course, PhaseState, PhaseView, course
from hpt_tui.domain.phases.cut import cut
from hpt_tui.domain.phases.plan import PlanKind, SearchPlan
from hpt_tui.tui.screens.page import BACK, Page, Sheet, paragraph
from hpt_tui.tui.text import Part, fit, line, wrap
from hpt_tui.tui.widgets.keybar import Hint

_SIGNS = {PhaseState.DONE: ("✓", "good"), PhaseState.NOW: ("▶", "run"), PhaseState.TO_COME: ("·", "dim")}
_KINDS = {
    PlanKind.PHASES: "Explore the whole space, refine it round the best, validate the winners (G17).",
    PlanKind.STAGED: "Tier by tier: later ones stay at their baseline, earlier ones at the best found (G3).",
}
_NOTHING = (
    "This study follows no plan of phases.",
    "To explore, refine and validate by one command: hpt-tui run FILE.py --plan phases. With sizes of your own: "
    "--plan phases:explore=40,refine=20,top=3,seeds=3.",
    "To tune tier by tier, the learning rate first: hpt-tui run FILE.py --plan staged. It needs a StudySpec with "
    "a baseline. What the study has found so far counts as explored.",
)


class PlanPage(Page[NextPhase | None]):
    """Counted anew with every frame in which the study has changed; gives back the order for the next phase."""

    BINDINGS: ClassVar = [Binding("n", "next_phase", show=False)]
    title_text = "Plan ─ the phases of the search"

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self._frame = frame
        plan = frame.study.control.plan
        onward = plan is not None and plan.next is not None
        self.hints = (*((Hint("n", "next phase now …", "next_phase"),) if onward else ()), BACK)

    def show(self, frame: Frame) -> None:
        changed = frame.study is not self._frame.study
        self._frame = frame
        if changed:
            self.redraw()

    def action_next_phase(self) -> None:
        plan = self._frame.study.control.plan
        if plan is not None and plan.next is not None:
            self.dismiss(NextPhase(plan.now.index))

    def lines(self, sheet: Sheet, width: int) -> list[Text]:
        study, now = self._frame.study, self._frame.now
        plan, seen = study.control.plan, course(study, now)
        if plan is None or seen is None:
            return [part for text in _NOTHING for part in (*paragraph(text, width, sheet.pen("text")), line())][
                :-1
            ]
        if study.outline is not None:
            return paragraph("Counted once all trials have been read.", width, sheet.pen("dim"))
        drawn = [*paragraph(_KINDS[plan.kind], width, sheet.pen("dim")), line()]
        names = max(len(plain(view.phase.name)) for view in seen.views)
        for view in seen.views:
            drawn += _phase(view, names, sheet, width)
        drawn += [line(), line(("What comes next", sheet.pen("head")))]
        return [*drawn, *_next(self._frame, plan, seen, sheet, width)]


def _phase(view: PhaseView, names: int, sheet: Sheet, width: int) -> Iterator[Text]:
    sign, pen = _SIGNS[view.state]
    dim, phase = sheet.pen("dim"), view.phase
    size = f"{phase.top} x {phase.seeds}" if phase.validates and not view.done else f"{view.done}/{view.size}"
    parts: list[Part] = [(f"{sign} ", sheet.pen(pen)), f"{fit(phase.name, names)}  {size:>9}"]
    if view.state is not PhaseState.TO_COME:
        best = figures.UNKNOWN if view.best is None else figures.metric(view.best)
        number = "" if view.best_number is None else f"#{view.best_number}"
        parts += [("   best ", dim), f"{best} {number:<6}", ("  time ", dim), figures.duration(view.seconds)]
    yield line(*parts)
    to_tune = (f"tunes {', '.join(phase.tuned)}",) if view.state is PhaseState.TO_COME and phase.tuned else ()
    for text in to_tune or view.changes:
        yield from (line((f"    {part}", dim)) for part in wrap(text, max(10, width - 4)))
    for part in wrap(f"over: {view.why_over}", max(10, width - 4)) if view.why_over else ():
        yield line((f"    {part}", dim))


def _next(frame: Frame, plan: SearchPlan, seen: Course, sheet: Sheet, width: int) -> Iterator[Text]:
    text, dim = sheet.pen("text"), sheet.pen("dim")
    following = plan.next
    if following is None:
        done = "Nothing: the plan is done." if seen.over else f"{plan.phase.name} is the last phase."
        yield from paragraph(done, width, text, indent=2)
    elif plan.skip_ordered:
        yield from paragraph(
            f"{following.name}, as soon as a worker is free: it was ordered.", width, text, indent=2
        )
    else:
        said = f"{following.name}. As things stand: {foreseen_changes(frame.study, plan, frame.now)}."
        yield from paragraph(said, width, text, indent=2)
    if told := cut(frame.study):
        yield from paragraph(f"{told[0].upper()}{told[1:]}.", width, text, indent=2)
    if seen.eta is not None and seen.plan_eta is not None:
        eta = f"The phase takes {figures.about(seen.eta)} more, the plan {figures.about(seen.plan_eta)}."
        yield from paragraph(eta, width, dim, indent=2)
