"""Issue 4, item 1: natural limits are no edges, also where only the name tells of them."""

from __future__ import annotations

import pytest

from hpt_tui.domain.limits import is_limit, proposed
from hpt_tui.domain.space import FloatRange, Side, widened


@pytest.mark.parametrize(
    ("name", "range_", "limit", "value"),
    [
        ("momentum", FloatRange(0.5, 0.99), False, 0.995),
        ("momentum", FloatRange(0.5, 0.999), True, 0.9995),
        ("beta2", FloatRange(0.9, 0.9999), True, 0.99995),
        ("dropout", FloatRange(0.0, 0.5), False, 0.75),
        ("dropout", FloatRange(0.0, 0.8), False, 0.9),
        ("gamma_lr_decay", FloatRange(0.1, 0.95), False, 0.975),
        ("mixup", FloatRange(0.0, 0.8), False, 1.0),
        ("momentum", FloatRange(0.0, 0.9, step=0.1), False, 0.9),
    ],
)
def test_the_upper_end_of_a_share(name: str, range_: FloatRange, limit: bool, value: float) -> None:
    assert is_limit(name, range_, Side.HIGH) is limit
    assert proposed(name, range_, Side.HIGH) == pytest.approx(value)


def test_the_lower_end_is_as_ever() -> None:
    assert is_limit("dropout", FloatRange(0.0, 0.5), Side.LOW)
    assert proposed("dropout", FloatRange(0.2, 0.5), Side.LOW) == widened(FloatRange(0.2, 0.5), Side.LOW)
