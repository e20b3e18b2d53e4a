"""G6: underfit, overfit, slow, unstable, healthy, by the curves; G24: a gap between train and val at the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from hpt_tui.domain.diagnosis import Diagnosis, Verdict, diagnose
from hpt_tui.domain.flags.overfit import overfit
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.flags.underfit import underfit
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import Curve, Direction
from tests.builders import curve, study, trial

LIMITS = Thresholds()
EPOCHS = 30


def falling(high: float, low: float, *, speed: float = 5.0, rise: float = 0.0) -> list[float]:
    """An exponential from ``high`` to ``low``, then up by ``rise`` over the second half."""
    t = np.arange(EPOCHS) / EPOCHS
    back = np.clip(t - 0.5, 0, None) * 2 * rise
    return [*(low + (high - low) * np.exp(-speed * t) + back).tolist()]


def rising(low: float, high: float, *, speed: float = 5.0) -> list[float]:
    return [1 - v for v in falling(1 - low, 1 - high, speed=speed)]


HEALTHY = {"train_loss": falling(2.3, 0.1), "val_loss": falling(2.3, 0.3), "val_acc": rising(0.1, 0.95)}


def best_with(
    curves: Mapping[str, Sequence[float]] = {},
    *,
    others: int = 15,
    direction: Direction = Direction.MAXIMIZE,
    metric: str = "val_acc",
) -> StudySnapshot:
    """Trial 0 is the best; the others train healthily."""
    worse = 0.5 if direction is Direction.MAXIMIZE else 2.0
    good = 0.99 if direction is Direction.MAXIMIZE else 0.01
    trials = [trial(0, value=good), *(trial(n, value=worse) for n in range(1, others + 1))]
    made: list[Curve] = [curve(0, name, values) for name, values in curves.items()]
    made += [curve(n, name, values) for n in range(1, others + 1) for name, values in HEALTHY.items()]
    return study(trials, curves=made, direction=direction, metric=metric)


def told(snapshot: StudySnapshot) -> Diagnosis:
    return diagnose(snapshot, 0, LIMITS)


def test_a_net_that_learns_what_carries_over_is_healthy() -> None:
    found = told(best_with(HEALTHY))
    assert found.verdict is Verdict.HEALTHY
    assert found.unseen == ""
    assert dict(found.evidence)["train_loss"].startswith("2.300 at first")


@pytest.mark.parametrize(
    "curves",
    [
        pytest.param({"train_loss": falling(2.3, 0.02), "val_loss": falling(2.3, 0.5, rise=0.7)}, id="val turns"),
        pytest.param({"train_loss": falling(2.3, 0.02), "val_loss": falling(2.3, 1.5)}, id="val stays high"),
        pytest.param({"train_acc": rising(0.1, 0.99), "val_acc": rising(0.1, 0.7)}, id="accuracies"),
        pytest.param(
            {"train_acc": [100 * v for v in rising(0.1, 0.99)], "val_acc": [100 * v for v in rising(0.1, 0.7)]},
            id="in percent",
        ),
        pytest.param(
            {"train/loss": falling(1.0, 0.01), "test/loss": falling(1.0, 0.4, rise=0.3)}, id="other names"
        ),
    ],
)
def test_overfit_is_told_with_the_gap(curves: dict[str, list[float]]) -> None:
    snapshot = best_with(curves)
    found = told(snapshot)
    assert found.verdict is Verdict.OVERFIT
    assert "gap" in dict(found.evidence)
    (flag,) = overfit(snapshot, LIMITS)
    assert flag.trials == (0,)
    assert flag.summary.startswith("The best trial #0 overfits")
    assert set(flag.parameters) == {"weight_decay", "dropout"}
    assert not [*underfit(snapshot, LIMITS)]


def test_the_objective_stands_for_the_held_out_loss() -> None:
    curves = {"train_loss": falling(2.3, 0.02), "loss": falling(2.3, 0.5, rise=0.7)}
    assert told(best_with(curves, direction=Direction.MINIMIZE, metric="loss")).verdict is Verdict.OVERFIT


@pytest.mark.parametrize(
    "curves",
    [
        pytest.param({"train_loss": falling(2.3, 1.8), "val_loss": falling(2.3, 1.85)}, id="losses"),
        pytest.param(
            {"train_acc": rising(0.1, 0.50), "val_acc": rising(0.1, 0.48)}, id="the guide's 50 % and 48 %"
        ),
    ],
)
def test_underfit_is_told(curves: dict[str, list[float]]) -> None:
    snapshot = best_with(curves)
    assert told(snapshot).verdict is Verdict.UNDERFIT
    (flag,) = underfit(snapshot, LIMITS)
    assert "larger model" in flag.fix
    assert not [*overfit(snapshot, LIMITS)]


def test_a_net_that_hardly_learns_is_not_slow_but_too_small() -> None:
    """Its loss falls by a twentieth, evenly: at that rate nothing comes of training longer."""
    curves = {"train_loss": falling(2.3, 2.2, speed=0.2), "val_loss": falling(2.3, 2.2, speed=0.2)}
    assert told(best_with(curves, direction=Direction.MINIMIZE, metric="val_loss")).verdict is Verdict.UNDERFIT


def test_a_curve_that_still_falls_at_its_end_is_slow() -> None:
    found = told(best_with({**HEALTHY, "val_acc": rising(0.1, 0.9, speed=0.2)}))
    assert found.verdict is Verdict.SLOW
    assert "of what val_acc gained came in the last 20 %" in found.summary
    assert "learning rate" in found.advice


@pytest.mark.parametrize(
    "loss",
    [
        pytest.param([2.0, 1.9, 1.8, *[1.0, 5.0] * 13], id="spikes"),
        pytest.param([*falling(2.3, 0.5)[:20], *[float("nan")] * 10], id="NaN"),
    ],
)
def test_an_unstable_one_is_told_before_anything_else(loss: list[float]) -> None:
    found = told(best_with({**HEALTHY, "train_loss": loss}))
    assert found.verdict is Verdict.UNSTABLE
    assert "learning rate" in found.advice


@pytest.mark.parametrize("direction", Direction)
def test_without_a_training_curve_over_and_underfit_cannot_be_told(direction: Direction) -> None:
    up = direction is Direction.MAXIMIZE
    found = told(best_with({"score": rising(0, 1) if up else falling(1, 0)}, direction=direction, metric="score"))
    assert found.verdict is Verdict.HEALTHY
    assert found.unseen.startswith("no training curve")


def test_without_a_curve_nothing_is_told() -> None:
    found = told(best_with())
    assert found.verdict is Verdict.UNKNOWN
    assert "0 finite points, and 5 are needed" in found.summary


def test_infinities_and_hostile_names_are_survived() -> None:
    evil = "train_loss\x1b[2J\n"
    odd = [float("inf"), float("-inf"), float("nan")] * 5
    found = told(best_with({evil: odd, "val_loss": odd, "val_acc": odd}))
    assert found.summary.isprintable()
    assert all(text.isprintable() for pair in found.evidence for text in pair)


@pytest.mark.parametrize(
    "snapshot",
    [
        pytest.param(study(), id="empty"),
        pytest.param(best_with(HEALTHY), id="healthy"),
        pytest.param(
            best_with({"train_loss": falling(2.3, 0.02), "val_loss": falling(2.3, 1.5)}, others=8), id="too few"
        ),
        pytest.param(best_with({"train_acc": rising(0.1, 0.99), "val_acc": rising(0.1, 0.92)}), id="a gap of 7"),
        pytest.param(
            best_with({"train_loss": falling(0.3, 0.02), "val_loss": falling(0.3, 0.05)}), id="starts low"
        ),
        pytest.param(
            best_with({"train_loss": falling(0.3, 0.2), "val_loss": falling(0.31, 0.21)}),
            id="the first epoch did most of it: others start from 2.3",
        ),
        pytest.param(best_with({"val_loss": falling(2.3, 1.5, rise=2.0)}), id="no training curve"),
    ],
)
def test_healthy_bests_raise_no_flag(snapshot: StudySnapshot) -> None:
    assert not [*overfit(snapshot, LIMITS), *underfit(snapshot, LIMITS)]
