"""The search without a screen: progress on stderr, one JSON line a fact on stdout, an exit code.

The lines' keys are a contract (``tests/test_headless.py`` pins them): ``type`` is ``trial``, ``flag``,
``event``, ``notice`` or ``end``. Numbers that JSON cannot hold (NaN, infinities) are null.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as ProgressBar

from hpt_tui.domain import figures
from hpt_tui.domain.endings import Endings
from hpt_tui.domain.event import Event
from hpt_tui.domain.flags.flag import Flag
from hpt_tui.domain.frame import Cockpit, Frame, Notice
from hpt_tui.domain.orders.search import StopStudy
from hpt_tui.domain.phases.course import eta_words, phase_of, under_way
from hpt_tui.domain.progress import finished, halted, out_of_time, progress, steps_words, stop_words, used_up
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialRow, TrialState
from hpt_tui.domain.unreported import NO_STEPS

DONE, FELL_SHORT, STOPPED_BY_FLAG = 0, 1, 3
"""Exit codes; 2 is bad input, which ends the program before it comes here. Short falls a search of which no trial
completed, or whose workers gave up before its budget was used up."""

_REASONS = {
    "budget": "done",
    "time": "the time is up",
    "stopped": "stopped",
    "flag": "stopped by a flag",
    "gave-up": "the workers gave up",
}
"""Why a search ended, as the last line's ``reason`` has it -> in words."""

Line = dict[str, object]


@dataclass(slots=True)
class Headless:
    """Plays a cockpit's frames to two streams until the search has finished.

    ``fail_on`` holds flag ids: the first of them that is raised stops the study (running trials finish) and
    makes the exit code 3. ``rest`` waits that many seconds between ticks, or less if there is a reason.
    """

    cockpit: Cockpit
    out: TextIO
    err: TextIO
    rest: Callable[[float], object]
    fail_on: Collection[str] = ()
    refresh: float = 0.5
    _endings: Endings = field(default_factory=Endings)
    _study: str = ""
    _ended_as: set[TrialState] = field(default_factory=set)
    _events: set[Event] = field(default_factory=set)
    _flags: Mapping[tuple[str, tuple[str, ...]], Flag] = field(default_factory=dict)
    _failed: bool = False
    _gave_up: bool = False
    _away: bool = False

    def run(self) -> int:
        """Until nothing runs and nothing more will; then the exit code."""
        frame = self.cockpit.tick()
        self._events = set(frame.study.events)
        if frame.study.method is not None:
            self._narrate(f"searching by {frame.study.method.words}")
        with self._bar() as bar:
            task = None if bar is None else bar.add_task("", total=None, words="")
            while True:
                self._tell(frame)
                self._leave_a_crash_loop(frame)
                if bar is not None and task is not None:
                    completed, total = _advance(frame)
                    bar.update(task, completed=completed, total=total, words=_words(frame))
                if frame.finished:
                    break
                self.rest(self.refresh)
                frame = self.cockpit.tick()
        reason = self._reason(frame.study, frame.now)
        self._write(_end_line(frame.study, reason))
        self._narrate(f"{_REASONS.get(reason, reason)}: {_words(frame)}")
        return self._exit_code(frame.study, reason)

    def _leave_a_crash_loop(self, frame: Frame) -> None:
        """Here nobody goes on with a search that was paused because its trials keep failing."""
        if frame.study.control.halt is None or self._gave_up:
            return
        self._gave_up = True
        for line in frame.study.control.halt.tail.splitlines():
            self._narrate(line)
        self.cockpit.submit(StopStudy(reason="crash-loop"))

    def _reason(self, study: StudySnapshot, now: float) -> str:
        """Why the search has ended."""
        if self._failed:
            return "flag"
        if self._gave_up:
            return "gave-up"
        if used_up(study):
            return "budget"
        if out_of_time(study, now):
            return "time"
        return "stopped" if halted(study, now) else "gave-up"

    def _exit_code(self, study: StudySnapshot, reason: str) -> int:
        if reason == "flag":
            return STOPPED_BY_FLAG
        # A study that was already finished has nothing left to run, and that is no failure.
        completed = TrialState.COMPLETE in self._ended_as if self._ended_as else bool(study.complete)
        return DONE if completed and reason != "gave-up" else FELL_SHORT

    def _narrate(self, line: str) -> None:
        """A line for people, where no progress bar says it."""
        if not self.err.isatty():
            self.err.write(figures.plain(line) + "\n")
            self.err.flush()

    def _bar(self) -> AbstractContextManager[ProgressBar | None]:
        if not self.err.isatty():
            return nullcontext()
        return ProgressBar(
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[words]}", markup=False),
            console=Console(file=self.err),
        )

    def _tell(self, frame: Frame) -> None:
        study = frame.study
        if study.name != self._study:
            # The search goes on in a fork: its trials have numbers of their own.
            self._study, self._endings = study.name, Endings()
        for trial in self._endings.newly(study):
            self._ended_as.add(trial.state)
            self._write(_trial_line(trial, study))
            self._narrate(_narration(trial, frame))
        for event in study.events:
            if event not in self._events:
                self._events.add(event)
                self._write({"type": "event", **event.facts()})
                self._gave_up |= event.act == NO_STEPS
        for notice in (*self._outage(frame), *frame.notices):
            self._write({"type": "notice", "text": notice.text, "failed": notice.failed})
            self._narrate(notice.text)
        self._tell_flags(frame)

    def _outage(self, frame: Frame) -> tuple[Notice, ...]:
        """That the storage went away, or came back."""
        away = frame.stale_since is not None
        if away == self._away:
            return ()
        self._away = away
        return (Notice(frame.trouble, failed=True) if away else Notice("the storage answers again"),)

    def _tell_flags(self, frame: Frame) -> None:
        current = {flag.key: flag for flag in frame.flags}
        for key, flag in current.items():
            if key not in self._flags:
                self._write(_flag_line(flag, raised=True))
                self._narrate(f"{flag.severity}: {flag.id}: {flag.summary}")
                if flag.id in self.fail_on and not self._failed:
                    self._failed = True
                    self.cockpit.submit(StopStudy(reason=flag.id))
        for key, flag in self._flags.items():
            if key not in current:
                self._write(_flag_line(flag, raised=False))
        self._flags = current

    def _write(self, line: Line) -> None:
        self.out.write(json.dumps(_finite(line), allow_nan=False) + "\n")
        self.out.flush()


