"""What the curves panel can show: the metrics of a study, and whose curves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from hpt_tui.domain.decimate import smoothed, smoothed_on
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import Curve, Direction, TrialRow, TrialState
from hpt_tui.tui.axis import Axis, around, extent
from hpt_tui.tui.plot import Colour, Series
from hpt_tui.tui.text import clip
from hpt_tui.tui.words import DOT

LOSSES = ("loss", "error", "perplexity", "ppl", "nll", "mse", "mae", "rmse", "entropy")
"""Words in the names of quantities that fall over decades: shown on a log axis unless the user says otherwise."""
FEW = 256
"""New points of a curve that are smoothed one by one; of more, the whole curve is."""


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at the curves: one metric, or a pair of training and validation."""

    metrics: tuple[str, ...]

    @property
    def title(self) -> str:
        return " + ".join(clip(m, 30) for m in self.metrics)

    @property
    def loss(self) -> bool:
        return any(word in self.metrics[0].lower() for word in LOSSES)


def metrics_of(study: StudySnapshot) -> dict[str, None]:
    """The metrics that any curve of the photo has, the reported one first."""
    named = (c.metric for curves in study.curves.values() for c in curves)
    return dict.fromkeys((study.metric, *named))


def views(metrics: Iterable[str]) -> tuple[View, ...]:
    """The first metric alone, then pairs of training and validation, then each other metric alone."""
    first, *others = names = tuple(dict.fromkeys(metrics))
    pairs = [(f"train{n[3:]}", n) for n in names if n.startswith("val") and f"train{n[3:]}" in names]
    return tuple(View(chosen) for chosen in ((first,), *sorted(pairs), *((n,) for n in sorted(others))))


def compared(study: StudySnapshot, marked: tuple[int, ...], cursor: int | None, most: int) -> tuple[int, ...]:
    """Whose curves to show: the marked trials, the cursor's, the best, the running ones, at most ``most``."""
    best = () if study.best is None else (study.best.number,)
    here = () if cursor is None else (cursor,)
    running = reversed(study.running.numbers)
    chosen = dict.fromkeys((*marked, *here, *best, *running))
    drawable = [n for n in chosen if n in study.curves and n in study.by_number]
    return tuple(drawable[:most])


def label(study: StudySnapshot, trial: TrialRow) -> str:
    """``#31 best``, ``#40 running``."""
    if study.best is not None and study.best.number == trial.number:
        return f"#{trial.number} best"
    if trial.baseline:
        return f"#{trial.number} baseline"
    if trial.validates is not None:
        return f"#{trial.number} validates #{trial.validates.of}"
    word = "" if trial.state is TrialState.COMPLETE else f" {trial.state}"
    return f"#{trial.number}{word}"


