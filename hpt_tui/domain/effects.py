"""How much of the values' spread each parameter explains by itself, the others held still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hpt_tui.domain import names
from hpt_tui.domain.scale import positions
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, Range
from hpt_tui.domain.trials import Floats, ParamColumn, Places

DRAWN_IN = 0.02
"""The share of the values at either end that count as the value before them: one diverged trial is not all there
is to explain."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One parameter's part in an additive model of the values."""

    share: float
    """Of all variance of the values, what the fit would lose without it, 0..1."""
    unseen: float
    """The most that its share could be and still come out like this, in all but a few per cent of the cases."""
    chance: float
    """The loss as a multiple of what noise alone would gain: 1 is nothing."""


@dataclass(frozen=True, slots=True)
class Effects:
    """Of the parameters that every trial looked at has."""

    explained: float
    """The share of the values' variance that the whole model explains, adjusted for its size."""
    trials: int
    terms: int
    widths: float
    """The values' standard deviation, in spreads of their middle half: large where a few poor ones make most of
    it."""
    by_name: Mapping[str, Effect]


def effects(study: StudySnapshot, most: int) -> Effects | None:
    """Fit ``value ~ sum of cubics in each position (or one level an option)`` to up to ``most`` complete trials
    with finite values, evenly taken by rank; the outermost values are drawn in. Of values, not ranks: where a
    sampler has converged, ranks are mostly those of noise. Cubics see an optimum in the middle, products
    what a parameter does to the best learning rate; what acts only together with another one is not seen. None
    with too few trials to fit."""
    ranked, c = study.ranked.places, study.trials.columns

    def made() -> Effects | None:
        places = ranked[np.isfinite(c.values[ranked, 0])]
        if len(places) > most:
            places = places[np.linspace(0, len(places) - 1, most).astype(np.intp)]
        blocks = {
            name: block
            for name, range_ in study.space.items()
            if (column := c.params.get(name)) is not None and (block := _block(column, range_, places)) is not None
        }
        return _fitted(_together(blocks, names.learning_rate(blocks)), c.values[places, 0])

    return study.trials.derive("effects", (ranked, c.values, c.params), made, (most, tuple(study.space.items())))


def _block(column: ParamColumn, range_: Range, places: Places) -> Floats | None:
    """(n, terms) what the model sees of a parameter; None if some trial lacks it, or if it never varies."""
    if not np.all(column.drawn[places] >= 0):
        return None
    if isinstance(range_, Choices):
        kinds, codes = np.unique(column.values[places], return_inverse=True)
        block = (codes[:, None] == np.arange(1, len(kinds))[None, :]).astype(np.float64)
    else:
        at = positions(column.numeric[places], range_)
        if not np.all(np.isfinite(at)):
            return None
        spread = float(np.ptp(at))
        z = 2 * (at - at.min()) / spread - 1 if spread else at[:, None][:, :0]
        kinds = np.unique(at)
        degree = min(3, len(kinds) - 1)
        block = np.stack([z**k for k in range(1, degree + 1)], axis=1) if degree > 0 else np.empty((len(at), 0))
    return block - block.mean(axis=0) if block.shape[1] else None


def _together(blocks: Mapping[str, Floats], rate: str) -> Mapping[str, Floats]:
    """Each parameter with what it does to the best learning rate (G19): an optimizer that only moves it has no
    effect of its own, and matters all the same."""
    if not rate:
        return blocks
    along = blocks[rate][:, :1]
    paired = {}
    for name, block in blocks.items():
        # Of a numeric parameter the straight part; of choices every option.
        product = block[:, : 1 if _is_numeric(block) else None] * along
        paired[name] = block if name == rate else np.concatenate([block, product - product.mean(axis=0)], axis=1)
    return paired


def _is_numeric(block: Floats) -> bool:
    """Options are told by columns of two values each."""
    return any(len(np.unique(column)) > 2 for column in block.T)


def _fitted(blocks: Mapping[str, Floats], values: Floats) -> Effects | None:
    count = len(values)
    terms = sum(block.shape[1] for block in blocks.values())
    left = count - terms - 1
    if not blocks or left < terms:
        return None
    design = np.concatenate([*blocks.values()], axis=1)
    target = np.clip(values, *np.quantile(values, (DRAWN_IN, 1 - DRAWN_IN)))
    target = target - target.mean()
    inverse = np.linalg.pinv(design.T @ design, hermitian=True)
    weights = inverse @ (design.T @ target)
    if not (whole := float(target @ target)) > 0:
        return None
    noise = float(np.sum((target - design @ weights) ** 2)) / left
    found, first = {}, 0
    for name, block in blocks.items():
        at = slice(first, first := first + block.shape[1])
        loss = float(weights[at] @ np.linalg.pinv(inverse[at, at], hermitian=True) @ weights[at])
        size = block.shape[1]
        unseen = max(0.0, loss - size * noise) + 2 * noise * np.sqrt(2 * size)
        found[name] = Effect(loss / whole, float(unseen / whole), loss / (size * noise) if noise else np.inf)
    low, high = np.quantile(values, (0.25, 0.75))
    widths = float(np.sqrt(whole / count) / (high - low)) if high > low else np.inf
    return Effects(1 - noise * (count - 1) / whole, count, terms, widths, found)
