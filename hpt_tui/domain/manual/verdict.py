"""What one run by hand says of its learning rate (G6, G10), with the numbers that say so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from hpt_tui.domain import diagnosis, figures
from hpt_tui.domain.diagnosis import diagnose
from hpt_tui.domain.flags.spikes import spikes
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.manual.reading import Reading, read
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialRow, TrialState


class Verdict(StrEnum):
    DIVERGED = "diverged"
    OSCILLATES = "oscillates"
    STUCK = "stuck"
    """It fell fast, and then no further, far from where it could be."""
    SLOW = "slow"
    """It still improves when it ends, or has hardly begun to."""
    WELL = "converges well"
    SHORT = "too short"
    """No curve, or too short a one."""
    FAILED = "failed"
    """By an exception that is none of the learning rate's."""
    GONE = "cut short"
    """It ended with its worker, or by order, before it could say anything: as if it had not been."""
    OPEN = "running"
    """It waits, or has not reported enough yet."""


UNREAD = "its curve is being read"
TOO_HIGH = (Verdict.DIVERGED, Verdict.OSCILLATES, Verdict.STUCK)
JUDGED = (*TOO_HIGH, Verdict.SLOW, Verdict.WELL)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the loop, judged."""

    number: int
    rate: float
    """The value of the loop's parameter."""
    verdict: Verdict
    why: str = ""
    """What the curve showed, as one sentence without a full stop."""
    value: float | None = None
    """The objective's, once it is known; may be non-finite."""
    factor: float = 1.0
    """By how much the rate is to be changed, down or up as the verdict says."""
    over: bool = False
    """Whether the trial has ended."""
    reading: Reading | None = None

    @property
    def too_high(self) -> bool:
        return self.verdict in TOO_HIGH

    @property
    def too_low(self) -> bool:
        return self.verdict is Verdict.SLOW

    @property
    def judged(self) -> bool:
        """Whether its curve is whole, and has said something of the rate."""
        return self.over and self.verdict in JUDGED


@dataclass(frozen=True, slots=True)
class _Found:
    verdict: Verdict
    why: str
    factor: float = 1.0


def judge(study: StudySnapshot, number: int, rate: float, before: Sequence[Run], limits: Thresholds) -> Run:
    """The trial's curve, judged by itself and beside those of the runs ``before`` it. While it trains the verdict
    is that of its curve so far, once that is long enough."""
    trial = study.by_number.get(number)
    if trial is None or trial.state is TrialState.WAITING:
        return Run(number, rate, Verdict.OPEN, "waits for a worker")
    reading, over = read(study, number, limits), trial.state.finished
    run = Run(number, rate, Verdict.OPEN, value=trial.value, over=over, reading=reading)
    found = _ended_badly(study, trial, reading, limits)
    if found is None and reading is None and trial.steps:
        found = _Found(Verdict.OPEN, UNREAD)
    if found is None and (reading is None or len(reading.costs) < limits.slow_points):
        cut = over and trial.by_hand
        found = _Found(Verdict.GONE, trial.reason) if cut else _short(reading, over, limits)
    if found is None and reading is not None:
        found = _of_curve(study, run, reading, before, limits)
    return run if found is None else replace(run, verdict=found.verdict, why=found.why, factor=found.factor)


def _ended_badly(
    study: StudySnapshot, trial: TrialRow, reading: Reading | None, limits: Thresholds
) -> _Found | None:
    broken = trial.non_finite or any(not c.finite.all() for c in study.curves.get(trial.number, ()))
    if broken or (trial.state is TrialState.FAILED and _of_numbers(trial.reason)):
        return _Found(Verdict.DIVERGED, "its loss became NaN or infinite", limits.lr_factor)
    if trial.state is not TrialState.FAILED:
        return None
    if trial.by_hand:
        return _Found(Verdict.GONE, trial.reason or "it was cut short")
    return _Found(Verdict.FAILED, trial.reason or "it failed")


