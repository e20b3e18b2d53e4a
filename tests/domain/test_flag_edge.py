"""G24.3, C2: the best lies at the edge of the space."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from hpt_tui.domain.flags.edge import edge
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.method import Method, Sampling
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.snapshot import Control, StudySnapshot
from hpt_tui.domain.space import Bound, Choices, FloatRange, IntRange, NumericRange, ParamValue, Range
from hpt_tui.domain.trial import Direction, TrialState
from tests.builders import NOON, study, trial

LIMITS = Thresholds()
LR = FloatRange(1e-4, 1e-1, log=True)


def place(range_: NumericRange, at: float) -> float | int:
    """The value at position ``at`` (0..1) of ``range_``, on its own scale and grid."""
    low, high = float(range_.low), float(range_.high)
    value = low * (high / low) ** at if range_.log else low + at * (high - low)
    if range_.step is not None and not range_.log:
        value = low + round((value - low) / range_.step) * range_.step
    return round(value) if isinstance(range_, IntRange) else value


def searched(
    range_: NumericRange,
    positions: Sequence[float],
    *,
    now: NumericRange | None = None,
    name: str = "p",
    direction: Direction = Direction.MAXIMIZE,
) -> StudySnapshot:
    """Trials at ``positions`` of ``range_``, the best first; ``now`` is the range that steering put in force."""
    sign = 1 if direction is Direction.MAXIMIZE else -1
    trials = [
        trial(n, value=sign * (0.9 - n / 1000), params={name: place(range_, at)}, ranges={name: range_})
        for n, at in enumerate(positions)
    ]
    bounds = {} if now is None else {name: Bound(now.low, now.high, NOON)}
    return study(trials, declared={name: range_}, control=Control(bounds=bounds), direction=direction)


def only(snapshot: StudySnapshot) -> Flag:
    (flag,) = edge(snapshot, LIMITS)
    return flag


RISING = [1 - n / 20 for n in range(20)]
"""Better and better towards the upper end, the best on it."""
CENTRED = [0.5, 0.52, 0.47, 0.55, 0.44, 0.6, 0.4, 0.66, 0.33, 0.7, 0.2, 0.9, 0.99, 0.01]

RANGES = {
    "log": LR,
    "linear": FloatRange(0.1, 0.6),
    "stepped": FloatRange(0.5, 4.0, step=0.1),
    "int": IntRange(16, 256),
    "log int": IntRange(16, 256, log=True),
    "stepped int": IntRange(64, 512, step=16),
}


@pytest.mark.parametrize("range_", RANGES.values(), ids=RANGES)
@pytest.mark.parametrize("direction", Direction)
def test_a_best_at_the_upper_end_fires_on_every_scale(range_: NumericRange, direction: Direction) -> None:
    flag = only(searched(range_, RISING, direction=direction))
    assert flag.severity is Severity.WARNING
    assert flag.parameters == ("p",)
    assert flag.rule == "G24.3"
    assert isinstance(flag.order, ChangeBound)
    assert flag.order.low is None
    assert flag.order.high is not None
    assert flag.order.high > range_.high
    assert flag.order.reason == "edge"


@pytest.mark.parametrize("range_", RANGES.values(), ids=RANGES)
def test_a_best_at_the_lower_end_asks_to_widen_that_side(range_: NumericRange) -> None:
    order = only(searched(range_, [1 - at for at in RISING])).order
    assert isinstance(order, ChangeBound)
    assert order.high is None
    assert order.low is not None
    assert order.low < range_.low


@pytest.mark.parametrize("range_", RANGES.values(), ids=RANGES)
def test_a_well_centred_search_is_silent(range_: NumericRange) -> None:
    assert not [*edge(searched(range_, CENTRED), LIMITS)]


def test_the_summary_says_value_distance_bound_and_crowd() -> None:
    flag = only(searched(LR, [0.98, 0.99, 0.97, *RISING[2:]], name="lr"))
    assert flag.summary == (
        "lr 8.7e-2 of the best trial is 2 % from its upper bound 1.0e-1; 3 of the best 5 crowd there: "
        "better values may lie beyond"
    )
    evidence = dict(flag.evidence)
    assert evidence["best trial"] == "98 % along the range, on its log scale"
    assert evidence["upper bound"] == "1.0e-1"
    assert evidence["within 5 % of the bound"] == "3 of the best 5"
    assert "pruned ones left out" in str(evidence["judged"])
    assert flag.trials == (0, 1, 2)
    assert flag.order == ChangeBound("lr", high=1.0, reason="edge")


def test_the_edge_of_a_grid_is_told_without_an_order() -> None:
    found = replace(searched(LR, [0.98, 0.99, 0.97, *RISING[2:]], name="lr"), method=Method(Sampling.GRID))
    flag = only(found)
    assert flag.order is None
    assert "is searched by a grid" in flag.why_no_order


def test_position_is_taken_on_the_parameters_own_scale() -> None:
    """C2: 8e-2 of 1e-4..1e-1 is 20 % from the end on a linear scale, 3 % on the log scale it was drawn on."""
    assert [*edge(searched(LR, [0.968, 0.96, 0.97, *CENTRED]), LIMITS)]
    assert not [*edge(searched(FloatRange(1e-4, 1e-1), [0.8, 0.76, 0.81, *CENTRED]), LIMITS)]


def test_a_crowd_at_the_end_fires_even_if_the_best_is_not_in_it() -> None:
    flag = only(searched(LR, [0.5, 0.99, 0.98, 0.97, 0.96, *CENTRED]))
    assert "4 of the best 5 trials crowd at p's upper bound" in flag.summary
    assert flag.trials == (1, 2, 3, 4)


def test_one_lucky_trial_at_the_end_is_silent() -> None:
    """An idle parameter's best is near one of its ends in one search of ten."""
    assert not [*edge(searched(LR, [0.97, *CENTRED]), LIMITS)]
    assert [*edge(searched(LR, [0.97, 0.8, 0.78, *CENTRED]), LIMITS)], "the top leans to it"


