"""G24.1: the training loss jumps up and down, as it does when the learning rate is too high."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from hpt_tui.domain import figures, names
from hpt_tui.domain.flags.contrast import Contrast, contrast, drawable, lowered
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import RECENT, StudySnapshot
from hpt_tui.domain.trial import Curve, Direction
from hpt_tui.domain.trials import Ints, Places

Values: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """The spikes of each curve, under these limits."""

    limits: Thresholds
    spikes: Mapping[Curve, int]


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What the curves showed: the places of the trials, the spikiest first."""

    metric: str
    spiky: Places
    calm: Places
    most: int
    """The worst one's spikes."""
    best_is_spiky: bool
    lr: str
    """The learning rate's name; empty if nothing is named like one."""
    apart: Contrast | None

    @property
    def share(self) -> str:
        return f"{len(self.spiky)} of the last {len(self.spiky) + len(self.calm)}"


def spiky_loss(study: StudySnapshot, limits: Thresholds) -> Iterator[Flag]:
    """Looks at the newest trials that have a training loss, and at the best one. A study that logs no training
    loss is judged by its reported objective, if that is minimised and named like a loss; the evidence says so.
    Trials beyond the bounds now in force are left out: they have been dealt with."""
    losses = _losses(study, limits)
    if not losses:
        return
    places, counts = np.array([*losses], dtype=np.intp), _counts(study, losses, limits)
    order = np.lexsort((-places, -counts))
    spiky, calm = places[order[counts[order] > 0]], places[counts == 0]
    best_is = bool(study.ranked) and int(study.ranked.places[0]) in spiky
    many = len(spiky) >= limits.spiky_trials and len(spiky) >= limits.spiky_share * len(places)
    if not (many or best_is):
        return
    lr = names.learning_rate(study.space)
    apart = contrast(study, lr, spiky, calm, limits) if lr else None
    if apart is not None and not apart.high:
        apart = None
    verdict = _Verdict(next(iter(losses.values())).metric, spiky, calm, int(counts.max()), best_is, lr, apart)
    yield _flag(study, verdict, limits)


def spikes(values: Values, limits: Thresholds) -> int:
    """How many spikes a curve of finite values has; 0 where they are too few to call it spiky.

    A spike rises over the median of the points before it and comes down again soon. Scale free; the first
    points, a rise that stays (divergence) and the wobble of a flat end are none.
    """
    if len(values) > limits.spike_blocks:
        values = np.array([block.mean() for block in np.array_split(values, limits.spike_blocks)])
    window = limits.spike_window
    if len(values) < max(limits.spike_points, window + 2):
        return 0
    before = np.median(sliding_window_view(values, window)[:-1], axis=1)
    rise = values[window:] - before
    padded = np.concatenate([values[window + 1 :], np.full(window, np.inf)])
    after = sliding_window_view(padded, window).min(axis=1)
    high = (rise > _least_rise(values, before, limits)) & (values[window:] - after >= limits.spike_return * rise)
    count = int(np.sum(high & ~np.concatenate([[False], high[:-1]])))
    return count if count >= limits.spike_count and count >= limits.spike_share * len(high) else 0


def _least_rise(values: Values, before: Values, limits: Thresholds) -> Values:
    fallen = max(0.0, float(np.median(values[: limits.spike_window]) - values.min()))
    if values.min() < 0 < values.max():
        # Without a fall there is nothing to measure a jump against.
        return np.full_like(before, limits.spike_of_fall_signed * fallen if fallen else np.inf)
    return np.maximum(limits.spike_rise * np.abs(before), limits.spike_of_fall * fallen)


def _values(curve: Curve) -> Values:
    values = np.array(curve.values, dtype=np.float64)
    finite: Values = values[np.isfinite(values)]
    return finite


