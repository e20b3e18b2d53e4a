"""G30: optimizers by name, and the space that is usually searched, from the tables of practice (G8, G37)."""

from __future__ import annotations

import math
from typing import Any

import optuna
import pytest
import torch
from optuna.distributions import CategoricalDistribution, FloatDistribution
from torch import nn

from hpt_tui import StudySpec
from hpt_tui.domain.lint.declared import Declared
from hpt_tui.domain.lint.finding import Level
from hpt_tui.domain.lint.rules import lint
from hpt_tui.domain.practice import LEARNING_RATES, WEIGHT_DECAY_BY_MODEL, Task
from hpt_tui.store.distribution_json import range_from_json
from hpt_tui.training import SCHEDULES, make_optimizer, make_schedule, search_space

KINDS = {
    "SGD": torch.optim.SGD,
    "Adam": torch.optim.Adam,
    "AdamW": torch.optim.AdamW,
    "RMSprop": torch.optim.RMSprop,
}
ALL = tuple(LEARNING_RATES)


@pytest.mark.parametrize("name", ALL)
def test_g8_an_optimizer_starts_where_it_usually_does(name: str) -> None:
    optimizer = make_optimizer(name.lower(), nn.Linear(2, 2).parameters())
    assert type(optimizer) is KINDS[name]
    group = optimizer.param_groups[0]
    assert group["lr"] == LEARNING_RATES[name].start
    assert group["weight_decay"] == 0
    assert group.get("momentum", 0) == (0.9 if name == "SGD" else 0)


@pytest.mark.parametrize("name", ALL)
def test_given_values_are_kept(name: str) -> None:
    group = make_optimizer(name, nn.Linear(2, 2).parameters(), 0.5, 0.25, momentum=0.8).param_groups[0]
    assert (group["lr"], group["weight_decay"]) == (0.5, 0.25)
    assert group.get("momentum", 0) == (0.8 if name == "SGD" else 0)


def test_an_unknown_optimizer_is_one_line() -> None:
    with pytest.raises(ValueError, match=r"^optimizer: 'lion' is unknown; take one of SGD, Adam, AdamW, RMSprop$"):
        make_optimizer("lion", nn.Linear(2, 2).parameters())


@pytest.mark.parametrize("task", ["", *Task])
@pytest.mark.parametrize("names", [*((name,) for name in ALL), ("sgd", "adamw"), ALL])
def test_g18_the_space_passes_our_own_lint(names: tuple[str, ...], task: str) -> None:
    space = search_space(names, task, label_smoothing=True)
    ranges = {name: range_from_json(optuna.distributions.distribution_to_json(d)) for name, d in space.items()}
    declared = Declared(
        space={name: r for name, r in ranges.items() if r is not None},
        task=Task(task) if task else None,
        pruner="median",
        trials=500,
        steps=100,
    )
    assert len(declared.space) == len(space)
    # Six at once are many (G3), and Adam is not AdamW (G37), whatever the ranges.
    found = {f.id for f in lint(declared) if f.level is not Level.INFO}
    assert found <= {"too-many-parameters", "adam-with-l2"}


def test_g8_the_learning_rate_covers_what_is_usual_in_two_orders_of_magnitude() -> None:
    lr = search_space("adamw")["lr"]
    assert isinstance(lr, FloatDistribution)
    assert lr.log
    assert lr.high / lr.low == pytest.approx(100)
    assert math.sqrt(lr.high * lr.low) == pytest.approx(math.sqrt(1e-4 * 1e-3))
    both = search_space(("sgd", "adamw"))["lr"]
    assert isinstance(both, FloatDistribution)
    assert (both.low, both.high) == pytest.approx((1e-4, 1e-1))


def test_g37_weight_decay_by_task() -> None:
    for task, usual in WEIGHT_DECAY_BY_MODEL.items():
        assert search_space(task=task)["weight_decay"] == FloatDistribution(usual.low, usual.high, log=True)


def test_one_optimizer_or_schedule_is_no_parameter() -> None:
    assert set(search_space("adamw", schedules="cosine")) == {"lr", "warmup_share", "weight_decay", "clip_norm"}
    assert search_space(("sgd", "adamw"))["optimizer"] == CategoricalDistribution(("sgd", "adamw"))


def test_g30_label_smoothing_is_searched_where_it_is_asked_for() -> None:
    assert "label_smoothing" not in search_space("sgd", "vision")
    space = search_space("sgd", "vision", label_smoothing=True)
    smoothing = space["label_smoothing"]
    assert smoothing == FloatDistribution(0.0, 0.2)
    assert isinstance(smoothing, FloatDistribution)
    logits, target = torch.randn(4, 10), torch.arange(4)
    plain, smoothed = (nn.CrossEntropyLoss(label_smoothing=x)(logits, target) for x in (smoothing.low, 0.1))
    assert plain == nn.CrossEntropyLoss()(logits, target) != smoothed


@pytest.mark.parametrize(
    ("subject", "arguments"),
    [
        ("optimizer: 'lion' is unknown", {"optimizers": ("sgd", "lion")}),
        ("optimizer: none is named", {"optimizers": ()}),
        ("schedule: 'poly' is unknown", {"schedules": "poly"}),
        ("task: 'chess' is unknown", {"task": "chess"}),
    ],
)
def test_unknown_names_are_one_line(subject: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^{subject}; take one of .*$"):
        search_space(**arguments)


def test_a_study_spec_searches_it_and_every_draw_trains() -> None:
    spec = StudySpec("s", "loss", "minimize", search_space(ALL, schedules=SCHEDULES))
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(30):
        trial = study.ask()
        drawn = spec.suggest(trial)
        lr, decay, share = (float(drawn[name] or 0) for name in ("lr", "weight_decay", "warmup_share"))
        optimizer = make_optimizer(str(drawn["optimizer"]), nn.Linear(2, 2).parameters(), lr, decay)
        make_schedule(str(drawn["schedule"]), optimizer, 20, share)
        study.tell(trial, lr)