def test_a_crowd_that_does_no_better_than_the_rest_is_silent() -> None:
    """TPE gathers an idle parameter somewhere; its newer trials there are as good or bad as elsewhere."""
    crowd = [0.98, 0.97, 0.99, 0.96, 0.98]
    assert not [*edge(searched(LR, [*crowd, *([0.5, 0.97] * 10)]), LIMITS)]
    flag = only(searched(LR, [*crowd, *([0.97] * 10), *([0.5] * 10)]))
    assert dict(flag.evidence)["outer quarter beats the rest"] == "100 %"


def test_nearly_all_of_the_top_may_crowd_a_little_further_from_the_end() -> None:
    flag = only(searched(LR, [0.93, 0.91, 0.94, 0.99, 0.88, *CENTRED]))
    assert dict(flag.evidence)["within 10 % of the bound"] == "4 of the best 5"
    assert not [*edge(searched(LR, [0.93, 0.91, 0.94, 0.85, 0.88, *CENTRED]), LIMITS)], "three of five"


def test_a_smaller_crowd_will_do_where_values_still_improve_towards_the_end() -> None:
    """A third of the top at the end: with the best beyond it, each stretch is worse than the one after it."""
    rng = random.Random(0)
    placed = sorted((rng.random() for _ in range(300)), key=lambda at: abs(at - 1.05) + rng.gauss(0, 0.05))
    inside = sorted((rng.random() for _ in range(300)), key=lambda at: abs(at - 0.94) + rng.gauss(0, 0.05))
    few = replace(LIMITS, edge_crowd=0.7)
    for limits in (LIMITS, few):
        assert [*edge(searched(LR, [0.93, *placed]), limits)]
        assert not [*edge(searched(LR, [0.93, *inside]), limits)], "the best lies inside"


def test_among_hundreds_one_lucky_trial_is_silent() -> None:
    rng = random.Random(0)
    assert not [*edge(searched(LR, [0.97, *(rng.uniform(0.2, 0.8) for _ in range(300))]), LIMITS)]


@pytest.mark.parametrize("trials", [0, 1, 5, 9])
def test_too_few_trials_say_nothing(trials: int) -> None:
    assert not [*edge(searched(LR, RISING[:trials]), LIMITS)]


def test_ten_trials_are_enough() -> None:
    assert [*edge(searched(LR, RISING[:10]), LIMITS)]


@pytest.mark.parametrize(
    ("range_", "positions"),
    [
        pytest.param(FloatRange(0.0, 0.6), [1 - at for at in RISING], id="dropout at 0"),
        pytest.param(FloatRange(0.5, 1.0), RISING, id="momentum at 1"),
        pytest.param(IntRange(0, 40), [1 - at for at in RISING], id="count at 0"),
        pytest.param(IntRange(1, 40), [1 - at for at in RISING], id="count at 1"),
        pytest.param(IntRange(1, 512, log=True), [1 - at for at in RISING], id="log count at 1"),
    ],
)
def test_a_natural_limit_is_no_edge(range_: NumericRange, positions: list[float]) -> None:
    assert not [*edge(searched(range_, positions), LIMITS)]


def test_choices_have_no_edge() -> None:
    space: Mapping[str, Range] = {"optimizer": Choices(("adamw", "sgd"))}
    trials = [trial(n, value=0.9 - n / 1000, params={"optimizer": "sgd"}, ranges=space) for n in range(20)]
    assert not [*edge(study(trials, declared=space), LIMITS)]