class Lines:
    """Makes the series of curves, each once for as long as its curve and how it is looked at stay the same."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, str], tuple[Curve, tuple[object, ...], Series]] = {}

    def of(
        self,
        study: StudySnapshot,
        view: View,
        numbers: tuple[int, ...],
        colours: Mapping[int, Colour],
        *,
        log: bool,
        smooth: float,
    ) -> tuple[Series, ...]:
        """The curves of ``numbers`` in ``view``; points that cannot be drawn become breaks."""
        before, self._made = self._made, {}
        for number in numbers:
            for metric in view.metrics:
                curve = study.curve(number, metric)
                if curve is None or not len(curve.steps):
                    continue
                key, name = (number, metric), label(study, study.by_number[number])
                looks = (name, colours[number], view, log, smooth)
                made, series = before.get(key), None
                if made is not None and made[1] == looks:
                    series = _grown(made[0], made[2], curve, log=log, smooth=smooth)
                series = series or _series(curve, name, colours[number], view, log=log, smooth=smooth)
                self._made[key] = curve, looks, series
        return tuple(series for _, _, series in self._made.values())


def _grown(former: Curve, drawn: Series, curve: Curve, *, log: bool, smooth: float) -> Series | None:
    """``drawn``, which ``former`` became, with the points that came since; None if it is not that simple."""
    known, new, whole = len(former.steps), curve.values[len(former.steps) :], drawn.broken is None
    if former is curve:
        return drawn
    if not np.array_equal(former.steps, curve.steps[:known]):
        return None
    if not np.array_equal(former.values, curve.values[:known], equal_nan=not whole):
        return None
    if not len(new):
        return drawn
    if not whole or len(new) > FEW or not (np.isfinite(new) & ((new > 0) | (not log))).all():
        return None
    y = np.concatenate((drawn.y, smoothed_on(drawn.y, np.log10(new) if log else new, smooth)))
    return replace(drawn, x=curve.steps, y=y, span=(drawn.span[0], float(curve.steps[-1])))


def _series(curve: Curve, name: str, colour: Colour, view: View, *, log: bool, smooth: float) -> Series:
    good = curve.finite & (curve.values > 0) if log else curve.finite
    broken = None if good.all() else float(curve.steps[np.argmin(good)])
    steps, values = (curve.steps, curve.values) if broken is None else (curve.steps[good], curve.values[good])
    pair = len(view.metrics) > 1
    if pair:
        name = f"#{curve.trial} {curve.metric.split('_')[0]}"
    elif broken is not None and not curve.finite.all():
        name = f"#{curve.trial} ✗ NaN @{broken:.0f}"
    return Series(
        name,
        colour,
        steps,
        smoothed(np.log10(values) if log else values, smooth),
        (float(curve.steps[0]), float(curve.steps[-1])),
        broken,
        sign=DOT if pair and curve.metric == view.metrics[0] else "",
    )


def by_trial(study: StudySnapshot, colours: tuple[Colour, Colour], *, log: bool) -> tuple[Series, ...]:
    """The value of each complete trial over its number, and the best so far of those that violate no constraint;
    empty where nothing can be drawn."""
    c = study.trials.columns
    looks = ("log" if log else "linear", study.direction, study.single, *colours)
    return study.trials.derive(
        f"by trial {looks}", (c.states, c.marks, c.values), lambda: _by_trial(study, colours, log=log)
    )


def _by_trial(study: StudySnapshot, colours: tuple[Colour, Colour], *, log: bool) -> tuple[Series, ...]:
    c, complete = study.trials.columns, study.trials.complete
    numbers, values = c.numbers[complete], c.values[:, 0][complete]
    good = np.isfinite(values) & (values > 0) if log else np.isfinite(values)
    if not good.any():
        return ()
    candidates = study.trials.candidates[complete]
    if not good.all():
        numbers, values, candidates = numbers[good], values[good], candidates[good]
    values = np.log10(values) if log else values
    span = float(numbers[0]), float(numbers[-1])
    each = Series("each trial", colours[1], numbers, values, span, sign=DOT)
    if not study.single or not candidates.any():
        return (each,)
    gather, worst = (np.minimum, np.inf) if study.direction is Direction.MINIMIZE else (np.maximum, -np.inf)
    first = int(np.argmax(candidates))
    best = gather.accumulate(np.where(candidates, values, worst)[first:])
    return each, Series("best so far", colours[0], numbers[first:], best, span)


def value_axis(drawn: tuple[Series, ...], held: Axis | None, *, log: bool, rows: int) -> Axis | None:
    """The axis for ``drawn``, which never shows less than ``held``; None if there is nothing to draw."""
    found = extent(bound for s in drawn if len(s.y) for bound in (float(s.y.min()), float(s.y.max())))
    if found is None:
        return None
    if held is None or held.log is not log:
        return around(*found, log=log, rows=max(2, rows // 3))
    if held.holds(*found):
        return held
    return around(min(held.low, found[0]), max(held.high, found[1]), log=log, rows=max(2, rows // 3))
