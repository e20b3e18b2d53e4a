"""What came of a search by hand, and what to do next, in sentences."""

from __future__ import annotations

import shlex

from hpt_tui.domain import figures
from hpt_tui.domain.figures import plain
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.manual.proposal import Ending
from hpt_tui.domain.manual.step import Step, search_range
from hpt_tui.domain.snapshot import StudySnapshot

MENDING = "Lower noise helps what a rate alone does not: a larger batch, warmup, clipped gradients."
REPORTING = "Call trial.report(value, epoch) after every epoch, or more often: {points} points make a curve."


def conclusion(step: Step, study: StudySnapshot, limits: Thresholds) -> tuple[str, ...]:
    """Sentences; none while the loop goes on."""
    if step.ending is None:
        return ()
    name, last = plain(step.loop.parameter), step.last
    number, why = ("", "") if last is None else (f"#{last.number}", plain(last.why))
    best = _best(step, study)
    match step.ending:
        case Ending.CONVERGED:
            return (f"{best} {_converges(step)}.", _onward(step, limits))
        case Ending.LIMIT:
            runs = f"{len(step.judged)} runs, and none converges well."
            return (runs, *_so_far(best), f"Go on with --runs {step.loop.most + 3}, or let a sampler search.")
        case Ending.NARROWED:
            why = f"Between a {name} that is too high and one that is too low nothing is left to try."
            return (why, *_so_far(best), MENDING)
        case Ending.BOUND:
            return (_beyond(step), *_so_far(best))
        case Ending.SHORT:
            return (f"{number}: {why}.", REPORTING.format(points=limits.slow_points))
    return (f"{number} failed: {why}.", "Mend it, and run it again.")


def commands(study: StudySnapshot) -> tuple[str, ...]:
    """What leads on into a search, as one types it."""
    file = shlex.quote(plain(study.study_file) or "FILE.py")
    return f"hpt-tui lint {file}", f"hpt-tui run {file}"


def _best(step: Step, study: StudySnapshot) -> str:
    found = step.found
    if found is None:
        return ""
    rate, value = _rate(found.rate), figures.metric(found.value)
    return f"{plain(step.loop.parameter)} {rate} (#{found.number}, {plain(study.metric)} {value})"


def _rate(value: float) -> str:
    return figures.parameter(value, log=True)


def _so_far(best: str) -> tuple[str, ...]:
    return (f"The best so far: {best}.",) if best else ()


def _converges(step: Step) -> str:
    return "converges well" if len(step.judged) < 2 else f"converges well, found in {len(step.judged)} runs"


def _onward(step: Step, limits: Thresholds) -> str:
    rate = step.loop.start if step.found is None else step.found.rate
    low, high = search_range(rate, limits)
    name = plain(step.loop.parameter)
    return f"Search {name} round it, {_rate(low)} to {_rate(high)}, log, with the parameters of the next tier."


def _beyond(step: Step) -> str:
    wish = step.proposal
    if wish is None or wish.wanted is None or wish.side is None:
        return ""
    name, option = plain(step.loop.parameter), f"--{wish.side.value} {wish.wanted:g}"
    wanted, bound = _rate(wish.wanted), f"{wish.side.word} bound {_rate(wish.value)}"
    beyond = f"The next {name} would be {wanted}, beyond its {bound}, where a run has been."
    return f"{beyond} Widen it first: w, or hpt-tui widen … {name} {option}."
