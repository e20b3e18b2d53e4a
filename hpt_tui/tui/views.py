"""What the curves panel can show: the metrics of a study, and whose curves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import Curve, TrialRow, TrialState
from hpt_tui.tui.axis import Axis, around, extent
from hpt_tui.tui.plot import Colour, Point, Series, smoothed
from hpt_tui.tui.text import clip

LOSSES = ("loss", "error", "perplexity", "ppl", "nll", "mse", "mae", "rmse", "entropy")
"""Words in the names of quantities that fall over decades: shown on a log axis unless the user says otherwise."""


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


def views(study: StudySnapshot) -> tuple[View, ...]:
    """The reported metric first, then pairs of training and validation, then each logged metric."""
    names = dict.fromkeys([study.metric])
    for curves in study.curves.values():
        names.update(dict.fromkeys(c.metric for c in curves))
    pairs = [(f"train{n[3:]}", n) for n in names if n.startswith("val") and f"train{n[3:]}" in names]
    ordered = [(study.metric,), *sorted(pairs), *((n,) for n in sorted(names) if n != study.metric)]
    return tuple(View(metrics) for metrics in ordered)


def compared(study: StudySnapshot, marked: tuple[int, ...], cursor: int | None, most: int) -> tuple[int, ...]:
    """Whose curves to show: the marked trials, the cursor's, the best, the running ones, at most ``most``."""
    best = () if study.best is None else (study.best.number,)
    here = () if cursor is None else (cursor,)
    running = tuple(t.number for t in reversed(study.running))
    chosen = dict.fromkeys((*marked, *here, *best, *running))
    drawable = [n for n in chosen if n in study.curves and n in study.by_number]
    return tuple(drawable[:most])


def label(study: StudySnapshot, trial: TrialRow) -> str:
    """``#31 best``, ``#40 running``."""
    if study.best is not None and study.best.number == trial.number:
        return f"#{trial.number} best"
    if trial.baseline:
        return f"#{trial.number} baseline"
    word = "" if trial.state is TrialState.COMPLETE else f" {trial.state}"
    return f"#{trial.number}{word}"


def series(
    study: StudySnapshot,
    view: View,
    numbers: tuple[int, ...],
    colours: Mapping[int, Colour],
    *,
    log: bool,
    smooth: float,
) -> tuple[Series, ...]:
    """The curves of ``numbers`` in ``view``; points that cannot be drawn become breaks."""
    found = []
    for number in numbers:
        for metric in view.metrics:
            curve = study.curve(number, metric)
            if curve is None:
                continue
            pair = len(view.metrics) > 1
            name = f"#{number} {metric.split('_')[0]}" if pair else label(study, study.by_number[number])
            points, broken = _points(curve, log)
            if broken and not pair:
                name = f"#{number} ✗ NaN @{broken[0]:.0f}" if _diverged(curve) else name
            dotted = pair and metric == view.metrics[0]
            found.append(Series(name, colours[number], smoothed(points, smooth), broken, dotted))
    return tuple(found)


def _points(curve: Curve, log: bool) -> tuple[tuple[Point, ...], tuple[float, ...]]:
    good, broken = [], []
    for step, value in zip(curve.steps.tolist(), curve.values.tolist(), strict=True):
        if math.isfinite(value) and (value > 0 or not log):
            good.append((float(step), math.log10(value) if log else value))
        else:
            broken.append(float(step))
    return tuple(good), tuple(broken)


def _diverged(curve: Curve) -> bool:
    return not bool(curve.finite.all())


def by_trial(study: StudySnapshot, colours: tuple[Colour, Colour], *, log: bool) -> tuple[Series, ...]:
    """The value of each complete trial over its number, and the best so far; empty where nothing can be drawn."""
    points: list[Point] = []
    best: list[Point] = []
    for trial in study.complete:
        value = trial.value if trial.value is not None else math.nan
        if not math.isfinite(value) or (log and value <= 0):
            continue
        points.append((float(trial.number), math.log10(value) if log else value))
        if study.single:
            worse = bool(best) and not study.direction.better(points[-1][1], best[-1][1])
            best.append((points[-1][0], best[-1][1] if worse else points[-1][1]))
    drawn = (Series("each trial", colours[1], tuple(points), dotted=True),) if points else ()
    return (*drawn, Series("best so far", colours[0], tuple(best))) if best else drawn


def value_axis(drawn: tuple[Series, ...], held: Axis | None, *, log: bool, rows: int) -> Axis | None:
    """The axis for ``drawn``, which never shows less than ``held``; None if there is nothing to draw."""
    found = extent(y for s in drawn for _, y in s.points)
    if found is None:
        return None
    if held is None or held.log is not log:
        return around(*found, log=log, rows=max(2, rows // 3))
    if held.holds(*found):
        return held
    return around(min(held.low, found[0]), max(held.high, found[1]), log=log, rows=max(2, rows // 3))
