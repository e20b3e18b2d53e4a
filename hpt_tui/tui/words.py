"""States in words and signs: colour is never alone."""

from __future__ import annotations

from dataclasses import dataclass

from hpt_tui.domain import figures
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.orders.search import PauseStudy, ResumeStudy, StopStudy
from hpt_tui.domain.orders.trials import PruneTrial
from hpt_tui.domain.orders.workers import AddWorker
from hpt_tui.domain.progress import finished, halted, steps_used_up, stop_words, tally, used_up
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, Range
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.worker import WorkerState
from hpt_tui.tui.text import clip, time_of_day
from hpt_tui.tui.unread import OPENING, UNHEARD

BEST, BASELINE, MARKED = "★", "◇", "◆"
INFEASIBLE = "!"
DOT = "·"
"""A point among many."""
CHOSEN = "›"
"""In front of the chosen row of any list."""

STATE_SIGNS = {
    TrialState.WAITING: "·",
    TrialState.RUNNING: "▸",
    TrialState.COMPLETE: "✓",
    TrialState.PRUNED: "⊘",
    TrialState.FAILED: "✗",
}
STATE_PENS = {
    TrialState.WAITING: "dim",
    TrialState.RUNNING: "run",
    TrialState.COMPLETE: "text",
    TrialState.PRUNED: "dim",
    TrialState.FAILED: "bad",
}
SEVERITY_SIGNS = {Severity.CRITICAL: "✖", Severity.WARNING: "▲", Severity.INFO: "●"}
SEVERITY_PENS = {Severity.CRITICAL: "bad", Severity.WARNING: "warn", Severity.INFO: "run"}
WORKER_SIGNS = {
    WorkerState.STARTING: "·",
    WorkerState.TRAINING: "▸",
    WorkerState.WAITING: "·",
    WorkerState.PAUSED: "‖",
    WorkerState.LEAVING: "◂",
    WorkerState.LOST: "✗",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How the study stands, as the first word on the screen."""

    sign: str
    word: str
    pen: str


def standing(frame: Frame) -> Standing:
    """The one state that matters most just now."""
    control = frame.study.control
    if not frame.opened:
        return Standing(UNHEARD, OPENING, "warn" if frame.trouble else "dim")
    if frame.stale_since is not None:
        lasting = figures.lasting(frame.now - frame.stale_since)
        return Standing(UNHEARD, f"stale since {time_of_day(frame.stale_since)} ({lasting})", "bad")
    if used_up(frame.study) and not frame.study.running:
        return Standing("✓", "finished", "good")
    if frame.finished:
        return _ended(frame)
    if control.moved_to:
        return Standing("→", "moving over", "warn")
    if halted(frame.study, frame.now):
        return Standing("■", stop_words(frame.study, frame.now), "warn")
    if control.halt is not None:
        return Standing("✗", "paused: trials keep failing (p goes on)", "bad")
    if control.paused:
        return Standing("‖", "paused", "warn")
    return _at_work(frame)


def _at_work(frame: Frame) -> Standing:
    """Of a search that nothing holds up."""
    if frame.study.control.by_hand:
        return Standing("▸" if frame.study.running else "·", "by hand (B)", "run")
    if frame.study.counts[TrialState.RUNNING]:
        return Standing("▸", stop_words(frame.study, frame.now) or "running", "good")
    alive = any(w.state is not WorkerState.LOST for w in frame.workers)
    return Standing("·", "waiting" if alive else "idle", "dim")


def _ended(frame: Frame) -> Standing:
    """How a search ended whose budget is not used up."""
    found = tally(frame.study)
    if found.validated and not found.validating:
        return Standing("✓", "validated", "good")
    done = finished(frame.study)
    of = "" if frame.study.budget is None else f"/{figures.count(frame.study.budget)}"
    sign, word = ("■", "stopped") if halted(frame.study, frame.now) else ("✗", "given up")
    return Standing(sign, f"{word} {figures.count(done)}{of}", "warn")


def reading(study: StudySnapshot) -> str:
    """How much of a big study has been read, always in the same width; empty once all of it has."""
    if study.outline is None:
        return ""
    total = figures.count(study.outline.total)
    return f"reading {figures.count(study.outline.read):>{len(total)}} of {total} trials"


def goes_on(frame: Frame) -> str:
    """What starts a search again that does not run; empty while it runs."""
    study = frame.study
    if used_up(study):
        run = f"hpt-tui run {clip(study.study_file, 40) or '…'}"
        if study.step_budget is not None and steps_used_up(study):
            return f"All {plural(study.step_budget.steps, 'step')} are run; more with: {run} --max-steps N"
        return f"All {plural(study.budget or 0, 'trial')} are done; more with: {run} --trials N"
    return "p goes on" if frame.finished and halted(study, frame.now) else ""


def kinship(study: StudySnapshot) -> str:
    """The other study of a fork; empty where there is none."""
    if study.successor:
        return f"→ {'goes on in' if study.control.moved_to else 'being forked into'} {study.successor}"
    return f"← fork of {study.predecessor}" if study.predecessor else ""


def remedy(flag: Flag) -> str:
    """The key that helps, and what it does; enter opens any flag."""
    match flag.order:
        case ChangeBound():
            return "w widen"
        case PruneTrial(number):
            return f"enter prune #{number}"
        case StopStudy():
            return "s stop"
        case PauseStudy():
            return "p pause"
        case ResumeStudy():
            return "p go on"
        case AddWorker():
            return "+ worker"
        case _:
            return "enter why"


def range_text(range_: Range | None) -> str:
    """``1.0e-4 … 1.0e-1, log``, or the options."""
    if range_ is None:
        return figures.UNKNOWN
    if isinstance(range_, Choices):
        return "one of " + ", ".join(figures.parameter(o) for o in range_.options)
    low, high = (figures.parameter(x, log=range_.log) for x in (range_.low, range_.high))
    step = f", step {range_.step:g}" if range_.step not in (None, 1) else ""
    return f"{low} … {high}{', log' if range_.log else ''}{step}"


def plural(number: int, noun: str) -> str:
    return f"{figures.count(number)} {noun}" + ("" if number == 1 else "s")