_NUMBERS = re.compile(r"\b(nan|inf|infinit\w*|(non-|not )finite|overflow\w*|diverge\w*)\b", re.IGNORECASE)


def _of_numbers(reason: str) -> bool:
    """Whether a trial failed because its numbers did: what Optuna and hpt_tui.training say of NaN."""
    return _NUMBERS.search(reason) is not None


def _short(reading: Reading | None, over: bool, limits: Thresholds) -> _Found:
    points, needed = 0 if reading is None else len(reading.costs), limits.slow_points
    if not over:
        return _Found(Verdict.OPEN, f"{points} of the {needed} points that a verdict needs")
    if not points:
        return _Found(Verdict.SHORT, "it reported nothing on its way, so there is no curve to read")
    return _Found(Verdict.SHORT, f"its curve has {points} points, and {needed} are needed")


def _of_curve(
    study: StudySnapshot, run: Run, reading: Reading, before: Sequence[Run], limits: Thresholds
) -> _Found:
    found = diagnose(study, run.number, limits)
    if found.verdict is diagnosis.Verdict.OVERFIT:
        return _Found(Verdict.WELL, f"{_after(found.summary)}: the rate is not what is wrong. {found.advice}")
    if found.verdict is diagnosis.Verdict.UNSTABLE:
        return _Found(Verdict.OSCILLATES, _after(found.summary), limits.manual_halve)
    calm = (Verdict.SLOW, Verdict.STUCK, Verdict.WELL)
    others = [r.reading for r in before if r.reading is not None and r.over and r.verdict in calm]
    level = reading.level(others)
    return (
        _restless(reading, level, limits)
        or _slow(reading, found, level, limits)
        or _stuck(study, run, reading, before, level, limits)
        or _beaten(run, reading, before, level, limits)
        or _Found(Verdict.WELL, _settled(reading))
    )


def _after(summary: str) -> str:
    """A diagnosis without the trial's number in front."""
    return summary.split(" ", 1)[-1]


def _restless(reading: Reading, level: float, limits: Thresholds) -> _Found | None:
    """It went up, or up and down."""
    if -reading.gain > limits.fit_risen * abs(reading.start):
        why = f"{reading.metric} ended {figures.gap(reading.gain)} worse than it began"
        return _Found(Verdict.DIVERGED, why, limits.lr_factor)
    if reading.absolute and (count := spikes(reading.costs, limits)):
        return _Found(Verdict.OSCILLATES, f"{reading.metric} jumps up and down {count} times", limits.manual_halve)
    gained = reading.start - float(reading.costs.min())
    wide = reading.swing > max(limits.spike_of_fall * gained, limits.slow_level * abs(level))
    if reading.turns < limits.manual_turns or not wide:
        return None
    of = f", {figures.percent(reading.swing / gained)} of all that it gained" if gained > 0 else ""
    why = f"{reading.metric} swings by {figures.gap(reading.swing)} a step in its later half{of}"
    return _Found(Verdict.OSCILLATES, why, limits.manual_halve)


def _slow(reading: Reading, found: diagnosis.Diagnosis, level: float, limits: Thresholds) -> _Found | None:
    """It still improves at its end, however little."""
    factor = limits.manual_leap if _much_left(reading, level, limits) else limits.manual_raise
    if found.verdict is diagnosis.Verdict.SLOW:
        return _Found(Verdict.SLOW, _after(found.summary), factor)
    steady = reading.late >= limits.slow_gain and reading.turns < limits.manual_turns
    if not (_hardly(reading, level, limits) and reading.gain > 0 and steady):
        return None
    share = figures.percent(reading.gain / abs(level)) if level else figures.gap(reading.gain)
    why = f"{reading.metric} improves steadily, but by {share} of its level only"
    return _Found(Verdict.SLOW, why, limits.manual_leap)


def _hardly(reading: Reading, level: float, limits: Thresholds) -> bool:
    return reading.gain < limits.slow_level * abs(level)


