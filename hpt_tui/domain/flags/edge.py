"""G24.3: the best trials lie at an end of the range, so that better ones may lie beyond it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hpt_tui.domain import figures
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.order import ChangeBound
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import (
    Choices,
    IntRange,
    NumericRange,
    Side,
    bound_problem,
    contains,
    natural_limit,
    position,
    widened,
)
from hpt_tui.domain.trial import TrialRow, TrialState


@dataclass(frozen=True, slots=True)
class _End:
    """One end of one parameter's range, and who of the top is there. ``places`` are distances from the end as
    shares of the range, best trial first; negative ones lie beyond it."""

    parameter: str
    range_: NumericRange
    side: Side
    top: tuple[TrialRow, ...]
    places: tuple[float, ...]
    near: float

    @property
    def bound(self) -> float:
        return self.range_.low if self.side is Side.LOW else self.range_.high

    @property
    def crowd(self) -> tuple[TrialRow, ...]:
        return tuple(t for t, place in zip(self.top, self.places, strict=True) if 0 <= place <= self.near)

    @property
    def best_is_there(self) -> bool:
        return 0 <= self.places[0] <= self.near

    def shown(self, value: float) -> str:
        return figures.parameter(int(value) if isinstance(self.range_, IntRange) else value, log=self.range_.log)

    def leans(self, outer: float) -> bool:
        """Whether half of the top lies in the outer share of the range, or beyond it."""
        return 2 * sum(place <= outer for place in self.places) >= len(self.places)


def edge(study: StudySnapshot, limits: Thresholds) -> Iterator[Flag]:
    """One flag at most for each numeric parameter. Natural limits are no edges, nor is an end that was narrowed
    away from trials beyond it, nor one that was moved so lately that nothing was drawn near it. Pruned trials
    are not among the best, but show where the search has been (C8). It is INFO where only one trial, or only the
    sampler's own habit, leads to the end."""
    if len(study.ranked) < limits.edge_trials or study.ranked[0].value == study.ranked[-1].value:
        return
    for parameter, range_ in study.space.items():
        if isinstance(range_, Choices) or range_.low == range_.high:
            continue
        having = [t for t in study.ranked if parameter in t.params]
        if len(having) < limits.edge_trials:
            continue
        ends = [_end(parameter, range_, side, having, limits) for side in Side if not natural_limit(range_, side)]
        found = [end for end in ends if _is_edge(end, limits) and _was_searched(study, end, having, limits)]
        if found:
            yield _flag(study, max(found, key=lambda end: (len(end.crowd), end.best_is_there)), limits)


def _number(trial: TrialRow, parameter: str) -> float | None:
    value = trial.params.get(parameter)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _end(parameter: str, range_: NumericRange, side: Side, having: Sequence[TrialRow], limits: Thresholds) -> _End:
    top = tuple(having[: max(limits.edge_top_least, math.ceil(len(having) * limits.edge_top))])
    at = [position(float(_number(t, parameter) or 0.0), range_) for t in top]
    places = tuple(p if side is Side.LOW else 1 - p for p in at)
    return _End(parameter, range_, side, top, places, limits.edge_near)


def _is_edge(end: _End, limits: Thresholds) -> bool:
    # The best beyond the bounds in force: whoever narrowed them has seen it.
    if not contains(end.range_, float(_number(end.top[0], end.parameter) or 0.0)):
        return False
    chance = _chance_of_the_end(end.range_, end.side, limits.edge_near)
    crowded = len(end.crowd) >= limits.edge_crowd * len(end.top)
    if crowded and _at_least(len(end.crowd), len(end.top), chance) <= limits.edge_chance:
        return True
    believable = len(end.top) < limits.edge_top_enough or end.leans(limits.edge_lean)
    return end.best_is_there and believable and chance <= limits.edge_near


def _chance_of_the_end(range_: NumericRange, side: Side, near: float) -> float:
    """The share of uniformly drawn values that come out near that end: ``near``, more in a coarse range."""
    if isinstance(range_, IntRange) and range_.log:
        # Optuna draws from half a unit below the range to half a unit above it.
        bound = range_.low if side is Side.LOW else range_.high
        cell, whole = (bound + 0.5) / (bound - 0.5), (range_.high + 0.5) / (range_.low - 0.5)
        return max(near, math.log(cell) / math.log(whole))
    if range_.step is None:
        return near
    return max(near, 1 / (math.floor((range_.high - range_.low) / range_.step + 1e-9) + 1))


def _at_least(hits: int, tries: int, chance: float) -> float:
    """How likely ``hits`` or more of ``tries`` are, each with ``chance``."""
    return sum(math.comb(tries, k) * chance**k * (1 - chance) ** (tries - k) for k in range(hits, tries + 1))


