"""G8, G37: the tables of what is usual."""

from __future__ import annotations

import pytest

from hpt_tui.domain.practice import (
    ADAM,
    ADAMW,
    LEARNING_RATES,
    LEARNING_RATES_BY_TASK,
    MOMENTUM,
    RMSPROP,
    SGD,
    WARMUP_SHARE,
    WEIGHT_DECAY_BY_MODEL,
    Usual,
    optimizer_named,
    optimizers_named,
)


def test_g8_the_learning_rates_by_optimizer_are_the_guides() -> None:
    assert dict(LEARNING_RATES) == {
        SGD: Usual(1e-2, 1e-1, 1e-2),
        ADAM: Usual(1e-4, 1e-3, 1e-3),
        ADAMW: Usual(1e-4, 1e-3, 5e-4),
        RMSPROP: Usual(1e-4, 1e-2, 5e-4),
    }
    assert dict(LEARNING_RATES_BY_TASK) == {"transformers": Usual(5e-5, 5e-4), "fine-tuning": Usual(1e-4, 1e-3)}


def test_g37_the_practice_figures_are_the_guides() -> None:
    assert {
        "warmup": Usual(0.05, 0.10),
        "momentum": Usual(0.8, 0.95, 0.9),
        "vision": Usual(1e-4, 1e-3),
        "transformers": Usual(1e-2, 1e-1),
        "small nets": Usual(1e-5, 1e-4),
    } == {"warmup": WARMUP_SHARE, "momentum": MOMENTUM, **WEIGHT_DECAY_BY_MODEL}


@pytest.mark.parametrize(
    ("option", "family"),
    [
        ("adamw", ADAMW),
        ("AdamW", ADAMW),
        ("torch.optim.AdamW", ADAMW),
        ("adamw_torch_fused", ADAMW),
        ("Adam", ADAM),
        ("optax.adam", ADAM),
        ("SGD", SGD),
        ("sgd_momentum", SGD),
        ("RMSprop", RMSPROP),
        ("lion", ""),
        ("nadam", ""),
        ("madam", ""),
        (3, ""),
        (None, ""),
    ],
)
def test_g8_an_optimizer_is_known_in_any_spelling_and_never_guessed(option: str | int | None, family: str) -> None:
    assert optimizer_named(option) == family


def test_each_optimizer_counts_once() -> None:
    assert optimizers_named(["sgd", "Adam", "adam", "lion"]) == (SGD, ADAM)
