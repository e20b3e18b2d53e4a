"""G14, G15, G17, G21, G28, G29: trials, phases, seeds, sampler, pruner, and what a grid would cost."""

from __future__ import annotations

import pytest

from hpt_tui.domain.advice.choice import choose
from hpt_tui.domain.advice.grid import grid
from hpt_tui.domain.advice.plan import Plan, plan
from hpt_tui.domain.advice.situation import Measured, Situation
from hpt_tui.domain.advice.thresholds import DEFAULT_ADVICE
from hpt_tui.domain.lint.declared import Declared
from hpt_tui.domain.space import Choices, FloatRange, IntRange, Range

HALF_HOUR = 1800.0


def planned(situation: Situation) -> Plan:
    return plan(situation, choose(situation, DEFAULT_ADVICE), DEFAULT_ADVICE)


def phases(situation: Situation) -> list[tuple[str, int, int]]:
    return [(p.name, p.configurations, p.seeds) for p in planned(situation).phases]


def test_g17_without_a_budget_the_phases_are_the_guides() -> None:
    assert phases(Situation(parameters=4)) == [("explore", 100, 1), ("refine", 50, 1), ("validate", 5, 3)]


def test_g17_the_phases_keep_their_proportions_in_a_smaller_budget() -> None:
    situation = Situation(parameters=5, hours=40, trial=HALF_HOUR, gpus=2)
    assert phases(situation) == [("explore", 49, 1), ("refine", 25, 1), ("validate", 2, 3)]
    found = planned(situation)
    assert (found.trials, found.fits, found.wall) == (80, 80, 20 * 3600)


def test_g12_the_longest_budget_has_more_seeds_and_no_upper_end() -> None:
    assert phases(Situation(parameters=6, hours=1000, trial=HALF_HOUR))[-1] == ("validate", 5, 5)
    assert planned(Situation(parameters=6, hours=1000, trial=HALF_HOUR)).trials == 2000


def test_g11_a_budget_that_pays_for_more_than_is_usual_is_not_used_up() -> None:
    assert planned(Situation(parameters=4, hours=99, trial=60)).trials == 200


def test_g12_the_learning_rate_alone_has_5_to_10_values_and_one_seed() -> None:
    assert phases(Situation(parameters=5, hours=8, trial=HALF_HOUR)) == [("search", 10, 1)]
    assert phases(Situation(parameters=5, hours=4, trial=HALF_HOUR)) == [("search", 8, 1)]
    assert phases(Situation(parameters=5, hours=1, trial=HALF_HOUR)) == [("search", 2, 1)]


def test_g28_a_grid_keeps_what_is_left_for_its_best() -> None:
    assert phases(Situation(parameters=2, hours=20, trial=HALF_HOUR)) == [("search", 25, 1), ("validate", 5, 3)]
    assert phases(Situation(parameters=2, hours=13, trial=HALF_HOUR)) == [("search", 25, 1)]


@pytest.mark.parametrize("fits", [1, 2, 7, 20, 21, 35, 49, 50, 51, 80, 165, 200, 480, 999, 5000])
@pytest.mark.parametrize("parameters", [1, 2, 3, 4, 6, None])
def test_g15_no_plan_costs_more_than_its_budget(fits: int, parameters: int | None) -> None:
    for hours in (5.0, 50.0, 500.0, 2000.0):
        situation = Situation(parameters=parameters, hours=hours, trial=hours * 3600 / fits)
        found = planned(situation)
        assert found.fits == fits
        assert 0 < found.trials <= fits
        assert sum(p.hours or 0 for p in found.phases) <= hours * (1 + 1e-9)


def test_g15_measured_costs_count_pruned_trials_as_cheap_and_validation_as_dear() -> None:
    measured = Measured(complete=20, pruned=60, trial=1000.0, pruned_trial=200.0, step=10.0)
    assert measured.cost == 400.0
    situation = Situation(parameters=4, hours=20, measured=measured)
    found = planned(situation)
    assert found.fits == 180
    assert sum(p.hours or 0 for p in found.phases) <= 20
    assert found.phases[-1].hours == found.phases[-1].runs * 1000 / 3600


