"""What a trial's curves say of it (G6): underfit, overfit, slow, unstable or healthy, with the numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hpt_tui.domain import figures, names
from hpt_tui.domain.flags.spikes import spikes
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import Curve, Direction

Values: TypeAlias = NDArray[np.float64]
Evidence: TypeAlias = tuple[tuple[str, str], ...]


class Verdict(StrEnum):
    UNSTABLE = "unstable"
    OVERFIT = "overfit"
    SLOW = "slow"
    UNDERFIT = "underfit"
    HEALTHY = "healthy"
    UNKNOWN = "unknown"
    """No curve, or too short a one."""


ADVICE = {
    Verdict.UNSTABLE: "Lower the learning rate, use a larger batch, or clip gradients.",
    Verdict.OVERFIT: "More weight decay or dropout, a schedule that ends lower, or more data.",
    Verdict.SLOW: "Tune the learning rate first; or train longer.",
    Verdict.UNDERFIT: "A larger model, or longer training: tuning will not help much.",
    Verdict.HEALTHY: "Nothing to put right.",
    Verdict.UNKNOWN: "Report the metric at every epoch, and log training and validation loss with hpt_tui.log.",
}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What one trial's curves look like."""

    trial: int
    verdict: Verdict
    summary: str
    """One sentence with the measured numbers."""
    evidence: Evidence = ()
    unseen: str = ""
    """What could not be told, and for want of what; empty if everything could."""

    @property
    def advice(self) -> str:
        return ADVICE[self.verdict]


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """The same quantity on training and on held-out data, where both are finite."""

    train: Values
    held: Values
    names: tuple[str, str]
    points: float | None
    """Percentage points per unit of an accuracy; None for a loss."""


def diagnose(study: StudySnapshot, trial: int, limits: Thresholds) -> Diagnosis:
    """From the curves that the snapshot has of the trial; UNKNOWN where it has none."""
    curves = study.curves.get(trial, ())
    pair = _pair(study, curves, limits)
    found = (
        _unstable(study, trial, curves, limits)
        or (None if pair is None else _overfit(trial, pair, limits))
        or _slow(study, trial, curves, limits)
        or (None if pair is None else _underfit(study, trial, pair, limits))
    )
    if found is not None:
        return found
    unseen = "" if pair is not None else "no training curve beside a held-out one, so neither over- nor underfit"
    longest = max((int(np.count_nonzero(c.finite)) for c in curves), default=0)
    if longest < limits.fit_points:
        why = f"its longest curve has {longest} finite points, and {limits.fit_points} are needed"
        return Diagnosis(trial, Verdict.UNKNOWN, f"#{trial} cannot be judged: {why}", unseen=unseen)
    if pair is None:
        return Diagnosis(trial, Verdict.HEALTHY, f"#{trial} trains steadily", unseen=unseen)
    told = _told(pair)
    return Diagnosis(trial, Verdict.HEALTHY, f"#{trial} learns what carries over: {_words(pair)}", told)


# Which curves


def _pair(study: StudySnapshot, curves: Iterable[Curve], limits: Thresholds) -> _Pair | None:
    """Losses if both are there, else accuracies. The reported objective stands for the held-out one."""
    loss = _plainest(c for c in curves if names.is_training_loss(c.metric) and c.metric != study.metric)
    held = _plainest(c for c in curves if names.is_loss(c.metric) and _is_held_out(c.metric, study))
    if loss is not None and held is not None and (found := _joined(loss, held, None, limits)):
        return found
    right = _plainest(c for c in curves if names.is_training_accuracy(c.metric))
    held = _plainest(c for c in curves if names.is_accuracy(c.metric) and _is_held_out(c.metric, study))
    if right is None or held is None:
        return None
    highest = max(float(np.max(c.values[c.finite], initial=0.0)) for c in (right, held))
    return _joined(right, held, 100.0 if highest <= 1 else 1.0, limits)


def _is_held_out(metric: str, study: StudySnapshot) -> bool:
    training = names.is_training_accuracy(metric) or (names.is_training_loss(metric) and metric != study.metric)
    return names.is_held_out(metric) or (metric == study.metric and not training)


def _plainest(curves: Iterable[Curve]) -> Curve | None:
    return min(curves, key=lambda c: (len(names.words(c.metric)), c.metric), default=None)


def _joined(train: Curve, held: Curve, points: float | None, limits: Thresholds) -> _Pair | None:
    ours, theirs = train.values[train.finite], held.values[held.finite]
    if min(len(ours), len(theirs)) < limits.fit_points:
        return None
    return _Pair(ours, theirs, (figures.plain(train.metric), figures.plain(held.metric)), points)


# What they look like


def _end(values: Values) -> float:
    """The mean of the last three points: one epoch may be lucky."""
    return float(np.mean(values[-3:]))


def _lowest(values: Values) -> tuple[float, int]:
    """The lowest mean of three points in a row, and the place of the last of them."""
    means = np.convolve(values, np.ones(3) / 3, "valid")
    at = int(np.argmin(means))
    return float(means[at]), at + 2


def _told(pair: _Pair) -> Evidence:
    return tuple(
        (name, f"{figures.metric(float(values[0]))} at first, {figures.metric(_end(values))} at the end")
        for name, values in zip(pair.names, (pair.train, pair.held), strict=True)
    )


