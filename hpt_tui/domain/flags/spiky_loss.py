"""G24.1: the training loss jumps up and down, as it does when the learning rate is too high."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from hpt_tui.domain import figures, names
from hpt_tui.domain.flags.contrast import Contrast, contrast, drawable, lowered
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.spikes import Values, spikes, wobble
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import RECENT, StudySnapshot
from hpt_tui.domain.trial import Curve, Direction
from hpt_tui.domain.trials import Ints, Places

_NOISE_STEP = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """The spikes of each curve, under these limits and this noise; and its own wobble."""

    limits: Thresholds
    wobbles: Mapping[Curve, float]
    noise: float
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
    # One spike of one short curve tells nothing.
    surely = places[counts >= limits.spike_count]
    best_is = bool(study.ranked) and int(study.ranked.places[0]) in surely
    many = len(spiky) >= limits.spiky_trials and len(spiky) >= limits.spiky_share * len(places)
    if not (many or best_is):
        return
    lr = names.learning_rate(study.space)
    apart = contrast(study, lr, spiky, calm, limits) if lr else None
    if apart is not None and not apart.high:
        apart = None
    verdict = _Verdict(next(iter(losses.values())).metric, spiky, calm, int(counts.max()), best_is, lr, apart)
    yield _flag(study, verdict, limits)


def _values(curve: Curve) -> Values:
    values = np.array(curve.values, dtype=np.float64)
    finite: Values = values[np.isfinite(values)]
    return finite


def _counts(study: StudySnapshot, losses: Mapping[int, Curve], limits: Thresholds) -> Ints:
    """The spikes of each of the losses; a curve that was there at the last photo is not counted again, unless
    their noise has changed."""
    curves = tuple(losses.values())

    def count(former: _Counted | None) -> _Counted:
        if former is None or former.limits != limits:
            former = _Counted(limits, {}, 0.0, {})
        known = former.wobbles
        wobbles = {c: known[c] if c in known else wobble(_values(c), limits) for c in curves}
        # The calmest quarter of the trials: of the others the wobble may be what is looked for. In steps, so that
        # a further trial seldom changes it.
        noise = math.ceil(float(np.quantile([*wobbles.values()], 0.25)) / _NOISE_STEP) * _NOISE_STEP
        counted = former.spikes if former.noise == noise else {}
        found = {c: counted[c] if c in counted else spikes(_values(c), limits, noise) for c in curves}
        return _Counted(limits, wobbles, noise, found)

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
