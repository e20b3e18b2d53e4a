"""How the search has treated an end of a parameter's range: what chance alone puts there, whether it was looked
at, and whether it pays."""

from __future__ import annotations

import math

import numpy as np

from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.scale import positions
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, IntRange, NumericRange, Range, Side
from hpt_tui.domain.trial import Direction, TrialState
from hpt_tui.domain.trials import Floats, ParamColumn, Places, Trials


def chance_of_the_end(range_: NumericRange, side: Side, near: float) -> float:
    """The share of uniformly drawn values that come out near that end: ``near``, more in a coarse range."""
    if isinstance(range_, IntRange) and range_.log:
        # Optuna draws from half a unit below the range to half a unit above it.
        bound = range_.low if side is Side.LOW else range_.high
        cell, whole = (bound + 0.5) / (bound - 0.5), (range_.high + 0.5) / (range_.low - 0.5)
        return max(near, math.log(cell) / math.log(whole))
    if range_.step is None:
        return near
    return max(near, 1 / (math.floor((range_.high - range_.low) / range_.step + 1e-9) + 1))


def likely(hits: int, tries: int, chance: float) -> float:
    """How likely ``hits`` or more of ``tries`` are, each with ``chance``, 0 < chance < 1."""
    # By logarithms: of more than a thousand tries the binomials are beyond any float.
    factorials = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, tries + 1)))])
    k = np.arange(hits, tries + 1)
    choose = factorials[tries] - factorials[k] - factorials[tries - k]
    return float(np.sum(np.exp(choose + k * math.log(chance) + (tries - k) * math.log1p(-chance))))


def was_searched(
    trials: Trials, column: ParamColumn, having: Places, side: Side, bound: float, limits: Thresholds
) -> bool:
    """Whether enough of the trials ``having`` the parameter could have gone to this end, and not already several
    past it."""
    sign, slack = (1 if side is Side.HIGH else -1), abs(bound) * 1e-9

    def reaches(range_: Range, known: bool) -> bool:
        if not known or isinstance(range_, Choices):
            return True
        return sign * (range_.high if sign > 0 else range_.low) >= sign * bound - slack

    drawn = np.bincount(column.drawn[having], minlength=len(column.ranges))
    reached = 0
    for range_, known, count in zip(reversed(column.ranges), reversed(column.known), reversed(drawn), strict=True):
        reached += int(count) if count and reaches(range_, known) else 0
        if reached >= limits.edge_fresh:
            break
    else:
        return False
    ended = trials.in_state(TrialState.COMPLETE) | trials.in_state(TrialState.PRUNED)
    past = (sign * column.numbers() > sign * bound + slack) & ended
    return int(np.count_nonzero(past)) < limits.edge_beyond


def gain(
    study: StudySnapshot, column: ParamColumn, range_: NumericRange, side: Side, limits: Thresholds
) -> float | None:
    """The chance that a trial in the outer share of the range beats one elsewhere, ties half; None if too few
    are either. Only the newer half is compared: there the sampler treats the other parameters alike."""
    ranked = study.ranked.places
    having = ranked[column.drawn[ranked] >= 0]
    if not len(having):
        return None
    middle = len(having) // 2
    newer = having[having >= np.partition(having, middle)[middle]]
    outer = _from_end(column, newer, range_, side) <= limits.edge_lean
    return _beats(study, newer[outer], newer[~outer], limits.apart_trials)


def rise(
    study: StudySnapshot, column: ParamColumn, range_: NumericRange, side: Side, limits: Thresholds
) -> float | None:
    """The chance that a trial at the end beats one in the stretch before it, which is twice as wide, ties half;
    None if too few are either. Where the best lies inside, close to the end, those at the end are not better."""
    ranked = study.ranked.places
    having = ranked[column.drawn[ranked] >= 0]
    at = _from_end(column, having, range_, side)
    there, before = at <= limits.edge_near, at <= 3 * limits.edge_near
    return _beats(study, having[there], having[before & ~there], limits.edge_rise_trials)


def _from_end(column: ParamColumn, places: Places, range_: NumericRange, side: Side) -> Floats:
    at = positions(np.nan_to_num(column.numbers(places), nan=0.0, posinf=np.inf, neginf=-np.inf), range_)
    return at if side is Side.LOW else 1 - at


def _beats(study: StudySnapshot, some: Places, others: Places, least: int) -> float | None:
    """The chance that one of ``some`` is better than one of ``others``, ties half; both are ranked."""
    if min(len(some), len(others)) < least:
        return None
    values = study.trials.columns.values[:, 0]
    sign = 1.0 if study.direction is Direction.MINIMIZE else -1.0
    there, elsewhere = (np.where(np.isnan(values[p]), np.inf, sign * values[p]) for p in (some, others))
    # Both ascend, as the ranking does. The fewer are looked up among the more.
    if len(there) <= len(elsewhere):
        before, until = (np.searchsorted(elsewhere, there, side) for side in ("left", "right"))
        wins = 2 * len(there) * len(elsewhere) - int(np.sum(before + until))
    else:
        before, until = (np.searchsorted(there, elsewhere, side) for side in ("left", "right"))
        wins = int(np.sum(before + until))
    return wins / len(there) / 2 / len(elsewhere)
