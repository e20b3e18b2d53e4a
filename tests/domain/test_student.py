"""Student's t without scipy: quantiles against published ones (and scipy's, to more digits)."""

from __future__ import annotations

import pytest

from hpt_tui.domain.student import probability_within, t_quantile


@pytest.mark.parametrize(
    ("share", "freedom", "wanted"),
    [
        (0.95, 1, 12.706204736432095),
        (0.95, 2, 4.302652729911275),
        (0.95, 3, 3.182446305284263),
        (0.95, 12, 2.178812829663418),
        (0.95, 120, 1.979930405052777),
        (0.99, 5, 4.032142983557536),
        (0.5, 7, 0.7111417780797153),
        (0.99, 12, 3.054539589392858),
    ],
)
def test_quantiles(share: float, freedom: int, wanted: float) -> None:
    assert t_quantile(share, freedom) == pytest.approx(wanted, rel=1e-6)
    assert probability_within(wanted, freedom) == pytest.approx(share, abs=1e-7)


@pytest.mark.parametrize(("share", "freedom"), [(0.0, 3), (1.0, 3), (0.95, 0)])
def test_what_makes_no_sense_is_refused(share: float, freedom: int) -> None:
    with pytest.raises(ValueError, match=r"a probability|degree of freedom"):
        t_quantile(share, freedom)
