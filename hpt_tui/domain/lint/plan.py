"""G18, G14, G21, G27, G29: not the ranges but the search: its size, strategy, baseline, pruner and seeds."""

from __future__ import annotations

import math
from collections.abc import Iterator

from hpt_tui.domain import figures
from hpt_tui.domain.lint.declared import NO_PRUNER, Declared, size
from hpt_tui.domain.lint.finding import Figure, Finding, Level
from hpt_tui.domain.lint.thresholds import LintThresholds
from hpt_tui.domain.lint.wording import in_words, listed
from hpt_tui.domain.names import words
from hpt_tui.domain.space import Choices, ParamValue, Range
from hpt_tui.domain.strategy import Strategy
from hpt_tui.domain.tiers import TIERS, budget_shares, tier_of

_EXACT = 2.0**53
"""From here on not every whole number is a float."""


def too_many_parameters(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """More than five searched at once, without tiers; INFO for a Bayesian search, which can bear them (G11)."""
    count = len(declared.searched)
    if count <= limits.parameters:
        return
    tiers = {tier: [n for n in declared.searched if tier_of(n) == tier] for tier in (*TIERS, None)}
    evidence: list[tuple[str, Figure]] = [("searched", count), ("limit", limits.parameters)]
    evidence += [(f"tier {t}" if t else "unclassified", listed(names)) for t, names in tiers.items() if names]
    evidence += [
        (f"share of the budget for {s.group}", figures.percent(s.share)) for s in budget_shares(declared.searched)
    ]
    yield Finding(
        "too-many-parameters",
        Level.INFO if declared.strategy is Strategy.BAYES else Level.WARNING,
        "G18",
        f"{count} parameters are searched at once, more than {limits.parameters}, without tiers",
        "Most of the budget goes to parameters that hardly matter, before those that matter are settled (G3).",
        "Search the upper tiers first, the others at their baseline, until they have settled.",
        tuple(declared.searched),
        tuple(evidence),
    )


def large_grid(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """A grid over a hundred configurations, or over something that has no end of values."""
    if declared.strategy is not Strategy.GRID:
        return
    points = declared.points
    sizes = {n: float(len(points[n]) if n in points else size(r)) for n, r in declared.searched.items()}
    endless = tuple(name for name, values in sizes.items() if math.isinf(values))
    if endless:
        yield Finding(
            "large-grid",
            Level.ERROR,
            "G18",
            f"a grid cannot go through {listed(endless)}: a continuous range has no end of values",
            "A grid tries every combination of a few given values.",
            "Search at random, or give a step or a list of values.",
            endless,
            tuple((figures.plain(n), in_words(declared.space[n])) for n in endless),
        )
    elif (count := math.prod(sizes.values())) > limits.grid:
        yield Finding(
            "large-grid",
            Level.WARNING,
            "G18",
            f"the grid has {_many(count)} configurations, more than {limits.grid}",
            f"A grid spends them on combinations of parameters that don't matter: {limits.random} random "
            f"configurations try {limits.random} values of each, the grid {_many(max(sizes.values()))} at most, "
            f"at {count / limits.random:.3g} times the cost (G14).",
            f"Search {limits.random} configurations at random.",
            tuple(sizes),
            (
                ("configurations", int(count) if count < _EXACT else _many(count)),
                ("values", " × ".join(map(_many, sizes.values()))),
                ("limit", limits.grid),
                ("at random", limits.random),
            ),
        )


def no_baseline(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """No default configuration to compare with, or one that leaves parameters out, which are then drawn."""
    if declared.baseline is None or not declared.searched:
        return
    missing = tuple(name for name in declared.searched if name not in declared.baseline)
    if not missing:
        return
    what = "the search has no baseline" if not declared.baseline else f"the baseline leaves out {listed(missing)}"
    yield Finding(
        "no-baseline",
        Level.WARNING,
        "G18",
        f"{what}: nobody will know whether it was worth it",
        "Only beside the default configuration does a best trial show what the search has gained (G27).",
        "Give the configuration that you use today as the baseline.",
        missing,
        (
            ("parameters with a default", len(declared.searched) - len(missing)),
            ("searched", len(declared.searched)),
        ),
    )


def no_pruner(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """No pruner, or trials so short that the median pruner's warmup covers them."""
    short = declared.pruner == "median" and declared.steps is not None and declared.steps <= limits.pruner_warmup
    if declared.pruner != NO_PRUNER and not short:
        return
    yield Finding(
        "no-pruner",
        Level.INFO if short else Level.WARNING,
        "G18",
        f"trials of {declared.steps} steps end within the pruner's warmup of {limits.pruner_warmup}"
        if short
        else "no pruner ends poor trials early",
        "Most configurations show early that they are poor; trained to their end they cost as much as good ones "
        "(G21).",
        "Report more often than once an epoch." if short else "Use a median pruner, or Hyperband.",
        (),
        (("steps of a trial", declared.steps or "unknown"), ("pruner", declared.pruner or "none")),
    )


def several_seeds(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """The random seed among the searched parameters: configurations are run several times while exploring."""
    for name, range_ in declared.searched.items():
        if "seed" not in words(name) and tuple(words(name)) != ("random", "state"):
            continue
        yield Finding(
            "several-seeds",
            Level.WARNING,
            "G18",
            f"{figures.plain(name)} is searched: the best trial may be only the luckiest",
            "Many configurations with one seed find better ones than few with many; seeds are for the final few "
            "(G29).",
            "Fix it now, and run the best five with three seeds each at the end (G28).",
            (name,),
            (("range", in_words(range_)), ("values", _many(size(range_)))),
            {name: Choices((_first(range_),))},
        )


def few_trials(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """Fewer trials than the strategy needs: 20 for any, 50 to 100 for a Bayesian one; a grid has its own."""
    if declared.trials is None or declared.strategy is Strategy.GRID:
        return
    bayes = declared.strategy is Strategy.BAYES
    enough = limits.bayes_enough if bayes else limits.trials
    if declared.trials >= enough:
        return
    least = limits.bayes_trials if bayes else limits.trials
    yield Finding(
        "few-trials",
        Level.WARNING if declared.trials < least else Level.INFO,
        "G18",
        f"{declared.trials} trials are planned; "
        + (f"a Bayesian search needs {least} to {enough}" if bayes else f"a search needs {enough} at least"),
        "A Bayesian sampler draws at random until it knows enough, and is better than that only afterwards."
        if bayes
        else "The best of so few differs by luck.",
        f"Plan {enough} trials, or search the learning rate alone.",
        (),
        (("trials", declared.trials), ("strategy", declared.strategy.value if declared.strategy else "unknown")),
    )


def _many(count: float) -> str:
    return figures.count(int(count)) if count < _EXACT else f"{count:.1e}"


def _first(range_: Range) -> ParamValue:
    return range_.options[0] if isinstance(range_, Choices) else range_.low
