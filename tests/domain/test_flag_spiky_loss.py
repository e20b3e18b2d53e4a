"""G24.1: a spiky training loss, and what only looks like one."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import numpy as np
import pytest

from hpt_tui.domain.flags.spikes import spikes
from hpt_tui.domain.flags.spikes import wobble as wobble_of
from hpt_tui.domain.flags.spiky_loss import spiky_loss
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.snapshot import Control, StudySnapshot
from hpt_tui.domain.space import Bound
from hpt_tui.domain.trial import Direction
from tests.builders import NOON, SPACE, curve, study, trial

LIMITS = Thresholds()


def wobble(values: Sequence[float], share: float, seed: int = 0) -> list[float]:
    rng = random.Random(seed)
    return [v * (1 + rng.uniform(-share, share)) for v in values]


DECAY = [2.3 * 0.85**n + 0.05 for n in range(30)]
SPIKY = [v * (2.5 if n % 5 == 4 else 1.0) for n, v in enumerate(DECAY)]
OSCILLATING = [0.6 if n % 2 else 1.9 + 0.1 * (n % 7) for n in range(30)]

SICK = {
    "single bad epochs": SPIKY,
    "up and down all the time": OSCILLATING,
    "two epochs wide": [v * (3 if n % 8 in (5, 6) else 1) for n, v in enumerate(DECAY)],
    "at a loss of thousands": [v * 5000 for v in SPIKY],
    "at a loss of millionths": [v * 1e-6 for v in SPIKY],
    "at a negative loss": [v - 10 + (9 if n % 7 == 6 else 0) for n, v in enumerate(DECAY)],
    "never falling at all": [2.3 if n % 4 else 7.0 + n / 10 for n in range(30)],
    "minibatches in bursts": [5.0 if n % 100 > 90 else 1.0 for n in range(1000)],
}
HEALTHY = {
    "smooth": DECAY,
    "a tenth of noise": wobble(DECAY, 0.1),
    "a quarter of noise": wobble(DECAY, 0.25, seed=3),
    "a flat end near zero, noisy": [*(2.3 * 0.5**n for n in range(10)), *wobble([1e-4] * 20, 0.99, seed=1)],
    "a plateau": wobble([0.69] * 30, 0.05),
    "smooth divergence": [0.5 * 1.3**n for n in range(30)],
    "a jump that stays": [*DECAY[:15], *([2.3] * 15)],
    "one bad epoch": [v * (4 if n == 12 else 1) for n, v in enumerate(DECAY)],
    "restarts of a cosine schedule": [1.2 - 0.3 * math.cos(math.pi * (n % 10) / 10) for n in range(30)],
    "noise round zero": [math.sin(n * 12.9898) * 0.01 for n in range(30)],
    "minibatch noise": wobble([2.3 * 0.999**n + 0.3 for n in range(2000)], 0.5),
    "too short": SPIKY[:7],
    "constant": [1.0] * 30,
    "empty": [],
}


@pytest.mark.parametrize("values", SICK.values(), ids=SICK)
def test_spikes_are_counted(values: list[float]) -> None:
    assert spikes(np.array(values), LIMITS) >= LIMITS.spike_count


@pytest.mark.parametrize("values", HEALTHY.values(), ids=HEALTHY)
def test_healthy_curves_have_none(values: list[float]) -> None:
    assert spikes(np.array(values), LIMITS) == 0


@pytest.mark.parametrize("seed", range(40))
def test_epoch_noise_up_to_a_fifth_is_healthy_whatever_the_seed(seed: int) -> None:
    assert spikes(np.array(wobble(DECAY, 0.2, seed)), LIMITS) == 0


def noisy(noise: float, epochs: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    curve = np.array([2.3 * 0.85**n + 0.3 for n in range(epochs)])
    return curve * np.exp(rng.normal(0.0, noise, epochs))


@pytest.mark.parametrize("epochs", [10, 20, 50])
def test_what_the_usual_noise_explains_is_no_spike(epochs: int) -> None:
    """The minibatches of a small data set: each epoch's loss is off by a fifth. Fewer than the third of the trials
    that the flag asks for."""
    curves = [noisy(0.2, epochs, seed) for seed in range(60)]
    noise = float(np.median([wobble_of(c, LIMITS) for c in curves]))
    assert sum(spikes(c, LIMITS, noise) > 0 for c in curves) <= 6


def test_the_wobble_is_that_of_the_calm_points() -> None:
    quiet = noisy(0.02, 20, 0)
    jumping = quiet * np.where(np.arange(20) % 5 == 4, 3.0, 1.0)
    assert wobble_of(jumping, LIMITS) < 0.1
    assert wobble_of(noisy(0.2, 400, 0), LIMITS) > 2 * wobble_of(quiet, LIMITS)


def test_in_ten_epochs_one_spike_is_enough_for_a_trial_among_others() -> None:
    short = np.array(DECAY[:10]) * np.where(np.arange(10) == 6, 3.0, 1.0)
    assert spikes(short, LIMITS) == 1
    curves = [curve(n, "train_loss", short.tolist()) for n in range(4)]
    several = study([trial(n, value=0.9 - n / 100) for n in range(4)], curves=curves)
    assert [f.id for f in spiky_loss(several, LIMITS)] == ["spiky-loss"]
    alone = study([trial(0, value=0.9)], curves=curves[:1])
    assert not [*spiky_loss(alone, LIMITS)]


def lossy(
    spiky_lrs: Sequence[float], calm_lrs: Sequence[float], *, metric: str = "train_loss", high: float | None = None
) -> StudySnapshot:
    """Spiky trials first; the best is the first calm one."""
    lrs = [*spiky_lrs, *calm_lrs]
    trials = [
        trial(n, value=0.9 - abs(n - len(spiky_lrs)) / 1000 if calm_lrs else 0.9, params={"lr": lr})
        for n, lr in enumerate(lrs)
    ]
    curves = [
        curve(n, metric, SPIKY if n < len(spiky_lrs) else wobble(DECAY, 0.05, n), first=1) for n in range(len(lrs))
    ]
    bounds = {} if high is None else {"lr": Bound(1e-4, high, NOON)}
    return study(trials, curves=curves, control=Control(bounds=bounds))


HOT, COOL = (9e-2, 7e-2, 8e-2, 6e-2), (1e-3, 2e-3, 3e-3, 5e-4, 1e-3)


def test_spikes_at_high_learning_rates_lower_the_upper_bound_tenfold() -> None:
    (flag,) = spiky_loss(lossy(HOT, COOL), LIMITS)
    assert flag.order == ChangeBound("lr", high=1e-2, reason="spiky-loss")
    assert flag.summary == (
        "train_loss jumps up and down in 4 of the last 9 trials, at a median lr of 7.5e-2: training is unstable"
    )
    assert "10-fold" in flag.fix
    evidence = dict(flag.evidence)
    assert (evidence["median lr, ill"], evidence["median lr, well"]) == ("7.5e-2", "1.0e-3")
    assert set(flag.trials) == {0, 1, 2, 3}
    assert flag.parameters == ("lr",)
    assert flag.rule == "G24.1"


def test_spikes_at_any_learning_rate_have_advice_but_no_order() -> None:
    (flag,) = spiky_loss(lossy((1e-3, 9e-2, 2e-4, 5e-3), COOL), LIMITS)
    assert flag.order is None
    assert flag.why_no_order.startswith("No parameter tells the ill trials from the others")
    assert flag.cause.startswith("lr is too high")
    assert "Lower lr" in flag.fix


def test_the_order_keeps_the_best_calm_trial_inside() -> None:
    (flag,) = spiky_loss(lossy(HOT, (3e-2, 2e-3, 3e-3, 5e-4)), LIMITS)
    assert flag.order == ChangeBound("lr", high=3e-2, reason="spiky-loss")


def test_trials_beyond_a_lowered_bound_have_been_dealt_with() -> None:
    assert not [*spiky_loss(lossy(HOT, COOL, high=1e-2), LIMITS)]


def test_a_spiky_best_trial_fires_alone() -> None:
    snapshot = lossy((9e-2,), ())
    calm = [trial(n, value=0.5) for n in range(1, 10)]
    curves = [c for cs in snapshot.curves.values() for c in cs]
    curves += [curve(n, "train_loss", DECAY) for n in range(1, 10)]
    (flag,) = spiky_loss(study([*snapshot.trials, *calm], curves=curves), LIMITS)
    assert "the best trial among them" in flag.summary


@pytest.mark.parametrize(
    "snapshot",
    [
        pytest.param(study(), id="empty"),
        pytest.param(lossy((), COOL), id="all calm"),
        pytest.param(lossy(HOT[:2], COOL), id="two spiky ones"),
        pytest.param(lossy(HOT, COOL * 3), id="less than a third"),
        pytest.param(lossy(HOT, COOL, metric="val_loss"), id="a validation loss"),
        pytest.param(lossy(HOT, COOL, metric="grad_norm"), id="no loss at all"),
    ],
)
def test_healthy_studies_are_silent(snapshot: StudySnapshot) -> None:
    assert not [*spiky_loss(snapshot, LIMITS)]


@pytest.mark.parametrize(
    "metric", ["train_loss", "loss", "training_loss", "train/loss", "Train Loss", "trainLoss"]
)
def test_a_training_loss_is_known_by_its_name(metric: str) -> None:
    assert [*spiky_loss(lossy(HOT, COOL, metric=metric), LIMITS)]


@pytest.mark.parametrize(
    ("metric", "direction", "speaks"),
    [
        ("val_loss", Direction.MINIMIZE, True),
        ("loss", Direction.MINIMIZE, True),
        ("val_acc", Direction.MAXIMIZE, False),
        ("rank", Direction.MINIMIZE, False),
        ("loss", Direction.MAXIMIZE, False),
    ],
)
def test_without_a_training_loss_a_minimised_objective_stands_in(
    metric: str, direction: Direction, speaks: bool
) -> None:
    trials = [trial(n, value=1.0 + n) for n in range(6)]
    curves = [curve(n, metric, SPIKY) for n in range(6)]
    flags = [*spiky_loss(study(trials, curves=curves, metric=metric, direction=direction), LIMITS)]
    assert bool(flags) == speaks
    assert all("stands in" in str(dict(flag.evidence)["loss"]) for flag in flags)


def test_a_logged_training_loss_comes_before_the_objective() -> None:
    trials = [trial(n, value=1.0 + n) for n in range(6)]
    curves = [curve(n, m, v) for n in range(6) for m, v in (("val_loss", SPIKY), ("train_loss", DECAY))]
    assert not [*spiky_loss(study(trials, curves=curves, metric="val_loss", direction=Direction.MINIMIZE), LIMITS)]


def test_non_finite_points_are_left_out() -> None:
    """They are another flag's (G24.5)."""
    trials = [trial(n) for n in range(6)]
    curves = [
        curve(n, "train_loss", [math.nan if i % 6 == 5 else v for i, v in enumerate(DECAY)]) for n in range(6)
    ]
    assert not [*spiky_loss(study(trials, curves=curves), LIMITS)]


def test_only_the_newest_trials_are_looked_at() -> None:
    """A cured study is healthy, however it began."""
    assert not [*spiky_loss(lossy(HOT * 20, COOL * 20), LIMITS)]


def test_without_a_learning_rate_the_advice_is_general() -> None:
    space = {name: r for name, r in SPACE.items() if name != "lr"}
    trials = [trial(n) for n in range(4)]
    (flag,) = spiky_loss(study(trials, curves=[curve(n, "loss", SPIKY) for n in range(4)], declared=space), LIMITS)
    assert flag.order is None
    assert flag.parameters == ()
    assert flag.cause.startswith("The learning rate")