def _counts(study: StudySnapshot, losses: Mapping[int, Curve], limits: Thresholds) -> Ints:
    """The spikes of each of the losses; a curve that was there at the last photo is not counted again."""
    curves = tuple(losses.values())

    def count(former: _Counted | None) -> _Counted:
        known = former.spikes if former is not None and former.limits == limits else {}
        return _Counted(limits, {c: known[c] if c in known else spikes(_values(c), limits) for c in curves})

    counted = study.trials.derived.evolve("spikes", curves, count, (limits,))
    return np.array([counted.spikes[curve] for curve in curves])


def _losses(study: StudySnapshot, limits: Thresholds) -> dict[int, Curve]:
    """The loss of each trial that is to be judged, by its place: newest first, then the best."""
    found: dict[int, Curve] = {}
    stand_in: dict[int, Curve] = {}
    best = int(study.ranked.places[0]) if study.ranked else None
    for place, curves in _candidates(study):
        if len(found) >= limits.recent and place != best:
            continue
        loss = _training_loss(study, curves)
        if loss is not None:
            found[place] = loss
        elif (len(stand_in) < limits.recent or place == best) and _objective_serves(study):
            stand_in.update((place, c) for c in curves if c.metric == study.metric)
    return found or stand_in


def _candidates(study: StudySnapshot) -> Iterator[tuple[int, tuple[Curve, ...]]]:
    """Those of which every snapshot has the curves, whoever looks at whatever others: newest first, then the
    best."""
    count = len(study.trials)
    newest = {*range(max(0, count - RECENT), count), *study.running.places.tolist()}
    best = [place for place in study.ranked.places[:1].tolist() if place not in newest]
    places = np.array([*sorted(newest, reverse=True), *best], dtype=np.intp)
    places = places[drawable(study, places)]
    for place, number in zip(places.tolist(), study.trials.columns.numbers[places].tolist(), strict=True):
        if curves := study.curves.get(number):
            yield place, curves


def _training_loss(study: StudySnapshot, curves: tuple[Curve, ...]) -> Curve | None:
    logged = [c for c in curves if c.metric != study.metric and names.is_training_loss(c.metric)]
    return min(logged, key=lambda c: (len(names.words(c.metric)), c.metric), default=None)


def _objective_serves(study: StudySnapshot) -> bool:
    return study.direction is Direction.MINIMIZE and names.is_loss(study.metric)


def _flag(study: StudySnapshot, found: _Verdict, limits: Thresholds) -> Flag:
    metric, apart = figures.plain(found.metric), found.apart
    order, why_not = lowered(study, apart, found.calm, limits, "spiky-loss")
    name = figures.plain(found.lr) or "the learning rate"
    where = f", at a median {name} of {figures.parameter(apart.ill, log=apart.log)}" if apart is not None else ""
    among = ", the best trial among them" if found.best_is_spiky else ""
    fix = f"Lower {name} {limits.lr_factor:g}-fold"
    if order is not None and order.high is not None:
        fix += f": its upper bound to {figures.parameter(order.high, log=apart is not None and apart.log)}"
    stands_in = found.metric == study.metric
    return Flag(
        "spiky-loss",
        Severity.WARNING,
        f"{metric} jumps up and down in {found.share} trials{among}{where}: training is unstable",
        f"{figures.plain(found.lr) or 'The learning rate'} is too high"
        + ("" if apart is not None else ", or the batch too small")
        + ".",
        f"{fix}.",
        (
            ("loss", f"{metric} (the objective stands in: no training loss is logged)" if stands_in else metric),
            ("spiky trials", found.share),
            ("most spikes in one trial", found.most),
            ("a spike", f"{1 + limits.spike_rise:g} x the points before, and down again"),
            *(apart.evidence if apart is not None else ()),
        ),
        parameters=(found.lr,) if found.lr else (),
        trials=study.trials.select(found.spiky[: limits.trials_shown]).numbers,
        order=order,
        why_no_order=why_not,
        rule="G24.1",
    )
