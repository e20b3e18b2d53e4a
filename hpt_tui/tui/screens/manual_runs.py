"""The runs of a search by hand, as lines: a table of those so far, and the one that is under way."""

from __future__ import annotations

from rich.text import Text

from hpt_tui.domain import figures
from hpt_tui.domain.configuration import written
from hpt_tui.domain.figures import plain
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.manual.step import Step
from hpt_tui.domain.manual.verdict import Run, Verdict
from hpt_tui.domain.worker import WorkerState
from hpt_tui.tui.screens.page import Sheet, paragraph
from hpt_tui.tui.text import clip, fit, line

VERDICT_PENS = {
    Verdict.WELL: "good",
    Verdict.SLOW: "warn",
    Verdict.STUCK: "warn",
    Verdict.OSCILLATES: "bad",
    Verdict.DIVERGED: "bad",
    Verdict.FAILED: "bad",
    Verdict.OPEN: "run",
}
VERDICT_SIGNS = {
    Verdict.WELL: "✓",
    Verdict.SLOW: "↑",
    Verdict.STUCK: "↓",
    Verdict.OSCILLATES: "↓",
    Verdict.DIVERGED: "↓",
    Verdict.FAILED: "✗",
    Verdict.OPEN: "▸",
}
"""Where the rate has to go, or how the run stands."""


def under_way(frame: Frame, run: Run, sheet: Sheet, width: int) -> list[Text]:
    """How far the run is, and what its curve says so far."""
    trial, study = frame.study.by_number.get(run.number), frame.study
    steps = 0 if trial is None else trial.steps
    of = "" if study.steps is None else f"/{study.steps}"
    so_far = "" if run.verdict is Verdict.OPEN else f"so far: {run.verdict}, "
    text = f"▸ #{run.number} {steps}{of}: {so_far}{run.why}."
    alive = any(w.state is not WorkerState.LOST for w in frame.workers)
    idle = "" if alive else " No worker lives to run it: + on the main screen starts one."
    return paragraph(text + idle, width, sheet.pen("run"))


def runs_table(frame: Frame, step: Step, sheet: Sheet, width: int) -> list[Text]:
    """One line a run: its rate, value, and verdict."""
    study, dim = frame.study, sheet.pen("dim")
    name, metric = clip(plain(step.loop.parameter), 14), clip(plain(study.metric), 14)
    rate, value = max(8, len(name)), max(10, len(metric))
    head = f"run  trial  {fit(name, rate, right=True)}  {fit(metric, value, right=True)}  verdict"
    drawn = [line((clip(head, width), sheet.pen("head")))]
    room = width - rate - value - 34
    for place, run in enumerate(step.runs):
        pen = sheet.pen(VERDICT_PENS.get(run.verdict, "dim"))
        best = step.found is not None and run.number == step.found.number
        range_ = study.space[step.loop.parameter]
        shown = figures.parameter(run.rate, log=True) if run.rate < 1000 else written(run.rate, range_)
        drawn.append(
            line(
                f"{place + 1:>3}  {fit('#' + str(run.number), 5)}  {fit(shown, rate, right=True)}  ",
                (fit(figures.metric(run.value), value, right=True), sheet.pen("best" if best else "text")),
                (f"  {VERDICT_SIGNS.get(run.verdict, '·')} {fit(run.verdict.value, 15)}", pen),
                (clip(run.why, room) if room > 24 else "", dim),
            )
        )
    others = ", ".join(f"{plain(n)}={plain(str(v))}" for n, v in sorted(step.loop.base.items()))
    return [*drawn, line((clip(f"     with {others}", width), dim))] if others else drawn
