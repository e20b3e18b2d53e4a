"""What an objective may give to ``hpt_tui.log``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pytest

import hpt_tui
from hpt_tui.study_file import connect_sink

Logged = list[tuple[int, Mapping[str, float]]]


@pytest.fixture
def logged() -> Iterator[Logged]:
    found: Logged = []
    connect_sink(lambda step, metrics: found.append((step, metrics)))
    yield found
    connect_sink(None)


def test_numbers_of_numpy_become_plain_ones(logged: Logged) -> None:
    hpt_tui.log(np.int64(3), loss=np.float32(0.5), norm=np.array(2.0), rate=1)
    hpt_tui.log(np.array(4), loss=0.25)
    assert logged == [(3, {"loss": 0.5, "norm": 2.0, "rate": 1.0}), (4, {"loss": 0.25})]
    assert {type(x) for step, metrics in logged for x in (step, *metrics.values())} == {int, float}


@pytest.mark.parametrize("step", ["epoch1", 1.5, None])
def test_a_step_that_is_no_whole_number_is_refused(logged: Logged, step: object) -> None:
    with pytest.raises(TypeError, match=r"the step must be a whole number, not "):
        hpt_tui.log(step, loss=1.0)  # type: ignore[arg-type]
    assert logged == []
