"""The search by hand (G10): the runs so far, the last one's curve, what to try next and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from hpt_tui.domain import figures
from hpt_tui.domain.configuration import range_of, value_of
from hpt_tui.domain.figures import plain
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.manual.conclusion import commands, conclusion
from hpt_tui.domain.manual.proposal import Ending, Proposal
from hpt_tui.domain.manual.start import checked, new_loop
from hpt_tui.domain.manual.step import Step, next_step, search_range
from hpt_tui.domain.manual.verdict import Verdict
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.orders.manual import EndManual, RunManual
from hpt_tui.domain.orders.order import Order
from hpt_tui.errors import OrderRefusedError
from hpt_tui.tui.keys import by_id
from hpt_tui.tui.screens.manual_runs import runs_table, under_way
from hpt_tui.tui.screens.page import BACK, Dialog, Sheet, paragraph
from hpt_tui.tui.screens.prompt import Heard, Prompt
from hpt_tui.tui.screens.widen import in_force
from hpt_tui.tui.text import clip, line
from hpt_tui.tui.widgets.curves import Curves
from hpt_tui.tui.widgets.keybar import Hint, KeyBar

NO_TRIAL = -1
ACTS = ("metric", "log")
BEFORE = (
    "By hand, workers run what you order here, one run after the other, whole, and no sampler draws a trial until "
    "you go on searching."
)


class ManualPage(Dialog[Order | None]):
    """Kept up to date while a run trains. Gives back an order that is asked for elsewhere."""

    DEFAULT_CSS = """
    ManualPage {
        .box { width: 116; height: 94%; padding: 0 2; }
        Sheet { height: auto; max-height: 65%; margin-bottom: 0; }
        Curves {
            height: 1fr; min-height: 6;
            border-top: solid $border-blurred; border-title-color: $foreground;
        }
    }
    """
    BINDINGS: ClassVar = [
        Binding("enter", "run", show=False, priority=True),
        Binding("e", "edit", show=False),
        Binding("s", "search", show=False),
        Binding("w", "widen", show=False),
        *(by_id(act).binding for act in ACTS),
    ]

    def __init__(self, frame: Frame, order: Callable[[Order], object]) -> None:
        """``order``: hands an order on."""
        super().__init__()
        self._frame, self._order = frame, order
        self._step = _step_of(frame)
        self._ordered: int | None = None
        """How many runs there were when the last one was ordered."""

    @property
    def looks_at(self) -> frozenset[int]:
        return frozenset() if self._step is None else frozenset(self._step.loop.runs)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(self._title)
            yield Sheet(self.lines)
            yield Curves()
            yield KeyBar(self._hints)

    def on_mount(self) -> None:
        self.show(self._frame)

    def show(self, frame: Frame) -> None:
        self._frame, self._step = frame, _step_of(frame)
        if any(notice.failed for notice in frame.notices):
            # It may have been refused.
            self._ordered = None
        self.query_one(".box").border_title = Content(self._title)
        sheet = self.query_one(Sheet)
        sheet.redraw()
        sheet.refresh(layout=True)
        self.query_one(KeyBar).change(self._hints)
        self._draw()

    def _draw(self) -> None:
        """The curve of the newest run that has one."""
        runs, curves = () if self._step is None else self._step.runs, self._frame.study.curves
        drawn = (run.number for run in reversed(runs) if run.number in curves)
        self.query_one(Curves).show_only(self._frame, next(drawn, NO_TRIAL))

    # What can be done

    @property
    def _proposal(self) -> Proposal | None:
        """What Enter runs."""
        step = self._step
        if step is None or step.ending is not None or self._ordered == len(step.loop.runs):
            return None
        return step.proposal

    @property
    def _title(self) -> str:
        if (step := self._step) is None:
            return "By hand"
        return f"By hand ─ {plain(clip(step.loop.parameter, 30))}, {step.loop.most} runs at most"

    @property
    def _hints(self) -> tuple[Hint, ...]:
        step, proposal, hints = self._step, self._proposal, []
        if proposal is not None:
            hints.append(Hint("enter", f"run {self._rate(proposal.value)}", "run"))
        if step is not None and step.open is None:
            hints.append(Hint("e", "another value", "edit"))
        if self._wish is not None:
            hints.append(Hint("w", "widen …", "widen"))
        elif (near := self._near) is not None and near.low is not None and near.high is not None:
            hints.append(Hint("w", f"{self._rate(near.low)} … {self._rate(near.high)}", "widen"))
        if self._frame.study.control.by_hand:
            hints.append(Hint("s", "go on searching", "search"))
        return (*hints, Hint("m", "metric", "metric", 1), Hint("l", "log", "log", 1), BACK)

    @property
    def _wish(self) -> ChangeBound | None:
        """The bound that is in the way."""
        step = self._step
        if step is None or step.proposal is None or step.proposal.side is None:
            return None
        wanted = step.proposal.wanted
        return ChangeBound(step.loop.parameter, **{step.proposal.side.value: wanted}, reason="by-hand")

    @property
    def _near(self) -> ChangeBound | None:
        """The range round the rate that converges well."""
        step = self._step
        if step is None or step.ending is not Ending.CONVERGED or step.found is None:
            return None
        low, high = search_range(step.found.rate, self._frame.limits.flags)
        order = ChangeBound(step.loop.parameter, low, high, reason="by-hand")
        return None if in_force(self._frame.study, order) else order

    def action_run(self) -> None:
        if self._step is not None and (proposal := self._proposal) is not None:
            self._run(proposal.value)

    def _run(self, value: float) -> None:
        if self._step is not None:
            if self._frame.access.steering:
                self._ordered = len(self._step.loop.runs)
            self._order(RunManual(value, self._step.loop.parameter))
            self.show(self._frame)

    def action_edit(self) -> None:
        step = self._step
        if step is None or step.open is not None:
            return
        name = step.loop.parameter
        value = step.proposal.value if step.proposal is not None else step.loop.start

        def hear(word: str) -> Heard:
            try:
                rate = _typed(self._frame, name, word)
            except OrderRefusedError as error:
                return Heard(error.line, good=False)
            again = next((run.number for run in step.runs if run.rate == rate), None)
            known = "" if again is None else f" It ran already, as #{again}."
            return Heard(f"The next free worker runs it.{known}", good=True)

        def given(word: str | None) -> None:
            if word is not None:
                self._run(_typed(self._frame, name, word))

        sentence = "All other parameters stay as they are in the other runs."
        self.app.push_screen(Prompt("Another value", sentence, plain(name), f"{value:g}", hear), given)

    def action_search(self) -> None:
        if self._frame.study.control.by_hand:
            self._order(EndManual())
            self.dismiss(None)

    def action_widen(self) -> None:
        if (wish := self._wish) is not None:
            self.dismiss(wish)
        elif (near := self._near) is not None:
            self._order(near)

    def action_metric(self) -> None:
        self.query_one(Curves).next_metric()

    def action_log(self) -> None:
        self.query_one(Curves).toggle_log()

    # What is said

    def lines(self, sheet: Sheet, width: int) -> list[Text]:
        step = self._step
        if step is None:
            return paragraph("The study is being read.", width, sheet.pen("dim"))
        drawn = [*runs_table(self._frame, step, sheet, width), line()] if step.runs else []
        if not self._frame.study.control.by_hand or not step.runs:
            now = "The search draws its own trials now. " if step.runs else ""
            drawn += [*paragraph(f"{now}{BEFORE}", width, sheet.pen("dim")), line()]
        if step.open is not None:
            return [*drawn, *under_way(self._frame, step.open, sheet, width)]
        if step.last is not None and step.ending is None:
            last = step.last
            drawn += paragraph(f"#{last.number} {last.verdict}: {last.why}.", width, sheet.pen("text"))
        return [*drawn, *self._onward(step, sheet, width)]

    def _onward(self, step: Step, sheet: Sheet, width: int) -> list[Text]:
        limits = self._frame.limits.flags
        if step.ending is not None:
            first, *rest = conclusion(step, self._frame.study, limits)
            pen = "good" if step.found is not None and step.found.verdict is Verdict.WELL else "warn"
            drawn = paragraph(first, width, sheet.pen(pen))
            drawn += [part for sentence in rest for part in paragraph(sentence, width, sheet.pen("text"))]
            return [*drawn, *(line(("  " + command, sheet.pen("key"))) for command in commands(self._frame.study))]
        if step.proposal is None:
            return paragraph("The curves are being read.", width, sheet.pen("dim"))
        if self._ordered == len(step.loop.runs):
            return paragraph("Ordered; the next free worker takes it.", width, sheet.pen("run"))
        rate = self._rate(step.proposal.value)
        next_one = f"→ next: {clip(step.loop.parameter, 30)} {rate}, {step.proposal.why}."
        return paragraph(next_one, width, sheet.pen("strong"))

    def _rate(self, value: float) -> str:
        return figures.parameter(value, log=True)


def _typed(frame: Frame, name: str, word: str) -> float:
    """The value that was typed.

    Raises:
        OrderRefusedError: it cannot be run.
    """
    value = value_of(name, word, range_of(frame.study, name))
    return checked(frame.study, name, float(value) if isinstance(value, int | float) else 0.0)


def _step_of(frame: Frame) -> Step | None:
    """How the study's loop stands; without one, how a new one would begin."""
    study, limits = frame.study, frame.limits.flags
    if study.control.manual is not None or study.outline is not None:
        return next_step(study, limits)
    try:
        loop = new_loop(study, "", None, limits.manual_runs, frame.now)
    except OrderRefusedError:
        return None
    begun = replace(study.control, manual=replace(loop, on=False))
    return next_step(replace(study, control=begun), limits)
