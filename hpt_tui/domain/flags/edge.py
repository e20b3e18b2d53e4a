"""G24.3: the best trials lie at an end of the range, so that better ones may lie beyond it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from hpt_tui.domain import figures
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.searched import chance_of_the_end, gain, likely, rise, was_searched
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.limits import is_limit, proposed
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.scale import positions
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import (
    Choices,
    IntRange,
    NumericRange,
    Side,
    bound_problem,
    contains,
)
from hpt_tui.domain.trials import Floats, Ints, ParamColumn, Places


@dataclass(frozen=True, slots=True, eq=False)
class _End:
    """One end of one parameter's range, and who of the top is there."""

    parameter: str
    range_: NumericRange
    side: Side
    best: float
    """The best trial's value."""
    top: Ints
    """The numbers of the top trials, best first."""
    places: Floats
    """Beside ``top``: distances from the end as shares of the range; negative ones lie beyond it."""
    near: float

    @property
    def bound(self) -> float:
        return self.range_.low if self.side is Side.LOW else self.range_.high

    @property
    def crowd(self) -> Ints:
        return self.top[(self.places >= 0) & (self.places <= self.near)]

    @property
    def best_is_there(self) -> bool:
        return bool(0 <= self.places[0] <= self.near)

    def shown(self, value: float) -> str:
        return figures.parameter(int(value) if isinstance(self.range_, IntRange) else value, log=self.range_.log)

    def leans(self, outer: float) -> bool:
        """Whether half of the top lies in the outer share of the range, or beyond it."""
        return 2 * int(np.count_nonzero(self.places <= outer)) >= len(self.places)


def edge(study: StudySnapshot, limits: Thresholds) -> Iterator[Flag]:
    """One flag at most for each numeric parameter. Natural limits are no edges, nor is an end that was narrowed
    away from trials beyond it, nor one that was moved so lately that nothing was drawn near it, nor one where only
    one trial, or only the sampler's own habit, leads. Pruned trials are not among the best, but show where the
    search has been (C8)."""
    ranked = study.ranked
    if len(ranked) < limits.edge_trials or ranked[0].value == ranked[-1].value:
        return
    c = study.trials.columns
    for parameter, range_ in study.space.items():
        column = c.params.get(parameter)
        if column is None or isinstance(range_, Choices) or range_.low == range_.high:
            continue

        def judge(
            name: str = parameter, range_: NumericRange = range_, column: ParamColumn = column
        ) -> Flag | None:
            return _judge(study, name, range_, column, limits)

        found = study.trials.derive(
            f"edge {parameter}",
            (ranked.places, c.states, c.values, column),
            judge,
            (range_, study.declared[parameter], study.metric, study.direction, limits),
        )
        if found is not None:
            yield found


def _judge(
    study: StudySnapshot, parameter: str, range_: NumericRange, column: ParamColumn, limits: Thresholds
) -> Flag | None:
    ranked = study.ranked.places
    having = ranked[column.drawn[ranked] >= 0]
    if len(having) < limits.edge_trials:
        return None
    found = [
        (end, gained)
        for one in _ends(study, parameter, range_, column, having, limits)
        if (end := _edge(one, limits, rise(study, column, range_, one.side, limits))) is not None
        and was_searched(study.trials, column, having, end.side, end.bound, limits)
        and ((gained := gain(study, column, range_, end.side, limits)) is None or gained >= limits.edge_gain)
    ]
    if not found:
        return None
    end, gained = max(found, key=lambda one: (len(one[0].crowd), one[0].best_is_there))
    return _flag(study, end, gained, limits)


def _ends(
    study: StudySnapshot,
    parameter: str,
    range_: NumericRange,
    column: ParamColumn,
    having: Places,
    limits: Thresholds,
) -> Iterator[_End]:
    top = having[: max(limits.edge_top_least, math.ceil(len(having) * limits.edge_top))]
    values = np.nan_to_num(column.numbers(top), nan=0.0, posinf=np.inf, neginf=-np.inf)
    at, numbers = positions(values, range_), study.trials.columns.numbers[top]
    for side in Side:
        if not is_limit(parameter, range_, side):
            places = at if side is Side.LOW else 1 - at
            yield _End(parameter, range_, side, float(values[0]), numbers, places, limits.edge_near)


