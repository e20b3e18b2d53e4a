"""G24.1: the training loss jumps up and down, as it does when the learning rate is too high."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from hpt_tui.domain import figures, names
from hpt_tui.domain.flags.contrast import Contrast, contrast, drawable, lowered
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import Curve, Direction, TrialRow

Values: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What the curves showed: the spiky trials, the worst first, with their spikes."""

    metric: str
    spiky: tuple[tuple[TrialRow, int], ...]
    calm: tuple[TrialRow, ...]
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
    counted = [(trial, spikes(_values(curve), limits)) for trial, curve in losses]
    spiky = sorted(((t, n) for t, n in counted if n), key=lambda entry: (-entry[1], -entry[0].number))
    best_is = study.best is not None and any(t.number == study.best.number for t, _ in spiky)
    many = len(spiky) >= limits.spiky_trials and len(spiky) >= limits.spiky_share * len(counted)
    if not (many or best_is):
        return
    calm = tuple(t for t, n in counted if not n)
    lr = names.learning_rate(study.space)
    apart = contrast(study, lr, [t for t, _ in spiky], calm, limits) if lr else None
    if apart is not None and not apart.high:
        apart = None
    yield _flag(study, _Verdict(losses[0][1].metric, tuple(spiky), calm, best_is, lr, apart), limits)


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


def _losses(study: StudySnapshot, limits: Thresholds) -> list[tuple[TrialRow, Curve]]:
    """The trials to be judged, newest first, then the best, each with its loss."""
    found: list[tuple[TrialRow, Curve]] = []
    stand_in: list[tuple[TrialRow, Curve]] = []
    best = study.best
    for trial in (*reversed(study.trials), *((best,) if best is not None else ())):
        is_best = best is not None and trial.number == best.number
        if len(found) >= limits.recent and not is_best:
            continue
        curves = study.curves.get(trial.number, ())
        taken = any(t.number == trial.number for t, _ in (*found, *stand_in))
        if not curves or taken or not drawable(study, trial):
            continue
        loss = _training_loss(study, curves)
        if loss is not None:
            found.append((trial, loss))
        elif len(stand_in) < limits.recent or is_best:
            stand_in.extend((trial, c) for c in curves if c.metric == study.metric and _objective_serves(study))
    return found or stand_in


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
            ("most spikes in one trial", found.spiky[0][1]),
            ("a spike", f"{1 + limits.spike_rise:g} x the points before, and down again"),
            *(apart.evidence if apart is not None else ()),
        ),
        parameters=(found.lr,) if found.lr else (),
        trials=tuple(t.number for t, _ in found.spiky[: limits.trials_shown]),
        order=order,
        why_no_order=why_not,
        rule="G24.1",
    )
