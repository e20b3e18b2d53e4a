"""G24.7: the same best found by two independent searches."""

from __future__ import annotations

import dataclasses
import math
import random

import pytest

from hpt_tui.domain.flags.confirmed_best import confirmed_best
from hpt_tui.domain.flags.flag import Severity
from hpt_tui.domain.flags.rules import check
from hpt_tui.domain.flags.surroundings import Surroundings
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import ParamValue
from hpt_tui.domain.trial import Direction
from tests.builders import NOON, SPACE, study, trial

LIMITS = Thresholds()


def search(seed: int, best_lr: float = 3e-3, *, count: int = 60, best_optimizer: str = "adamw") -> StudySnapshot:
    """Random draws; the accuracy depends on lr and the optimizer only."""
    dice, trials = random.Random(seed), []
    for n in range(count):
        lr, optimizer = 10 ** dice.uniform(-4, -1), dice.choice(("sgd", "adamw"))
        value = 0.9 - 0.1 * math.log10(lr / best_lr) ** 2 - (0 if optimizer == best_optimizer else 0.2)
        params: dict[str, ParamValue] = {
            "lr": lr,
            "optimizer": optimizer,
            "weight_decay": 10 ** dice.uniform(-6, -2),
            "dropout": dice.uniform(0, 0.6),
            "batch_size": dice.randint(16, 128),
        }
        trials.append(trial(n, value=value, params=params))
    return dataclasses.replace(study(trials, declared=SPACE), name=f"search-{seed}")


def compared(one: StudySnapshot, *others: StudySnapshot) -> list[str]:
    return [f.summary for f in confirmed_best(one, Surroundings(NOON, others=others), LIMITS)]


def test_the_same_best_is_good_news() -> None:
    """The two optima are the same; parameters without effect may differ."""
    agreed = [pair for pair in ((0, 1), (2, 3), (4, 5), (6, 7)) if compared(search(pair[0]), search(pair[1]))]
    assert len(agreed) >= 2
    one, other = agreed[0]
    (flag,) = confirmed_best(search(one), Surroundings(NOON, others=(search(other),)), LIMITS)
    assert flag.severity is Severity.INFO
    assert flag.rule == "G24.7"
    assert flag.summary.startswith(f"search-{other} has found the same best")


@pytest.mark.parametrize("seed", range(4))
def test_another_optimum_confirms_nothing(seed: int) -> None:
    assert not compared(search(seed), search(seed + 10, best_lr=5e-2))
    assert not compared(search(seed), search(seed + 10, best_optimizer="sgd"))


def test_what_cannot_be_compared_is_not() -> None:
    one = search(0)
    for other in (
        search(0, count=19),
        dataclasses.replace(search(0), metric="val_loss"),
        dataclasses.replace(search(0), directions=(Direction.MINIMIZE,)),
        dataclasses.replace(search(0), declared={"lr": SPACE["lr"]}),
        study(),
    ):
        assert not compared(one, other)


def test_alone_there_is_nothing_to_compare_with() -> None:
    assert "confirmed-best" not in {f.id for f in check(search(0), around=Surroundings(NOON))}
