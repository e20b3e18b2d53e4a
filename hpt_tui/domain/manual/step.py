"""How a search by hand stands, and what to do next: which rate, why, or that it is over (G10)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.manual.loop import ManualLoop
from hpt_tui.domain.manual.proposal import Ending, Proposal, following, rounded
from hpt_tui.domain.manual.start import origin
from hpt_tui.domain.manual.verdict import Run, Verdict, judge
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, ParamValue


@dataclass(frozen=True, slots=True)
class Step:
    """Every run judged, and then one of three: a run that is under way, a proposal, or an ending. None of them
    while a curve is still missing."""

    loop: ManualLoop
    runs: tuple[Run, ...] = ()
    proposal: Proposal | None = None
    """With ``Ending.BOUND``: the one that cannot be."""
    ending: Ending | None = None
    found: Run | None = None
    """The best run that converges well, else the best one that has a value."""

    @property
    def open(self) -> Run | None:
        """The run that is under way."""
        return next((run for run in reversed(self.runs) if not run.over), None)

    @property
    def last(self) -> Run | None:
        """The newest run that has ended and was not cut short."""
        ended = (run for run in reversed(self.runs) if run.over and run.verdict is not Verdict.GONE)
        return next(ended, None)

    @property
    def judged(self) -> tuple[Run, ...]:
        """The runs that the limit counts."""
        return tuple(run for run in self.runs if run.judged)


def next_step(study: StudySnapshot, limits: Thresholds) -> Step | None:
    """Read the runs of the study's loop and say what follows; None without a loop, while the study is still being
    read, and where it has lost the loop's parameter."""
    loop = study.control.manual
    range_ = None if loop is None else study.space.get(loop.parameter)
    if loop is None or study.outline is not None or range_ is None or isinstance(range_, Choices):
        return None
    runs = _runs(study, loop, limits)
    step = Step(loop, runs, found=_best(study, runs))
    unread = any(run.over and run.verdict is Verdict.OPEN for run in runs)
    if step.open is not None or unread:
        return step
    if (ending := _over(step.last)) is not None:
        return Step(loop, runs, ending=ending, found=step.found)
    found = following(loop, step.judged, range_, limits, origin(study, loop))
    if found.ending is None and len(step.judged) >= loop.most:
        return Step(loop, runs, ending=Ending.LIMIT, found=step.found)
    return Step(loop, runs, found.proposal, found.ending, step.found)


def base_of(study: StudySnapshot, loop: ManualLoop) -> dict[str, ParamValue]:
    """What the other parameters of the next run are: the loop's, and what the first run drew."""
    numbers = (study.by_number.get(number) for number in loop.runs)
    drawn = next((t.params for t in numbers if t is not None and t.params), {})
    known = {name: value for name, value in {**drawn, **loop.base}.items() if name in study.space}
    known.pop(loop.parameter, None)
    return known


def search_range(rate: float, limits: Thresholds) -> tuple[float, float]:
    """Where a search round a rate is to look."""
    return rounded(rate / limits.manual_decade), rounded(rate * limits.manual_decade)


def _runs(study: StudySnapshot, loop: ManualLoop, limits: Thresholds) -> tuple[Run, ...]:
    runs: list[Run] = []
    for number, asked in _with_retries(study, loop).items():
        trial = study.by_number.get(number)
        value = None if trial is None else trial.params.get(loop.parameter)
        rate = float(value) if isinstance(value, int | float) and value > 0 else asked
        runs.append(judge(study, number, rate, runs, limits))
    return tuple(runs)


def _with_retries(study: StudySnapshot, loop: ManualLoop) -> Mapping[int, float]:
    """The loop's trials, and for a lost one that was given another try the trial that has taken its place."""
    found = dict(loop.runs)
    for number, asked in loop.runs.items():
        if number in study.control.retried:
            later = (t for t in study.trials if t.number > number and t.number not in found)
            heir = next((t for t in later if t.params.get(loop.parameter) == asked), None)
            found |= {} if heir is None else {heir.number: asked}
    return dict(sorted(found.items()))


def _best(study: StudySnapshot, runs: Sequence[Run]) -> Run | None:
    ended = [run for run in runs if run.over and run.value is not None and math.isfinite(run.value)]
    well = [run for run in ended if run.verdict is Verdict.WELL]
    return min(well or ended, key=lambda run: study.direction.loss(run.value or 0.0), default=None)


def _over(last: Run | None) -> Ending | None:
    match None if last is None else last.verdict:
        case Verdict.WELL:
            return Ending.CONVERGED
        case Verdict.SHORT:
            return Ending.SHORT
        case Verdict.FAILED:
            return Ending.FAILED
    return None