def _edge(end: _End, limits: Thresholds, risen: float | None) -> _End | None:
    """The end, with as much of its range as the crowd takes; None if it is none."""
    # The best beyond the bounds in force: whoever narrowed them has seen it.
    if not contains(end.range_, end.best):
        return None
    least = limits.edge_crowd if risen is None or risen < limits.edge_rise else limits.edge_crowd_rising
    lone = end.best_is_there and end.leans(limits.edge_lean)
    if _crowded(end, least, limits) or (lone and _chance(end) <= limits.edge_near):
        return end
    wider = replace(end, near=limits.edge_wide)
    return wider if _crowded(wider, limits.edge_crowd_wide, limits) else None


def _crowded(end: _End, least: float, limits: Thresholds) -> bool:
    crowd = len(end.crowd)
    return crowd >= least * len(end.top) and likely(crowd, len(end.top), _chance(end)) <= limits.edge_chance


def _chance(end: _End) -> float:
    return chance_of_the_end(end.range_, end.side, end.near)


def _flag(study: StudySnapshot, end: _End, gained: float | None, limits: Thresholds) -> Flag:
    name = figures.plain(end.parameter)
    best = study.trials.get(int(end.top[0]))
    proposal = proposed(end.parameter, end.range_, end.side)
    at = float(1 - end.places[0] if end.side is Side.HIGH else end.places[0])
    order = _widen(study, end, proposal)
    widen = f"Widen the {end.side.word} bound of {name} from {end.shown(end.bound)} to {end.shown(proposal)}."
    return Flag(
        "edge",
        Severity.WARNING,
        f"{_summary(end, name)}: better values may lie beyond",
        f"The range of {name} ends before its best values do.",
        widen if order is not None else f"Widen the {end.side.word} bound of {name} in the study's code.",
        (
            ("best trial", f"{figures.percent(at)} along the range{', on its log scale' * end.range_.log}"),
            (f"{end.side.word} bound", end.shown(end.bound)),
            ("best trial's value", end.shown(end.best)),
            (f"best {figures.plain(study.metric)}", figures.metric(best.value if best is not None else None)),
            (
                f"within {figures.percent(end.near)} of the bound",
                f"{len(end.crowd)} of the best {len(end.top)}",
            ),
            ("outer quarter beats the rest", figures.UNKNOWN if gained is None else figures.percent(gained)),
            ("judged", f"{len(study.ranked)} complete trials; pruned ones left out"),
        ),
        parameters=(end.parameter,),
        trials=tuple(end.crowd[: limits.trials_shown].tolist()),
        order=order,
        why_no_order="" if order is not None else _why_not(study, end, proposal),
        rule="G24.3",
    )


def _summary(end: _End, name: str) -> str:
    crowd, top, bound = len(end.crowd), len(end.top), f"{end.side.word} bound {end.shown(end.bound)}"
    if not end.best_is_there:
        return f"{crowd} of the best {top} trials crowd at {name}'s {bound}"
    value = end.shown(end.best)
    others = f"{crowd} of the best {top} crowd there" if crowd > 1 else f"no other of the best {top} is there"
    where = "at" if end.places[0] == 0 else f"{figures.percent(float(end.places[0]))} from"
    return f"{name} {value} of the best trial is {where} its {bound}; {others}"


def _why_not(study: StudySnapshot, end: _End, proposal: float) -> str:
    """Why the end cannot be moved while the search runs."""
    if study.method is not None and (fixed := study.method.why_bounds_stay):
        return f"The {end.side.word} bound cannot be moved: {figures.plain(end.parameter)} {fixed}."
    low, high = (proposal, end.range_.high) if end.side is Side.LOW else (end.range_.low, proposal)
    problem = bound_problem(study.declared[end.parameter], low, high)
    if proposal == end.bound or not problem:
        return f"There is no room to move the {end.side.word} bound of {figures.plain(end.parameter)} further."
    return f"The {end.side.word} bound cannot be moved: {figures.plain(end.parameter)} {problem}."


def _widen(study: StudySnapshot, end: _End, proposal: float) -> ChangeBound | None:
    low, high = (proposal, end.range_.high) if end.side is Side.LOW else (end.range_.low, proposal)
    fixed = study.method is not None and study.method.why_bounds_stay
    if proposal == end.bound or fixed or bound_problem(study.declared[end.parameter], low, high):
        return None
    if end.side is Side.LOW:
        return ChangeBound(end.parameter, low=proposal, reason="edge")
    return ChangeBound(end.parameter, high=proposal, reason="edge")
