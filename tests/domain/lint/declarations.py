"""Declared searches for tests: a healthy one, and what a test changes in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hpt_tui.domain.lint.declared import Declared
from hpt_tui.domain.lint.finding import Finding
from hpt_tui.domain.lint.rules import lint
from hpt_tui.domain.space import Choices, FloatRange, ParamValue, Range
from hpt_tui.domain.strategy import Strategy

LR = FloatRange(1e-5, 1e-1, log=True)

HEALTHY = Declared(
    space={
        "lr": LR,
        "weight_decay": FloatRange(1e-5, 1e-1, log=True),
        "dropout": FloatRange(0.0, 0.5),
        "optimizer": Choices(("sgd", "adamw")),
    },
    baseline={"lr": 1e-3, "weight_decay": 1e-4, "dropout": 0.2, "optimizer": "adamw"},
    strategy=Strategy.BAYES,
    pruner="median",
    trials=100,
    steps=30,
)


def space(ranges: Mapping[str, Range] | None = None, **more: Range) -> Declared:
    """A search of which nothing is known but its space."""
    return Declared(space={**(ranges or {}), **more})


def changed(**ranges: Range) -> Declared:
    """The healthy search, with these ranges in place of its own and a baseline for each."""
    defaults: dict[str, ParamValue] = dict.fromkeys(ranges, 1)
    return replace(HEALTHY, space={**HEALTHY.space, **ranges}, baseline={**(HEALTHY.baseline or {}), **defaults})


def found(declared: Declared, id: str) -> list[Finding]:  # noqa: A002
    return [finding for finding in lint(declared) if finding.id == id]


def ids(declared: Declared) -> set[str]:
    return {finding.id for finding in lint(declared)}
