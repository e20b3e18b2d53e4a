"""G24: a trial runs and makes no progress."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hpt_tui.domain import figures
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.overdue import Runner, Usual, presumed_dead, runners, usual
from hpt_tui.domain.flags.surroundings import Surroundings
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.orders.trials import PruneTrial
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.worker import WorkerState


@dataclass(frozen=True, slots=True)
class _Late:
    runner: Runner
    silent: float
    """Seconds without a new step, as far as is known."""
    allowed: float


def stalled(study: StudySnapshot, around: Surroundings, limits: Thresholds) -> Iterator[Flag]:
    """Where somebody has been watching, a trial whose next step takes many times its pace; else one that is later
    with its next step than slow trials are with theirs, from the start on. One that has reported all its steps,
    or never reports any, has the time of a whole trial. Silent while paused, and where the worker is gone
    (``zombie``)."""
    if study.control.paused:
        return
    took = usual(study, limits)
    found = [late for r in runners(study, around) if (late := _late(study, r, took, around, limits)) is not None]
    if not found:
        return
    found.sort(key=lambda late: late.allowed - late.silent)
    yield _flag(found, took, limits)


def _late(
    study: StudySnapshot, runner: Runner, took: Usual, around: Surroundings, limits: Thresholds
) -> _Late | None:
    paused = runner.worker is not None and runner.worker.state is WorkerState.PAUSED
    if paused or runner.abandoned or presumed_dead(runner, took, limits):
        return None
    full = study.steps or took.steps
    pace = (runner.worker.pace if runner.worker is not None else None) or took.step
    between = 0 < runner.steps < full
    if between and pace is not None and around.since is not None:
        silent = around.now - around.moved.get(runner.number, around.since)
        allowed = max(limits.overdue_least, limits.overdue_steps * pace)
        if silent > allowed:
            return _Late(runner, silent, allowed)
    if took.trial is None or runner.number in around.moved:
        return None
    next_step = None if took.step is None or runner.steps >= full else took.step * (runner.steps + 1)
    allowed = max(limits.overdue_least, limits.overdue_start * (took.trial if next_step is None else next_step))
    silent = runner.elapsed - runner.steps * (took.step or 0.0)
    return _Late(runner, max(0.0, silent), allowed) if runner.elapsed > allowed else None


def _flag(found: list[_Late], took: Usual, limits: Thresholds) -> Flag:
    worst = found[0]
    number, several = worst.runner.number, len(found) > 1
    others = f", nor have {len(found) - 1} more" if several else ""
    pace = (worst.runner.worker.pace if worst.runner.worker is not None else None) or took.step
    ours = worst.runner.worker is not None and worst.runner.worker.obeys
    usually = figures.pace(pace) if pace is not None else figures.duration(took.trial)
    return Flag(
        "stalled",
        Severity.WARNING,
        f"#{number} has made no progress for {figures.lasting(worst.silent)}{others}; "
        f"a {'step' if pace is not None else 'trial'} usually takes {usually}",
        "A data loader or a collective hangs, the machine swaps, or the storage does not answer its worker.",
        f"Look at the log of #{number}; prune it, and end its worker if it does not hear.",
        (
            ("without progress for", figures.lasting(worst.silent)),
            ("allowed", figures.lasting(worst.allowed)),
            ("steps reported", worst.runner.steps),
            ("seconds a step", figures.pace(pace)),
            ("running for", figures.lasting(worst.runner.elapsed)),
            ("stalled trials", len(found)),
        ),
        trials=tuple(late.runner.number for late in found[: limits.trials_shown]),
        order=PruneTrial(number) if ours else None,
        why_no_order="" if ours else "It runs in another program, which no order reaches.",
        rule="G24",
    )
