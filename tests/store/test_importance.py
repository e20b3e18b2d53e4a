"""G4: importances measured on a study's own trials, whoever ran them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, FloatRange, Range
from hpt_tui.domain.trial import Direction, TrialRow, TrialState
from hpt_tui.store import importance
from hpt_tui.store.importance import measured_importances
from tests import builders

LEAST = 20


def drawn(count: int, *, wide_from: int | None = None, direction: Direction = Direction.MAXIMIZE) -> StudySnapshot:
    """``strong`` decides the value, ``weak`` hardly does; from a trial on ``strong`` has a wider range."""
    random = np.random.default_rng(1)

    def trial(number: int) -> TrialRow:
        high = 3.0 if wide_from is not None and number >= wide_from else 1.0
        ranges: dict[str, Range] = {"strong": FloatRange(0.0, high), "weak": Choices(("a", "b", None))}
        strong, weak = float(random.uniform(0, high)), ("a", "b", None)[random.integers(3)]
        value = -((strong - 0.7) ** 2) + (0.001 if weak == "a" else 0.0)
        values = (value if direction is Direction.MAXIMIZE else -value,)
        params = {"strong": strong, "weak": weak}
        return TrialRow(number, TrialState.COMPLETE, values, params, ranges, 0.0, 1.0)

    return builders.study(map(trial, range(count)), direction=direction)


@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("wide_from", [None, 60])
def test_g4_what_decides_the_value_is_measured_as_important_also_after_a_widen(
    wide_from: int | None, direction: Direction
) -> None:
    found = measured_importances(drawn(120, wide_from=wide_from, direction=direction), LEAST)
    assert sum(found.values()) == pytest.approx(1)
    assert found["strong"] > 0.7


def test_a_long_study_is_measured_by_an_even_part_of_its_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importance, "MOST", 100)
    assert measured_importances(drawn(400), LEAST)["strong"] > 0.7


def test_c8_only_complete_trials_with_finite_values_count() -> None:
    pruned = [builders.trial(n, TrialState.PRUNED, 0.5) for n in range(30)]
    diverged = [builders.trial(n, value=math.inf) for n in range(30, 60)]
    assert measured_importances(builders.study(pruned + diverged), LEAST) == {}


def test_too_few_trials_measure_nothing() -> None:
    assert measured_importances(drawn(LEAST - 1), LEAST) == {}
    assert measured_importances(drawn(LEAST), LEAST) != {}


def test_several_objectives_have_no_best_to_measure_by() -> None:
    single = drawn(LEAST)
    double = StudySnapshot(directions=(Direction.MINIMIZE,) * 2, trials=single.trials)
    assert measured_importances(double, LEAST) == {}