def _was_searched(study: StudySnapshot, end: _End, having: Sequence[TrialRow], limits: Thresholds) -> bool:
    """Whether enough trials could have gone to this end, and not already several past it."""
    sign = 1 if end.side is Side.HIGH else -1
    slack = abs(end.bound) * 1e-9
    reached = beyond = 0
    for trial in having:
        own = trial.ranges.get(end.parameter)
        if own is None or isinstance(own, Choices):
            reached += 1
        else:
            reached += sign * (own.high if sign > 0 else own.low) >= sign * end.bound - slack
    for trial in study.trials:
        if trial.state in (TrialState.COMPLETE, TrialState.PRUNED):
            value = _number(trial, end.parameter)
            beyond += value is not None and sign * value > sign * end.bound + slack
    return reached >= limits.edge_fresh and beyond < limits.edge_beyond


def _gain(study: StudySnapshot, end: _End, limits: Thresholds) -> float | None:
    """The chance that a trial in the outer share of the range beats one elsewhere, ties half; None if too few
    are either. Only the newer half is compared: there the sampler treats the other parameters alike."""
    having = [t for t in study.complete if t.value is not None and end.parameter in t.params]
    losses: dict[bool, list[float]] = {True: [], False: []}
    for trial in having[len(having) // 2 :]:
        place = position(float(_number(trial, end.parameter) or 0.0), end.range_)
        outer = (place if end.side is Side.LOW else 1 - place) <= limits.edge_lean
        losses[outer].append(study.direction.loss(trial.value or 0.0))
    if min(map(len, losses.values())) < limits.apart_trials:
        return None
    elsewhere = np.sort(losses[False])
    worse = len(elsewhere) - np.searchsorted(elsewhere, losses[True], side="right")
    not_better = len(elsewhere) - np.searchsorted(elsewhere, losses[True], side="left")
    return float(np.mean(worse + not_better)) / 2 / len(elsewhere)


def _flag(study: StudySnapshot, end: _End, limits: Thresholds) -> Flag:
    name, best, gain = figures.plain(end.parameter), end.top[0], _gain(study, end, limits)
    lucky = not end.leans(limits.edge_lean)
    habit = gain is not None and gain < limits.edge_gain
    doubt = ", or one trial was lucky" if lucky else ", or the sampler gathers there by habit" if habit else ""
    proposal = widened(end.range_, end.side)
    at = 1 - end.places[0] if end.side is Side.HIGH else end.places[0]
    order = _widen(study, end, proposal)
    widen = f"Widen the {end.side.word} bound of {name} from {end.shown(end.bound)} to {end.shown(proposal)}."
    return Flag(
        "edge",
        Severity.INFO if doubt else Severity.WARNING,
        f"{_summary(end, name)}: better values may lie beyond",
        f"The range of {name} ends before its best values do{doubt}.",
        widen if order is not None else f"Widen the {end.side.word} bound of {name} in the study's code.",
        (
            ("best trial", f"{figures.percent(at)} along the range{', on its log scale' * end.range_.log}"),
            (f"{end.side.word} bound", end.shown(end.bound)),
            ("best trial's value", end.shown(_number(best, end.parameter) or 0.0)),
            (f"best {figures.plain(study.metric)}", figures.metric(best.value)),
            (
                f"within {figures.percent(limits.edge_near)} of the bound",
                f"{len(end.crowd)} of the best {len(end.top)}",
            ),
            ("outer quarter beats the rest", figures.UNKNOWN if gain is None else figures.percent(gain)),
            ("judged", f"{len(study.ranked)} complete trials; pruned ones left out"),
        ),
        parameters=(end.parameter,),
        trials=tuple(t.number for t in end.crowd[: limits.trials_shown]),
        order=order,
        why_no_order="" if order is not None else _why_not(study, end, proposal),
        rule="G24.3",
    )


def _summary(end: _End, name: str) -> str:
    crowd, top, bound = len(end.crowd), len(end.top), f"{end.side.word} bound {end.shown(end.bound)}"
    if not end.best_is_there:
        return f"{crowd} of the best {top} trials crowd at {name}'s {bound}"
    value = end.shown(_number(end.top[0], end.parameter) or 0.0)
    others = f"{crowd} of the best {top} crowd there" if crowd > 1 else f"no other of the best {top} is there"
    where = "at" if end.places[0] == 0 else f"{figures.percent(end.places[0])} from"
    return f"{name} {value} of the best trial is {where} its {bound}; {others}"


def _why_not(study: StudySnapshot, end: _End, proposal: float) -> str:
    """Why the end cannot be moved while the search runs."""
    low, high = (proposal, end.range_.high) if end.side is Side.LOW else (end.range_.low, proposal)
    problem = bound_problem(study.declared[end.parameter], low, high)
    if proposal == end.bound or not problem:
        return f"There is no room to move the {end.side.word} bound of {figures.plain(end.parameter)} further."
    return f"The {end.side.word} bound cannot be moved: {figures.plain(end.parameter)} {problem}."


def _widen(study: StudySnapshot, end: _End, proposal: float) -> ChangeBound | None:
    low, high = (proposal, end.range_.high) if end.side is Side.LOW else (end.range_.low, proposal)
    if proposal == end.bound or bound_problem(study.declared[end.parameter], low, high):
        return None
    if end.side is Side.LOW:
        return ChangeBound(end.parameter, low=proposal, reason="edge")
    return ChangeBound(end.parameter, high=proposal, reason="edge")
