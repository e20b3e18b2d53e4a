"""Studies that are searched by hand: runs of some learning rate, with curves of every look."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from hpt_tui.domain.flags.thresholds import DEFAULT_THRESHOLDS, Thresholds
from hpt_tui.domain.manual.loop import ManualLoop
from hpt_tui.domain.manual.step import Step, next_step
from hpt_tui.domain.snapshot import Control, StudySnapshot
from hpt_tui.domain.space import Choices, FloatRange, Range
from hpt_tui.domain.trial import Direction, TrialRow, TrialState
from tests.builders import NOON, curve, study, trial

LR: Mapping[str, Range] = {"lr": FloatRange(1e-5, 1.0, log=True), "optimizer": Choices(("sgd", "adamw"))}


STEPS = np.arange(20)


DICE = np.random.default_rng(4)


NOISE = DICE.normal(size=20)


LOSSES: Mapping[str, Sequence[float]] = {
    "well": list(2.3 * np.exp(-STEPS / 3) + 0.2),
    "well, noisy": list(2.3 * np.exp(-STEPS / 3) + 0.2 + 0.02 * NOISE),
    "slow": list(2.3 - 0.06 * STEPS),
    "crawls": list(2.3 - 0.0005 * STEPS),
    "oscillates": list(0.9 + 1.4 * np.exp(-STEPS / 3) + 0.35 * (-1.0) ** STEPS),
    "noisy": list(1.2 + 1.1 * np.exp(-STEPS / 2) + 0.3 * NOISE),
    "rises": list(2.3 + 0.2 * STEPS),
    "diverges": [2.3, 5.0, 80.0, 1e4, 1e9, math.inf, math.nan, math.nan, math.nan, math.nan],
    "stuck": list(1.9 + 0.4 * np.exp(-STEPS / 1.0)),
    "overflow": [2.3, math.nan],
}
"""By what they look like."""


Made = tuple[float, Sequence[float]]


def by_hand(
    *runs: Made,
    accuracy: bool = False,
    space: Mapping[str, Range] = LR,
    most: int = 5,
    last: TrialState = TrialState.COMPLETE,
    reason: str = "",
    by_hand: bool = False,
    **loop: object,
) -> StudySnapshot:
    """A study whose loop had these runs: rate and curve. What ``last`` and ``reason`` say is of the last one."""
    endings = [(TrialState.COMPLETE, "")] * (len(runs) - 1) + [(last, reason)]
    trials = [
        _run(number, *run, *ending, space, by_hand=by_hand)
        for number, (run, ending) in enumerate(zip(runs, endings, strict=True))
    ]
    metric = "val_acc" if accuracy else "val_loss"
    begun = ManualLoop(
        "lr", 1e-2, {"optimizer": "sgd"}, most, at=NOON, runs={n: r for n, (r, _) in enumerate(runs)}
    )
    return study(
        trials,
        curves=[curve(number, metric, values) for number, (_, values) in enumerate(runs) if len(values)],
        metric=metric,
        direction=Direction.MAXIMIZE if accuracy else Direction.MINIMIZE,
        declared=space,
        control=Control(manual=replace(begun, **loop)),  # type: ignore[arg-type]
        budget=None,
    )


def _run(
    number: int,
    rate: float,
    values: Sequence[float],
    state: TrialState,
    reason: str,
    space: Mapping[str, Range],
    *,
    by_hand: bool,
) -> TrialRow:
    finite = [v for v in values if math.isfinite(v)]
    made = trial(
        *(number, state, finite[-1] if finite else None),
        params={"lr": rate},
        ranges=space,
        steps=len(values),
        non_finite=len(finite) < len(values),
        reason=reason,
        by_hand=by_hand,
    )
    return replace(made, params={"lr": rate, "optimizer": "sgd"})


def step(snapshot: StudySnapshot, limits: Thresholds = DEFAULT_THRESHOLDS) -> Step:
    found = next_step(snapshot, limits)
    assert found is not None
    return found