def _trial_line(trial: TrialRow, study: StudySnapshot) -> Line:
    return {
        "type": "trial",
        "number": trial.number,
        "state": trial.state.value,
        "value": trial.value,
        "steps": trial.steps,
        "seconds": None if trial.ended is None else trial.duration(trial.ended),
        "params": dict(trial.params),
        "baseline": trial.baseline,
        "best": study.best is not None and study.best.number == trial.number,
        "reason": trial.reason,
        "validates": None if trial.validates is None else trial.validates.of,
        **({} if study.control.plan is None else {"phase": phase_of(study.control.plan, trial)}),
    }


def _flag_line(flag: Flag, *, raised: bool) -> Line:
    return {
        "type": "flag",
        "raised": raised,
        "id": flag.id,
        "severity": flag.severity.value,
        "summary": flag.summary,
        "parameters": list(flag.parameters),
        "trials": list(flag.trials),
        "evidence": dict(flag.evidence),
        "cause": flag.cause,
        "fix": flag.fix,
    }


def _end_line(study: StudySnapshot, reason: str) -> Line:
    best = study.best
    return {
        "type": "end",
        "reason": reason,
        "study": study.name,
        **{state.value: count for state, count in study.counts.items()},
        "best_number": best.number if best else None,
        "best_value": best.value if best else None,
        "baseline_value": study.baseline.value if study.baseline else None,
    }


def _words(frame: Frame) -> str:
    study = frame.study
    best = f"best {figures.metric(study.best.value)} #{study.best.number}" if study.best else "no best yet"
    raised = len(frame.flags)
    flags = f"  {raised} flag{'s' if raised > 1 else ''}" if raised else ""
    stale = f"  stale: {frame.trouble}" if frame.stale_since is not None else ""
    ordered = stop_words(study, frame.now)
    stop = f"  {ordered}" if ordered else ""
    running = study.counts[TrialState.RUNNING]
    phase = f"{words}  " if (words := under_way(study)) else ""
    if (state := progress(study, frame.now)).step_budget is not None:
        stop = f"  {steps_words(state)}{stop}"
    if eta := eta_words(study, frame.now):
        stop += f"  ETA {eta}"
    return figures.plain(f"{phase}{study.metric} {best}  {running} running{stop}{flags}{stale}")


def _advance(frame: Frame) -> tuple[int, int | None]:
    """How far the budget is that is the nearest to its end."""
    state = progress(frame.study, frame.now)
    by_steps = state.step_budget is not None and (state.steps or 0) >= state.share * state.step_budget
    return (state.steps or 0, state.step_budget) if by_steps else (state.finished, state.budget)


def _narration(trial: TrialRow, frame: Frame) -> str:
    budget = f"/{frame.study.budget}" if frame.study.budget else ""
    why = f" ({trial.reason})" if trial.reason else ""
    done = finished(frame.study)
    return f"{done}{budget}  #{trial.number} {trial.state} {figures.metric(trial.value)}{why}  {_words(frame)}"


def _finite(value: object) -> object:
    match value:
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {str(k): _finite(v) for k, v in value.items()}
        case list() | tuple():
            return [_finite(v) for v in value]
    return value