def _much_left(reading: Reading, level: float, limits: Thresholds) -> bool:
    return reading.absolute and level > 0 and reading.end >= limits.fit_left * level


def _stuck(
    study: StudySnapshot, run: Run, reading: Reading, before: Sequence[Run], level: float, limits: Thresholds
) -> _Found | None:
    """It does not move any more, or never did, with most of the way before it."""
    if _hardly(reading, level, limits) and level - reading.end < limits.manual_alike * abs(level):
        return _flat(study, run, reading, before, limits)
    if not _much_left(reading, level, limits):
        return None
    left = f"with {figures.percent(reading.end / level)} of the untrained level left"
    if (same := _alike(run, reading, before, level, limits)) is not None:
        why = f"{reading.metric} ends where #{same.number} did, {left}: that is not the rate's doing"
        return _Found(Verdict.WELL, f"{why}. {diagnosis.ADVICE[diagnosis.Verdict.UNDERFIT]}")
    share = figures.percent(reading.early)
    if reading.early >= limits.manual_early:
        why = f"{share} of what {reading.metric} gained came in the first fifth, and it stops {left}"
        return _Found(Verdict.STUCK, why, limits.manual_lower)
    return _Found(Verdict.SLOW, f"{reading.metric} gains little by little, and ends {left}", limits.manual_raise)


def _flat(study: StudySnapshot, run: Run, reading: Reading, before: Sequence[Run], limits: Thresholds) -> _Found:
    """A flat line may be a rate far too low, or far too high: other runs tell, else where it lies in its range."""
    still = f"{reading.metric} does not move"
    learnt = [
        r for r in before if r.reading is not None and r.judged and not _hardly(r.reading, r.reading.start, limits)
    ]
    if learnt:
        nearest = min(learnt, key=lambda r: max(r.rate, run.rate) / min(r.rate, run.rate))
        high, why = nearest.rate < run.rate, f"{still}, and it did at {figures.parameter(nearest.rate, log=True)}"
    else:
        range_ = study.space.get(study.control.manual.parameter) if study.control.manual is not None else None
        low, top = (getattr(range_, "low", 0.0), getattr(range_, "high", 0.0))
        high = low > 0 and run.rate * run.rate > low * top
        why = f"{still}: a rate far too {'high' if high else 'low'}, by its place in the range"
    return _Found(Verdict.STUCK if high else Verdict.SLOW, why, limits.manual_leap)


def _alike(run: Run, reading: Reading, before: Sequence[Run], level: float, limits: Thresholds) -> Run | None:
    """A run at quite another rate that ended on the same level, and had learnt something."""
    for other in reversed(before):
        theirs = other.reading
        if theirs is None or not other.judged or theirs.metric != reading.metric:
            continue
        apart = max(other.rate, run.rate) / min(other.rate, run.rate) >= limits.manual_near
        gained = level - min(theirs.end, reading.end)
        close = abs(theirs.end - reading.end) < limits.manual_alike * gained
        if apart and close and other.verdict in (Verdict.STUCK, Verdict.SLOW):
            return other
    return None


def _beaten(run: Run, reading: Reading, before: Sequence[Run], level: float, limits: Thresholds) -> _Found | None:
    """A run at a lower rate was slow, and ended lower all the same."""
    for other in before:
        theirs = other.reading
        if theirs is None or not other.too_low or other.rate >= run.rate or theirs.metric != reading.metric:
            continue
        if reading.end - theirs.end > limits.manual_alike * (level - theirs.end):
            gap = figures.gap(reading.end - theirs.end)
            why = f"{reading.metric} settles {gap} worse than that of #{other.number}, whose rate is lower"
            return _Found(Verdict.STUCK, why, limits.manual_lower)
    return None


def _settled(reading: Reading) -> str:
    share = figures.percent(max(0.0, reading.late))
    return f"{reading.metric} improved without swinging, and {share} of its gain came at the end"
