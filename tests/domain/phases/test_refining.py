"""The space of the refining phase (G17): shrunk round the best ten, never wider than it was."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import replace

import pytest

from hpt_tui.domain.phases.refining import agreed_choices, best_of, refined_bounds, shrunk
from hpt_tui.domain.snapshot import Control, StudySnapshot
from hpt_tui.domain.space import Bound, FloatRange, IntRange, NumericRange, ParamValue, bound_problem
from hpt_tui.domain.trial import TrialState
from tests.builders import SPACE, study, trial

LOG = FloatRange(1e-5, 1e-1, log=True)


def searched(*points: Mapping[str, ParamValue], control: Control = Control()) -> StudySnapshot:
    """Each better than the one after it."""
    rows = [trial(n, value=1.0 - n / 100, params=params) for n, params in enumerate(points)]
    return replace(study(rows, control=control), from_file=True)


def test_a_log_range_shrinks_on_its_own_scale() -> None:
    """A quarter of the spread beyond each end: 1e-3 to 1e-2 is one decade."""
    low, high = shrunk(LOG, [1e-3, 3e-3, 1e-2])
    assert low == pytest.approx(10**-3.25, rel=0.1)
    assert high == pytest.approx(10**-1.75, rel=0.1)


def test_a_linear_range_shrinks_by_its_width() -> None:
    assert shrunk(FloatRange(0.0, 1.0), [0.4, 0.5, 0.6]) == (0.35, 0.65)


def test_values_that_coincide_leave_room_round_them() -> None:
    """Own: a twentieth of the range on either side, for the ten may all miss the optimum."""
    assert shrunk(FloatRange(0.0, 1.0), [0.5] * 10) == (0.45, 0.55)
    low, high = shrunk(LOG, [1e-3] * 10)
    assert low < 1e-3 < high
    assert math.log10(high / low) == pytest.approx(0.4, abs=0.05)


def test_the_ends_are_never_passed() -> None:
    assert shrunk(LOG, [1e-5, 1e-1]) == (1e-5, 1e-1)
    assert shrunk(FloatRange(0.0, 0.6), [0.0, 0.01])[0] == 0.0


def test_whole_numbers_and_steps_end_on_what_can_be_drawn() -> None:
    assert shrunk(IntRange(1, 100), [40, 41, 42]) == (35.0, 47.0)
    assert shrunk(IntRange(16, 256, step=16), [64, 96]) == (48.0, 112.0)
    assert shrunk(FloatRange(0.1, 0.9, step=0.2), [0.5]) == pytest.approx((0.3, 0.7))
    assert shrunk(IntRange(1, 2), [1, 1]) == (1.0, 2.0)
    low, high = shrunk(IntRange(1, 1024, log=True), [64])
    assert low < 64 < high


@pytest.mark.parametrize(
    "range_",
    [
        LOG,
        FloatRange(-3.0, 5.0),
        FloatRange(0.1, 0.9, step=0.2),
        FloatRange(1e-300, 1e300, log=True),
        IntRange(1, 3),
        IntRange(16, 256, step=16),
        IntRange(1, 4096, log=True),
        IntRange(-5, -1),
    ],
    ids=repr,
)
def test_whatever_the_best_are_the_range_can_be_put_in_force(range_: NumericRange) -> None:
    draw = random.Random(1)
    for _ in range(200):
        values = [_drawn(range_, draw) for _ in range(draw.randint(1, 10))]
        low, high = shrunk(range_, values)
        assert range_.low <= low <= min(values)
        assert max(values) <= high <= range_.high
        assert not bound_problem(range_, low, high), (values, low, high)


def _drawn(range_: NumericRange, draw: random.Random) -> float:
    if isinstance(range_, IntRange):
        return float(draw.randrange(range_.low, range_.high + 1, range_.step))
    if range_.step is not None:
        return range_.low + range_.step * draw.randint(0, round((range_.high - range_.low) / range_.step))
    share = draw.random()
    if not range_.log:
        return range_.low + share * (range_.high - range_.low)
    value = math.exp(math.log(range_.low) * (1 - share) + math.log(range_.high) * share)
    return min(max(value, range_.low), range_.high)


def test_each_parameter_is_narrowed_and_says_from_where() -> None:
    found = searched(*({"lr": lr} for lr in (2e-3, 3e-3, 4e-3)))
    bounds = refined_bounds(found, best_of(found, 10))
    lr = bounds["lr"]
    assert (lr.was, lr.code, lr.log) == ((1e-4, 1e-1), (1e-4, 1e-1), True)
    assert lr.low < 2e-3 < 4e-3 < lr.high
    assert lr.words.startswith("1.0e-4 .. 1.0e-1 → ")
    assert "optimizer" not in bounds


def test_what_was_narrowed_by_hand_is_never_widened_and_what_lies_outside_has_no_say() -> None:
    bounds = {"lr": Bound(1e-3, 1e-2)}
    found = searched(*({"lr": lr} for lr in (5e-2, 4e-2, 2e-3, 3e-3, 9e-3)), control=Control(bounds=bounds))
    best = best_of(found, 10)
    assert [row.params["lr"] for row in best] == [2e-3, 3e-3, 9e-3]
    lr = refined_bounds(found, best)["lr"]
    assert lr.low >= 1e-3
    assert lr.high == 1e-2
    assert lr.was == (1e-3, 1e-2)


def test_too_few_say_nothing() -> None:
    found = searched({"lr": 1e-3}, {"lr": 2e-3})
    assert refined_bounds(found, best_of(found, 10)) == {}


def test_only_complete_finite_trials_are_among_the_best() -> None:
    rows = [
        trial(0, value=math.inf),
        trial(1, TrialState.PRUNED, 0.99),
        trial(2, value=0.5),
        trial(3, value=math.nan),
    ]
    assert [row.number for row in best_of(study(rows), 10) if row.value == 0.5] == [2]
    assert all(math.isfinite(row.value or 0) for row in best_of(study(rows), 10))


def test_a_choice_that_all_share_is_fixed_and_no_other() -> None:
    """Optuna forbids dropping the other choices of a running study."""
    sgd: list[dict[str, ParamValue]] = [{"optimizer": "sgd", "lr": lr} for lr in (1e-3, 2e-3, 3e-3)]
    alike = searched(*sgd)
    assert agreed_choices(alike, best_of(alike, 10)) == {"optimizer": "sgd"}
    mixed = searched({"optimizer": "sgd"}, {"optimizer": "sgd"}, {"optimizer": "adamw"})
    assert agreed_choices(mixed, best_of(mixed, 10)) == {}


def test_what_somebody_fixed_is_left_to_them() -> None:
    control = Control(fixed={"optimizer": "adamw"})
    found = searched(*({"optimizer": "sgd"} for _ in range(3)), control=control)
    assert agreed_choices(found, best_of(found, 10)) == {}


def test_a_range_that_the_code_changes_from_trial_to_trial_stays() -> None:
    rows = [
        trial(
            n, value=1 - n / 10, params={"lr": 1e-3}, ranges={**SPACE, "lr": FloatRange(1e-4, 10.0**-n, log=True)}
        )
        for n in range(3)
    ]
    assert "lr" not in refined_bounds(study(rows), best_of(study(rows), 10))