@pytest.mark.parametrize("parameters", [1, 2, 4, 5])
def test_g15_a_last_phase_that_nobody_prunes_never_costs_more_than_is_left(parameters: int) -> None:
    measured = Measured(complete=8, pruned=72, trial=3600.0, pruned_trial=1.0, step=None)
    for hours in (3.0, 9.0, 30.0, 300.0):
        found = planned(Situation(parameters=parameters, hours=hours, measured=measured))
        assert sum(p.hours or 0 for p in found.phases) <= hours
        assert found.phases[0].configurations > 0


@pytest.mark.parametrize(
    ("situation", "sampler", "pruner"),
    [
        (Situation(parameters=4, hours=40), "RandomSampler()", "MedianPruner"),
        (Situation(parameters=5, hours=400), "TPESampler(multivariate=True)", "MedianPruner"),
        (
            Situation(parameters=5, hours=400, gpus=4),
            "TPESampler(multivariate=True, constant_liar=True)",
            "MedianPruner",
        ),
        (Situation(parameters=2, hours=40), "GridSampler(search_space)", "MedianPruner"),
        (Situation(parameters=5, hours=4, trial=HALF_HOUR), "GridSampler(search_space)", "none"),
        (Situation(parameters=5, hours=1, trial=HALF_HOUR), "none", "none"),
    ],
)
def test_g16_sampler_and_pruner_follow_from_the_strategy(situation: Situation, sampler: str, pruner: str) -> None:
    found = planned(situation)
    assert found.sampler.call == sampler
    assert (found.pruner.name or "none") == pruner


def test_g21_the_pruner_is_the_default_one_unless_its_warmup_covers_the_trial() -> None:
    assert planned(Situation(parameters=4)).pruner.arguments == (
        "n_startup_trials=5, n_warmup_steps=10, interval_steps=1"
    )
    short = Situation(Declared({}, steps=9), parameters=4)
    assert planned(short).pruner.arguments == "n_startup_trials=5, n_warmup_steps=3, interval_steps=1"


def test_g29_many_configurations_beat_few_in_this_budgets_numbers() -> None:
    seeds = planned(Situation(parameters=5, hours=40, trial=HALF_HOUR)).seeds
    assert seeds is not None
    assert (seeds.total, seeds.few, seeds.each) == (80, 16, 5)
    assert (round(seeds.many_chance, 3), round(seeds.few_chance, 3)) == (0.983, 0.560)


def test_g14_the_guides_grid_of_five_by_five_is_counted_with_its_cost() -> None:
    found = grid(Situation(parameters=5, trial=HALF_HOUR), DEFAULT_ADVICE)
    assert found is not None
    assert (found.configurations, found.hours, found.random, found.random_hours) == (3125, 1562.5, 100, 50.0)
    assert found.too_large


@pytest.mark.parametrize(("options", "too_large"), [(20, False), (21, True)])
def test_g14_over_a_hundred_configurations_are_too_many(options: int, too_large: bool) -> None:
    space: dict[str, Range] = {"lr": FloatRange(1e-4, 1e-1, log=True), "net": Choices(tuple(range(options)))}
    found = grid(Situation(Declared(space), parameters=2), DEFAULT_ADVICE)
    assert found is not None
    assert (found.values, found.too_large, found.hours) == ((5, options), too_large, None)


def test_g14_a_range_of_few_values_counts_those() -> None:
    found = grid(Situation(Declared({"depth": IntRange(1, 3)}), parameters=1), DEFAULT_ADVICE)
    assert found is not None
    assert found.values == (3,)


def test_g14_a_grid_beyond_all_numbers_is_infinite() -> None:
    found = grid(Situation(parameters=2000, trial=1.0), DEFAULT_ADVICE)
    assert found is not None
    assert (found.configurations, found.hours) == (float("inf"), float("inf"))
