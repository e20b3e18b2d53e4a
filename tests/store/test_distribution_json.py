"""Ranges from Optuna's JSON without Optuna: the same that Optuna itself reads."""

from __future__ import annotations

import warnings

import optuna
import pytest
from optuna.distributions import BaseDistribution, distribution_to_json, json_to_distribution

from hpt_tui.domain.space import Choices, FloatRange, IntRange, Range
from hpt_tui.store.distribution_json import range_from_json
from hpt_tui.store.translate import to_range

OLD = [
    '{"name": "UniformDistribution", "attributes": {"low": 0.0, "high": 1.0}}',
    '{"name": "LogUniformDistribution", "attributes": {"low": 0.001, "high": 1.0}}',
    '{"name": "DiscreteUniformDistribution", "attributes": {"low": 0.0, "high": 1.0, "q": 0.25}}',
    '{"name": "IntUniformDistribution", "attributes": {"low": 1, "high": 9, "step": 2}}',
    '{"name": "IntLogUniformDistribution", "attributes": {"low": 1, "high": 64, "step": 1}}',
]
ODD = [
    "",
    "null",
    "[1]",
    '{"name": "Beta", "attributes": {}}',
    '{"name": "FloatDistribution"}',
    '{"name": "FloatDistribution", "attributes": {"low": "a", "high": 1}}',
    '{"name": "FloatDistribution", "attributes": {"low": NaN, "high": 1}}',
    '{"name": "FloatDistribution", "attributes": {"low": 2, "high": 1}}',
    '{"name": "FloatDistribution", "attributes": {"low": 0, "high": 1, "log": true}}',
    '{"name": "IntDistribution", "attributes": {"low": 0, "high": 1' + "0" * 400 + "}}",
    '{"name": "CategoricalDistribution", "attributes": {"choices": []}}',
    "[" * 100_000,
]


@pytest.mark.parametrize(
    "distribution",
    [
        optuna.distributions.FloatDistribution(1e-4, 1e-1, log=True),
        optuna.distributions.FloatDistribution(0.0, 0.6, step=0.2),
        optuna.distributions.IntDistribution(8, 64, step=8),
        optuna.distributions.IntDistribution(1, 64, log=True),
        optuna.distributions.CategoricalDistribution([None, True, 1, 1.5, "x"]),
    ],
    ids=str,
)
def test_a_distribution_is_the_range_that_optuna_reads(distribution: BaseDistribution) -> None:
    assert repr(range_from_json(distribution_to_json(distribution))) == repr(to_range(distribution))


@pytest.mark.parametrize("text", OLD)
def test_so_is_one_of_an_older_optuna(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        assert range_from_json(text) == _modern(json_to_distribution(text))


@pytest.mark.parametrize("text", ODD, ids=lambda text: text[:60])
def test_what_makes_no_sense_is_no_range(text: str) -> None:
    assert range_from_json(text) is None


def test_choices_that_are_lists_show_as_their_text() -> None:
    text = '{"name": "CategoricalDistribution", "attributes": {"choices": [[1, 2], {"a": 1}]}}'
    assert range_from_json(text) == Choices(("[1, 2]", '{"a": 1}'))


def _modern(old: BaseDistribution) -> Range:
    low, high, step = getattr(old, "low"), getattr(old, "high"), getattr(old, "step", None)  # noqa: B009
    log = getattr(old, "log", False)
    if isinstance(old, optuna.distributions.IntDistribution):
        return IntRange(low, high, log, step or 1)
    return FloatRange(low, high, log, step)