def _words(pair: _Pair) -> str:
    return (
        f"{pair.names[0]} {figures.metric(_end(pair.train))}, {pair.names[1]} {figures.metric(_end(pair.held))} "
        "at the end"
    )


def _unstable(study: StudySnapshot, trial: int, curves: tuple[Curve, ...], limits: Thresholds) -> Diagnosis | None:
    losses = [c for c in curves if names.is_training_loss(c.metric)]
    for curve in losses:
        broken = int(np.count_nonzero(~curve.finite))
        count = 0 if broken else spikes(curve.values, limits)
        if broken or count >= limits.spike_count:
            name = figures.plain(curve.metric)
            what = f"is NaN or infinite at {broken} steps" if broken else f"jumps up and down {count} times"
            told = ((name, what), ("points", str(len(curve.values))))
            return Diagnosis(trial, Verdict.UNSTABLE, f"#{trial} is unstable: {name} {what}", told)
    return None


def _overfit(trial: int, pair: _Pair, limits: Thresholds) -> Diagnosis | None:
    train, held = _end(pair.train), _end(pair.held)
    if pair.points is not None:
        gap = (train - held) * pair.points
        if gap < limits.fit_gap_points:
            return None
        told = (*_told(pair), ("gap", f"{gap:.3g} percentage points"))
        return Diagnosis(trial, Verdict.OVERFIT, f"#{trial} overfits by {gap:.3g} points: {_words(pair)}", told)
    lowest, at = _lowest(pair.held)
    # One and the same untrained net: the training loss of an epoch is its mean while it was learning, the held-out
    # one is measured after it.
    start = max(float(pair.train[0]), float(pair.held[0]))
    learnt, carried = start - train, start - held
    fallen, risen = start - lowest, held - lowest
    if learnt <= 0 or train >= held:
        return None
    turned = fallen > 0 and risen >= limits.fit_risen * fallen and at < 0.8 * len(pair.held)
    if not turned and carried >= limits.fit_carried * learnt:
        return None
    told = (*_told(pair), ("gap", figures.gap(held - train)), (f"lowest {pair.names[1]}", figures.metric(lowest)))
    how = f"{pair.names[1]} has risen from {figures.metric(lowest)} to {figures.metric(held)}"
    if not turned:
        how = f"{pair.names[1]} fell by {figures.metric(carried)}"
    fell = f"{pair.names[0]} fell to {figures.metric(train)}"
    return Diagnosis(trial, Verdict.OVERFIT, f"#{trial} overfits: {how} while {fell}", told)


def _slow(study: StudySnapshot, trial: int, curves: tuple[Curve, ...], limits: Thresholds) -> Diagnosis | None:
    """From the reported objective, else from the training loss."""
    curve = next((c for c in curves if c.metric == study.metric), None)
    down = study.direction is Direction.MINIMIZE
    if curve is None:
        curve, down = _plainest(c for c in curves if names.is_training_loss(c.metric)), True
    if curve is None or np.count_nonzero(curve.finite) < limits.slow_points:
        return None
    values = curve.values[curve.finite] if down else -curve.values[curve.finite]
    tail = max(2, round(limits.slow_tail * len(values)))
    middle = float(np.mean(values[-tail - 3 : -tail + 1] if tail > 1 else values[-3:]))
    whole, late = float(values[0]) - _end(values), middle - _end(values)
    if whole <= 0 or late < max(limits.slow_gain * whole, limits.slow_level * abs(float(values[0]))):
        return None
    share, name = figures.percent(late / whole), figures.plain(curve.metric)
    said = f"{share} of what {name} gained came in the last {figures.percent(limits.slow_tail)} of its steps"
    return Diagnosis(trial, Verdict.SLOW, f"#{trial} is still improving: {said}", (("gained at the end", share),))


def _untrained(study: StudySnapshot, metric: str) -> float:
    """The level that this loss starts from: nine tenths of the known curves start below it."""
    firsts = [
        float(c.values[c.finite][0])
        for many in study.curves.values()
        for c in many
        if figures.plain(c.metric) == metric and c.finite.any()
    ]
    return float(np.quantile(firsts, 0.9)) if firsts else 0.0


def _underfit(study: StudySnapshot, trial: int, pair: _Pair, limits: Thresholds) -> Diagnosis | None:
    train, held = _end(pair.train), _end(pair.held)
    if pair.points is not None:
        best, gap = max(train, held) * pair.points, abs(train - held) * pair.points
        poor, small = best < limits.fit_poor_points, gap <= limits.fit_small_gap_points
        level = f"{best:.3g} % at best"
    else:
        start = max(float(pair.train[0]), _untrained(study, pair.names[0]))
        poor = start > 0 and train >= limits.fit_left * start
        small = abs(held - train) <= limits.fit_small_gap * abs(start)
        level = f"{figures.percent(train / start)} of the loss it started from" if start > 0 else ""
    if not (poor and small):
        return None
    told = (*_told(pair), ("gap", figures.gap(held - train)), ("left", level))
    return Diagnosis(trial, Verdict.UNDERFIT, f"#{trial} underfits: {_words(pair)}, {level}", told)
