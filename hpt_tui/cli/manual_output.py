"""A search by hand without a screen: one line a step beside those of every search, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from hpt_tui.domain import figures
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.manual.conclusion import commands, conclusion
from hpt_tui.domain.manual.proposal import Ending
from hpt_tui.domain.manual.step import Step, next_step, search_range
from hpt_tui.domain.manual.verdict import Run
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.headless import DONE, FELL_SHORT, Headless, Line


@dataclass
class ManualHeadless(Headless):
    """Its lines are a contract: ``step`` for each run that has ended, and one ``found`` before the end. The exit
    code is 0 if a run converged well, else 1."""

    _steps_told: set[int] = field(default_factory=set)
    _step: Step | None = None

    def _tell(self, frame: Frame) -> None:
        super()._tell(frame)
        step = next_step(frame.study, frame.limits.flags)
        self._step = step or self._step
        if step is None:
            return
        for place, run in enumerate(step.runs):
            if run.over and run.number not in self._steps_told:
                self._steps_told.add(run.number)
                self._write(_step_line(step, place, run))
                self._narrate(_narration(step, place, run))
        if frame.finished and step.ending is not None:
            self._conclude(step, frame)

    def _conclude(self, step: Step, frame: Frame) -> None:
        limits = frame.limits.flags
        self._write(_found_line(step, frame))
        for sentence in conclusion(step, frame.study, limits):
            self._narrate(sentence)
        self._narrate(f"next: {'; '.join(commands(frame.study))}")

    def _reason(self, study: StudySnapshot, now: float) -> str:
        if self._step is not None and self._step.ending is not None:
            return self._step.ending.value
        return super()._reason(study, now)

    def _exit_code(self, study: StudySnapshot, reason: str) -> int:
        return DONE if reason == Ending.CONVERGED else FELL_SHORT


def _step_line(step: Step, place: int, run: Run) -> Line:
    following = step.proposal if run is step.runs[-1] and step.ending is None else None
    return {
        "type": "step",
        "run": place + 1,
        "number": run.number,
        "parameter": step.loop.parameter,
        "rate": run.rate,
        "value": run.value,
        "verdict": run.verdict.value,
        "why": run.why,
        "next": None if following is None else following.value,
        "next_why": "" if following is None else following.why,
    }


def _found_line(step: Step, frame: Frame) -> Line:
    found, limits = step.found, frame.limits.flags
    around = None if found is None else search_range(found.rate, limits)
    return {
        "type": "found",
        "ending": None if step.ending is None else step.ending.value,
        "converged": step.ending is Ending.CONVERGED,
        "parameter": step.loop.parameter,
        "rate": None if found is None else found.rate,
        "number": None if found is None else found.number,
        "value": None if found is None else found.value,
        "low": None if around is None else around[0],
        "high": None if around is None else around[1],
        "said": list(conclusion(step, frame.study, limits)),
    }


def _narration(step: Step, place: int, run: Run) -> str:
    rate = figures.parameter(run.rate, log=True)
    head = f"run {place + 1}  #{run.number} {step.loop.parameter} {rate}: {run.verdict} ({run.why})"
    if run is not step.runs[-1] or step.proposal is None or step.ending is not None:
        return head
    return f"{head}; next {figures.parameter(step.proposal.value, log=True)}, {step.proposal.why}"
