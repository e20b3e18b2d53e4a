"""How far the search is, how fast, and what pruning has saved."""

from __future__ import annotations

from dataclasses import dataclass

from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialState

RATE_WINDOW = 600.0
"""Seconds of the recent past that the rate is measured over."""
IDLE = 120.0
"""Seconds without any running trial after which a search counts as taken up again."""
RATE_LEAST = 5.0
"""Seconds below which there is no rate."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Seconds and rates; unknown is None."""

    finished: int
    """Complete, pruned and failed trials; those that an interruption cut short use up no budget."""
    budget: int | None
    elapsed: float | None
    """Seconds from the first trial's start until now, or until the last end once nothing runs."""
    per_minute: float | None
    """Finished trials a minute over the recent past; None while nothing runs or too little has ended to tell."""
    eta: float | None
    """Seconds until the budget is used up, at that rate; None while the study is paused or stopping."""
    saved: float | None
    """The share of full-training steps that pruned trials did not run (G23), 0..1; None without pruned trials."""


def used_up(study: StudySnapshot) -> bool:
    """Whether the study has all the finished trials that it is to have."""
    return study.budget is not None and int(study.trials.counted.sum()) >= study.budget


def progress(study: StudySnapshot, now: float) -> Progress:
    """Measure ``study`` at ``now`` (epoch seconds)."""
    ends = sorted(t.ended for t in study.trials if t.state.finished and t.ended is not None)
    starts = [t.started for t in study.trials if t.started is not None]
    until = now if study.running or not ends else ends[-1]
    elapsed = max(0.0, until - min(starts)) if starts else None
    finished = sum(t.counted for t in study.trials)
    rate = _rate(ends, _busy_since(study, until), until) if study.running else None
    left = None if study.budget is None else max(0, study.budget - finished)
    going = study.running and not study.control.paused and not study.control.stopping
    eta = left * 60 / rate if left is not None and rate and going else None
    return Progress(finished, study.budget, elapsed, rate, eta, _saved(study))


def _busy_since(study: StudySnapshot, until: float) -> float:
    """When the search that goes on now began: hours between two sittings say nothing of its pace."""
    since, busy_until = until, float("-inf")
    spans = sorted((t.started, t.ended or until) for t in study.trials if t.started is not None)
    for start, end in spans:
        if start - busy_until > IDLE:
            since = start
        busy_until = max(busy_until, end)
    return since


def _rate(ends: list[float], since: float, until: float) -> float | None:
    window = min(RATE_WINDOW, until - since)
    recent = sum(end > until - window for end in ends)
    return recent * 60 / window if window > RATE_LEAST and recent > 1 else None


def _saved(study: StudySnapshot) -> float | None:
    pruned = [t for t in study.trials if t.state is TrialState.PRUNED]
    # Counted in reports: an objective that reports every fifth epoch has fewer of them than the study has steps.
    full = max((t.steps for t in study.complete), default=0) or study.steps
    if not pruned or not full:
        return None
    ended = len(pruned) + study.counts[TrialState.COMPLETE]
    return sum(max(0, full - t.steps) for t in pruned) / (full * ended)
