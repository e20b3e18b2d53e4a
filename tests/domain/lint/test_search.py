"""G18-G20, G29, G37: what is wrong with the parts of a search beside one another, and with the whole of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hpt_tui.domain.lint.declared import Declared
from hpt_tui.domain.lint.finding import Level
from hpt_tui.domain.lint.interactions import scaled
from hpt_tui.domain.lint.rules import RULES, lint
from hpt_tui.domain.space import Choices, FloatRange, IntRange, Range
from hpt_tui.domain.strategy import Strategy
from tests.domain.lint.declarations import HEALTHY, LR, changed, found, ids, space

BATCHES = IntRange(16, 256, log=True)


@pytest.mark.parametrize(
    ("name", "range_", "id_"),
    [
        ("batch_size", BATCHES, "batch-without-lr"),
        ("batch_size", Choices((32, 64)), "batch-without-lr"),
        ("warmup_steps", IntRange(0, 1000), "warmup-without-lr"),
        ("activation", Choices(("relu", "gelu")), "idle-before-lr"),
        ("adam_epsilon", FloatRange(1e-9, 1e-7, log=True), "idle-before-lr"),
        ("eps", FloatRange(1e-9, 1e-7, log=True), "idle-before-lr"),
        ("width", IntRange(16, 512, log=True), "architecture-before-lr"),
        ("n_layers", IntRange(1, 8), "architecture-before-lr"),
    ],
)
def test_g18_what_depends_on_the_learning_rate_is_not_searched_without_it(
    name: str, range_: Range, id_: str
) -> None:
    alone, together = space({name: range_}), space({name: range_, "lr": LR})
    (finding,) = found(alone, id_)
    assert (finding.level, finding.rule) == (Level.WARNING, "G18")
    assert finding.corrected == {"lr": LR}
    assert id_ not in ids(together)


def test_g18_a_parameter_with_one_value_is_not_searched() -> None:
    assert ids(space(batch_size=IntRange(64, 64), activation=Choices(("relu",)))) == set()


def test_g18_an_exploration_rate_is_no_numerical_epsilon() -> None:
    assert ids(space(epsilon=FloatRange(0.01, 0.1))) == set()


def test_g18_the_learning_rate_to_add_keeps_its_name_and_reaches_its_fixed_value() -> None:
    declared = Declared({"bs": BATCHES}, fixed={"learningRate": 0.5})
    (finding,) = found(declared, "batch-without-lr")
    assert finding.corrected == {"learningRate": FloatRange(1e-5, 0.5, log=True)}
    assert ("learning rate", "fixed at 0.5") in finding.evidence


def test_g18_more_than_five_parameters_need_tiers() -> None:
    many: dict[str, Range] = {f"x{i}": FloatRange(0, 1) for i in range(5)}
    assert not found(space(many), "too-many-parameters")
    (finding,) = found(space(many, lr=LR), "too-many-parameters")
    assert finding.level is Level.WARNING
    assert ("tier 1", "lr") in finding.evidence
    assert ("share of the budget for learning rate", "89 %") in finding.evidence


def test_g11_a_bayesian_search_can_bear_more_than_five() -> None:
    declared = changed(batch_size=BATCHES, width=IntRange(16, 512, log=True))
    (finding,) = found(declared, "too-many-parameters")
    assert finding.level is Level.INFO


def test_g18_a_grid_over_a_hundred_loses_to_random_search() -> None:
    five: dict[str, Range] = {f"x{i}": Choices((1, 2, 3, 4, 5)) for i in range(5)}
    (finding,) = found(replace(space(five), strategy=Strategy.GRID), "large-grid")
    assert ("configurations", 3125) in finding.evidence
    assert "31.2 times the cost" in finding.why
    assert not found(replace(space(five), strategy=Strategy.RANDOM), "large-grid")


def test_g18_a_grid_of_a_hundred_is_not_too_large() -> None:
    hundred = space(a=IntRange(1, 10), b=Choices(tuple(range(10))), c=Choices(("one",)))
    assert not found(replace(hundred, strategy=Strategy.GRID), "large-grid")


def test_g18_a_grid_cannot_go_through_a_continuous_range() -> None:
    (finding,) = found(replace(space(lr=LR), strategy=Strategy.GRID), "large-grid")
    assert (finding.level, finding.parameters) == (Level.ERROR, ("lr",))


def test_g18_a_search_without_a_baseline_is_found_and_one_of_which_nothing_is_known_is_not() -> None:
    assert found(replace(HEALTHY, baseline={}), "no-baseline")
    assert not found(replace(HEALTHY, baseline=None), "no-baseline")
    (finding,) = found(replace(HEALTHY, baseline={"lr": 1e-3, "dropout": 0.1, "optimizer": "sgd"}), "no-baseline")
    assert finding.parameters == ("weight_decay",)


def test_g18_a_search_without_a_pruner_is_found_and_one_of_which_nothing_is_known_is_not() -> None:
    (finding,) = found(replace(HEALTHY, pruner=""), "no-pruner")
    assert finding.level is Level.WARNING
    assert not found(replace(HEALTHY, pruner=None), "no-pruner")


@pytest.mark.parametrize(("steps", "short"), [(10, True), (11, False), (None, False)])
def test_g21_trials_within_the_pruners_warmup_are_never_pruned(steps: int | None, short: bool) -> None:
    assert bool(found(replace(HEALTHY, steps=steps), "no-pruner")) is short


@pytest.mark.parametrize(
    ("name", "range_"),
    [("seed", Choices((7, 2, 3))), ("random_state", IntRange(7, 100)), ("torch.seed", IntRange(7, 9))],
)
def test_g29_seeds_are_not_searched_while_exploring(name: str, range_: Range) -> None:
    (finding,) = found(space({name: range_}), "several-seeds")
    assert finding.corrected == {name: Choices((7,))}
    assert not found(space(finding.corrected), "several-seeds")


@pytest.mark.parametrize(
    ("strategy", "trials", "level"),
    [
        (None, 19, Level.WARNING),
        (Strategy.RANDOM, 19, Level.WARNING),
        (Strategy.RANDOM, 20, None),
        (Strategy.BAYES, 49, Level.WARNING),
        (Strategy.BAYES, 50, Level.INFO),
        (Strategy.BAYES, 99, Level.INFO),
        (Strategy.BAYES, 100, None),
        (Strategy.BAYES, None, None),
        (Strategy.GRID, 9, None),
    ],
)
def test_g18_too_few_trials_for_the_sampler(
    strategy: Strategy | None, trials: int | None, level: Level | None
) -> None:
    findings = found(replace(HEALTHY, strategy=strategy, trials=trials), "few-trials")
    assert [f.level for f in findings] == ([level] if level else [])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("batch_size", "lr"),
        ("width", "dropout"),
        ("n_layers", "weight_decay"),
        ("warmup_steps", "lr"),
        ("weight_decay", "optimizer"),
    ],
)
def test_g19_interactions_are_named_where_both_sides_are_searched(one: str, other: str) -> None:
    ranges: dict[str, Range] = {name: FloatRange(0.1, 0.5) for name in (one, other)}
    pairs = [f.parameters for f in found(space(ranges), "interaction")]
    assert (one, other) in pairs
    assert not found(space({one: ranges[one]}), "interaction")
    assert not found(space({other: ranges[other]}), "interaction")


def test_g20_the_learning_rate_follows_the_batch_by_its_square_root() -> None:
    declared = replace(
        space(batch_size=BATCHES, lr=LR, optimizer=Choices(("adamw",))), baseline={"lr": 1e-3, "batch_size": 64}
    )
    (finding,) = found(declared, "batch-scaling")
    assert "grows about 4 times (square root rule)" in finding.summary
    assert dict(finding.evidence)["by the square root rule at a batch of 256"] == "0.002"
    assert dict(finding.evidence)["by the square root rule at a batch of 16"] == "0.0005"


def test_c7_for_sgd_the_linear_rule_is_told_too() -> None:
    (finding,) = found(space(batch_size=BATCHES, lr=LR, optimizer=Choices(("sgd",))), "batch-scaling")
    assert "16 times by the linear one, for SGD" in finding.summary
    assert scaled(0.1, 64, 256) == pytest.approx(0.2)
    assert scaled(0.1, 64, 256, linear=True) == pytest.approx(0.4)


def test_g37_adams_betas_and_epsilon_are_left_alone() -> None:
    (finding,) = found(space(lr=LR, beta1=FloatRange(0.8, 0.99), adam_eps=FloatRange(1e-9, 1e-7)), "left-alone")
    assert finding.parameters == ("beta1", "adam_eps")
    assert not found(space(lr=LR, momentum=FloatRange(0.8, 0.95)), "left-alone")


def test_every_rule_has_a_name_of_its_own_and_findings_come_worst_first() -> None:
    assert len({rule.__name__ for rule in RULES}) == len(RULES)
    levels = [f.level.rank for f in lint(changed(lr=FloatRange(0.0, 0.1), dropout=FloatRange(0, 0.7)))]
    assert levels == sorted(levels)
    assert levels[0] == Level.ERROR.rank