def test_a_coarse_range_needs_a_crowd() -> None:
    """Every third trial of 1..3 layers lies at the upper end by chance."""
    layers = IntRange(1, 3)
    assert not [*edge(searched(layers, [1.0, 0.5, 0.0, 1.0, 0.5, *CENTRED]), LIMITS)]
    assert [*edge(searched(layers, [1.0] * 5 + CENTRED), LIMITS)]


def test_two_levels_cannot_crowd_in_a_small_study() -> None:
    assert not [*edge(searched(IntRange(2, 3), [1.0] * 5 + [0.0] * 9), LIMITS)]


class TestSteered:
    """The range in force is what counts, not the one a trial was drawn from."""

    def test_a_range_that_was_just_widened_is_silent(self) -> None:
        assert not [*edge(searched(LR, RISING, now=FloatRange(1e-4, 1.0, log=True)), LIMITS)]

    def test_even_if_it_was_widened_by_a_hair(self) -> None:
        assert not [*edge(searched(LR, RISING, now=FloatRange(1e-4, 0.101, log=True)), LIMITS)]

    def test_a_widened_range_fires_again_once_its_new_end_is_crowded(self) -> None:
        narrow, wide = FloatRange(1.0, 10.0, log=True), FloatRange(1.0, 100.0, log=True)
        before = searched(narrow, RISING)
        after = [
            trial(100 + n, value=0.95 - n / 1000, params={"p": place(wide, 1 - n / 50)}, ranges={"p": wide})
            for n in range(8)
        ]
        control = Control(bounds={"p": Bound(wide.low, wide.high, NOON)})
        flag = only(study([*before.trials, *after], declared={"p": narrow}, control=control))
        assert flag.severity is Severity.WARNING
        assert flag.order == ChangeBound("p", high=1000.0, reason="edge")

    def test_a_best_beyond_narrowed_bounds_is_silent(self) -> None:
        assert not [*edge(searched(LR, RISING, now=FloatRange(1e-4, 3e-2, log=True)), LIMITS)]

    def test_an_end_narrowed_away_from_worse_trials_is_no_edge(self) -> None:
        """Several trials beyond the new end are known to be worse."""
        narrowed = FloatRange(1e-4, float(place(LR, 0.62)), log=True)
        assert not [*edge(searched(LR, [0.61, 0.6, 0.6, *CENTRED], now=narrowed), LIMITS)]


def test_pruned_trials_are_not_among_the_best() -> None:
    """C8: their last value is not comparable with a finished one."""
    best = searched(LR, CENTRED)
    pruned = [
        trial(50 + n, TrialState.PRUNED, 0.99, params={"p": place(LR, 0.99)}, ranges={"p": LR}) for n in range(9)
    ]
    assert not [*edge(study([*best.trials, *pruned], declared={"p": LR}), LIMITS)]


def test_running_waiting_and_failed_trials_do_not_count() -> None:
    """Nine complete ones are too few, whatever else there is."""
    rest = [
        trial(30 + n, state, None, params={"p": 0.09}, ranges={"p": LR})
        for n, state in enumerate([TrialState.RUNNING, TrialState.WAITING, TrialState.FAILED])
    ]
    assert not [*edge(study([*searched(LR, RISING[:9]).trials, *rest], declared={"p": LR}), LIMITS)]


def test_a_conditional_parameter_is_judged_by_the_trials_that_have_it() -> None:
    without: list[Mapping[str, ParamValue]] = [{"other": 1.0} for _ in range(20)]
    trials = [trial(100 + n, value=0.99, params=p, ranges={}) for n, p in enumerate(without)]
    having = searched(LR, RISING, name="momentum")
    assert [*edge(study([*having.trials, *trials], declared={"momentum": LR}), LIMITS)]
    assert not [*edge(study([*having.trials[:9], *trials], declared={"momentum": LR}), LIMITS)]


def test_a_constant_objective_has_no_best() -> None:
    trials = [trial(n, value=0.1, params={"p": place(LR, at)}, ranges={"p": LR}) for n, at in enumerate(RISING)]
    assert not [*edge(study(trials, declared={"p": LR}), LIMITS)]


def test_each_parameter_speaks_for_itself() -> None:
    space: Mapping[str, Range] = {"lr": LR, "wd": LR, "dropout": FloatRange(0.1, 0.6)}
    trials = [
        trial(
            n,
            value=0.9 - n / 1000,
            params={"lr": place(LR, at), "wd": place(LR, CENTRED[n % 14]), "dropout": 0.1 + n / 100},
            ranges=space,
        )
        for n, at in enumerate(RISING)
    ]
    assert {f.parameters for f in edge(study(trials, declared=space), LIMITS)} == {("lr",), ("dropout",)}


def test_a_hostile_name_comes_out_plain() -> None:
    flag = only(searched(LR, RISING, name="l\x1b[31mr\n"))
    assert flag.summary.isprintable()
    assert flag.parameters == ("l\x1b[31mr\n",)
