"""G37: what is best left near its default: momentum, Adam's betas and epsilons, the length of the warmup."""

from __future__ import annotations

from collections.abc import Iterator

from hpt_tui.domain.figures import percent, plain
from hpt_tui.domain.lint.declared import Declared, numbers
from hpt_tui.domain.lint.finding import Finding, Level
from hpt_tui.domain.lint.thresholds import LintThresholds
from hpt_tui.domain.lint.without_lr import bare_epsilon
from hpt_tui.domain.lint.wording import in_words, listed, span
from hpt_tui.domain.names import words
from hpt_tui.domain.practice import MOMENTUM, WARMUP_SHARE
from hpt_tui.domain.roles import Role
from hpt_tui.domain.space import FloatRange

_SHARE = frozenset({"ratio", "share", "frac", "fraction", "proportion", "prop", "pct", "percent"})
_PERCENT = frozenset({"pct", "percent"})


def momentum_region(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """Momentum whose range misses the usual one: a warning; one that reaches far below it: INFO."""
    for name in declared.with_role(Role.MOMENTUM):
        values = numbers(declared.space[name])
        if "momentum" not in words(name) or not values or MOMENTUM.low <= values[0] <= MOMENTUM.high:
            continue
        misses = values[-1] < MOMENTUM.low or values[0] > MOMENTUM.high
        corrected = FloatRange(MOMENTUM.low, MOMENTUM.high)
        yield Finding(
            "momentum-region",
            Level.WARNING if misses else Level.INFO,
            "G37",
            f"{plain(name)} {span(values[0], values[-1])} "
            + ("misses the usual region" if misses else "reaches below the usual region")
            + f" {span(MOMENTUM.low, MOMENTUM.high)}",
            "Momentum works between 0.8 and 0.95, with 0.9 for most; trials below it only train more slowly.",
            f"Search {in_words(corrected)}, or leave it at {MOMENTUM.start}.",
            (name,),
            (("range", in_words(declared.space[name])), ("usual", span(MOMENTUM.low, MOMENTUM.high))),
            {name: corrected} if misses else {},
        )


def left_alone(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """Adam's betas and epsilons, searched beside a learning rate: they cost trials and return nothing."""
    names = tuple(n for n in declared.with_role(Role.MOMENTUM) if any(w.startswith("beta") for w in words(n)))
    if declared.learning_rates:
        names += declared.with_role(Role.ADAM_EPSILON, Role.NORM_EPSILON)
        names += tuple(n for n in declared.searched if bare_epsilon(n, declared.space[n], limits))
    if names:
        yield Finding(
            "left-alone",
            Level.INFO,
            "G37",
            f"{listed(names)}: usually left at the default",
            "Betas of 0.9 and 0.999 and an epsilon of 1e-8 suit nearly every network; each one searched takes "
            "trials from what matters.",
            "Leave them out of the space.",
            names,
            tuple((plain(n), in_words(declared.space[n])) for n in names),
        )


def warmup_share(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """Warmup that is never of a usual length, where the length can be known: a share, or epochs of a known run."""
    for name in declared.with_role(Role.WARMUP):
        shares = _shares(declared, name)
        if not shares or (shares[-1] >= WARMUP_SHARE.low and shares[0] <= WARMUP_SHARE.high):
            continue
        yield Finding(
            "warmup-share",
            Level.INFO,
            "G37",
            f"{plain(name)} takes {percent(shares[0])} to {percent(shares[-1])} of the steps; "
            f"{percent(WARMUP_SHARE.low)} to {percent(WARMUP_SHARE.high)} is usual",
            "Too little warmup leaves a high learning rate unbearable, too much of it is training lost.",
            "Let the range reach the usual share; take more only with a higher learning rate.",
            (name,),
            (("range", in_words(declared.space[name])), ("steps of a trial", declared.steps or "unknown")),
        )


def _shares(declared: Declared, name: str) -> tuple[float, ...]:
    """The warmup as a share of the run, 0..1; empty where that cannot be known."""
    range_, parts = declared.space[name], frozenset(words(name))
    values = numbers(range_)
    if not values:
        return ()
    if parts & _SHARE:
        values = tuple(v / 100 for v in values) if parts & _PERCENT and values[-1] > 1 else values
        return values if values[-1] <= 1 else ()
    if declared.steps and "epochs" in parts:
        return tuple(v / declared.steps for v in values)
    return ()
