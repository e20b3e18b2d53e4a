"""All the rules of lint, what they find, and the space as they would have it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

from hpt_tui.domain.lint.declared import Declared
from hpt_tui.domain.lint.defaults import left_alone, momentum_region, warmup_share
from hpt_tui.domain.lint.finding import Finding
from hpt_tui.domain.lint.interactions import batch_scaling, interactions
from hpt_tui.domain.lint.learning_rate import lr_region, narrow_lr
from hpt_tui.domain.lint.plan import (
    few_trials,
    large_grid,
    no_baseline,
    no_pruner,
    several_seeds,
    too_many_parameters,
)
from hpt_tui.domain.lint.regularisation import adam_with_l2, decay_region, dropout
from hpt_tui.domain.lint.scales import linear_scale, log_from_zero, wide_linear
from hpt_tui.domain.lint.task import no_warmup, optimizer_for_task, schedule_for_task
from hpt_tui.domain.lint.thresholds import DEFAULT_LIMITS, LintThresholds
from hpt_tui.domain.lint.without_lr import (
    architecture_before_lr,
    batch_without_lr,
    idle_before_lr,
    warmup_without_lr,
)
from hpt_tui.domain.space import Range

Rule: TypeAlias = Callable[[Declared, LintThresholds], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    log_from_zero,
    linear_scale,
    wide_linear,
    lr_region,
    narrow_lr,
    batch_without_lr,
    warmup_without_lr,
    idle_before_lr,
    architecture_before_lr,
    dropout,
    adam_with_l2,
    decay_region,
    momentum_region,
    large_grid,
    too_many_parameters,
    no_baseline,
    no_pruner,
    several_seeds,
    few_trials,
    warmup_share,
    left_alone,
    optimizer_for_task,
    schedule_for_task,
    no_warmup,
    interactions,
    batch_scaling,
)
"""In the order in which findings of the same level are listed."""

_ROUNDS = 100
"""More corrections than any space needs: each one takes its finding away."""


def lint(declared: Declared, limits: LintThresholds = DEFAULT_LIMITS) -> tuple[Finding, ...]:
    """Everything that is to be said of a declared search, worst first."""
    found = [*declared.remarks, *(finding for rule in RULES for finding in rule(declared, limits))]
    return tuple(sorted(found, key=lambda finding: finding.level.rank))


def corrected_space(declared: Declared, limits: LintThresholds = DEFAULT_LIMITS) -> dict[str, Range]:
    """The space with every correction that lint can write made, one after another: those that one correction makes
    needless are not made, those that it calls for are. Parameters that are to be added come last."""
    for _ in range(_ROUNDS):
        space = dict(declared.space)
        for finding in lint(declared, limits):
            if any(space.get(name) != range_ for name, range_ in finding.corrected.items()):
                declared = replace(declared, space={**space, **finding.corrected})
                break
        else:
            break
    return dict(declared.space)
