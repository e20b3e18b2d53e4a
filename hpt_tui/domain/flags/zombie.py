"""G24: trials that are RUNNING in the storage though nothing runs them."""

from __future__ import annotations

from collections.abc import Iterator

from hpt_tui.domain import figures
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.overdue import presumed_dead, runners, usual
from hpt_tui.domain.flags.surroundings import Surroundings
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot


def zombie(study: StudySnapshot, around: Surroundings, limits: Thresholds) -> Iterator[Flag]:
    """Certain where the trial names a worker of hpt-tui's that is gone; presumed where another program's trial has
    run many times as long as any other. One that moved while somebody was watching lives."""
    took = usual(study, limits)
    gone, presumed = [], []
    for runner in runners(study, around):
        if runner.abandoned and runner.elapsed > limits.zombie_grace:
            gone.append(runner)
        elif presumed_dead(runner, took, limits) and runner.number not in around.moved:
            presumed.append(runner)
    if not gone and not presumed:
        return
    found = sorted([*gone, *presumed], key=lambda r: -r.elapsed)
    several = len(found) > 1
    oldest = found[0]
    what = f"{len(found)} trials are" if several else f"#{oldest.number} is"
    since = f"{', the oldest' if several else ''} after {figures.lasting(oldest.elapsed)}"
    why = f"{'their workers are' if several else 'its worker is'} gone"
    if not gone:
        why = f"the longest other one took {figures.lasting(took.longest or 0.0)}"
    longest = figures.UNKNOWN if took.longest is None else figures.lasting(took.longest)
    yield Flag(
        "zombie",
        Severity.WARNING,
        f"{what} still marked as running{since}, but {why}: nothing comes of {'them' if several else 'it'}",
        "The process was killed, or its machine went down, before it could say how the trial ended.",
        "hpt-tui run on the machine of a lost worker puts its trials in order; another program's are ended with "
        f"Optuna: study.tell({oldest.number}, state=TrialState.FAIL).",
        (
            ("workers known to be gone", len(gone)),
            ("presumed, by their time", len(presumed)),
            ("running for", figures.lasting(oldest.elapsed)),
            ("longest finished trial", longest),
        ),
        trials=tuple(r.number for r in found[: limits.trials_shown]),
        why_no_order="The state of a trial that might live after all is never set from outside.",
        rule="G24",
    )
