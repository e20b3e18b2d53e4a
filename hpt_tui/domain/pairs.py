"""Two parameters at a time: which pairs are to be judged together (G19), and where their trials lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from hpt_tui.domain.importance import BEST_SHARE, importances
from hpt_tui.domain.lint.interactions import INTERACTIONS
from hpt_tui.domain.roles import with_role
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, Range
from hpt_tui.domain.trials import Floats, ParamColumn, Places

_GOLDEN = 0.6180339887498949
_SPREAD = 0.6
"""Of the distance between two values, how much the trials of one are spread over: they would hide each other."""
_FEW = 20
"""Of up to so many values the trials are spread."""


@dataclass(frozen=True, slots=True)
class Pair:
    """``x`` and ``y``, and why they are to be judged together; empty if no rule says so."""

    x: str
    y: str
    why: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Trials of one standing, (n,) each: in the parameter's own units, on a log scale powers of ten, of choices
    their places; those of few values spread a little (:func:`between`)."""

    x: Floats
    y: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Cloud:
    """The complete trials that have both parameters, by how good they are (C8: pruned ones are left out)."""

    best: Points
    """The best tenth."""
    upper: Points
    """The rest of the better half."""
    lower: Points

    @property
    def count(self) -> int:
        return sum(len(part.x) for part in (self.best, self.upper, self.lower))


def pairs(study: StudySnapshot, least: int) -> tuple[Pair, ...]:
    """Every two parameters that vary: those that G19 names first, then by how much they decide together, as far
    as that is measured (from ``least`` complete trials on)."""
    searched = [name for name, range_ in study.space.items() if _varies(range_)]
    named = list(_named(searched))
    known = {frozenset((p.x, p.y)) for p in named}
    weight = importances(study, least)
    rest = [Pair(x, y) for x, y in combinations(searched, 2) if frozenset((x, y)) not in known]
    rest.sort(key=lambda p: -(weight.get(p.x, 0.0) + weight.get(p.y, 0.0)))
    return (*named, *rest)


def _varies(range_: Range) -> bool:
    return len(range_.options) > 1 if isinstance(range_, Choices) else range_.low != range_.high


def _named(searched: list[str]) -> Iterator[Pair]:
    for interaction in INTERACTIONS:
        for x in with_role(searched, *interaction.other):
            for y in with_role(searched, *interaction.one):
                yield Pair(x, y, interaction.why)


def cloud(study: StudySnapshot, pair: Pair) -> Cloud:
    """Where the trials lie; computed again only when a trial completes."""
    ranked, c = study.ranked.places, study.trials.columns
    x, y = c.params.get(pair.x), c.params.get(pair.y)

    def made() -> Cloud:
        having = ranked if x is not None and y is not None else ranked[:0]
        if x is not None and y is not None:
            having = having[(x.drawn[having] >= 0) & (y.drawn[having] >= 0)]
        first, middle = max(1, round(BEST_SHARE * len(having))), (len(having) + 1) // 2
        parts = having[:first], having[first:middle], having[max(first, middle) :]
        best, upper, lower = (_points(study, pair, x, y, part) for part in parts)
        return Cloud(best, upper, lower)

    key = (pair.x, pair.y, study.space.get(pair.x), study.space.get(pair.y))
    return study.trials.derive("cloud", (ranked, x, y), made, key)


def between(range_: Range) -> float:
    """The distance between two neighbours of a range of few values, in :class:`Points`' units; 0 for any other."""
    if isinstance(range_, Choices):
        return 1.0
    few = range_.step is not None and not range_.log and range_.high - range_.low <= range_.step * (_FEW - 1)
    return float(range_.step) if few and range_.step is not None else 0.0


def _points(
    study: StudySnapshot, pair: Pair, x: ParamColumn | None, y: ParamColumn | None, places: Places
) -> Points:
    if x is None or y is None or not len(places):
        return Points(np.empty(0), np.empty(0))
    across, up = (_at(c, study.space[n], places, g) for n, c, g in ((pair.x, x, _GOLDEN), (pair.y, y, _GOLDEN**2)))
    fine = np.isfinite(across) & np.isfinite(up)
    order = np.argsort(across[fine], kind="stable")
    return Points(across[fine][order], up[fine][order])


def _at(column: ParamColumn, range_: Range, places: Places, ratio: float) -> Floats:
    aside = ((places * ratio) % 1 - 0.5) * _SPREAD * between(range_)
    if isinstance(range_, Choices):
        at = {repr(option): place for place, option in enumerate(range_.options)}
        found = [at.get(repr(column.value(int(place))), np.nan) for place in places]
        return np.array(found, dtype=np.float64) + aside
    values: Floats = column.numbers(places)
    if not range_.log:
        return values + aside
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log10(values)
