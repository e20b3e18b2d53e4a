"""What would change the advice: the nearest threshold on either side of each fact."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from hpt_tui.domain.advice.choice import at_once, choose
from hpt_tui.domain.advice.need import need
from hpt_tui.domain.advice.situation import Situation
from hpt_tui.domain.advice.thresholds import AdviceThresholds
from hpt_tui.domain.advice.wording import counted, hours
from hpt_tui.domain.figures import about


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that, were it otherwise, would lead to another advice."""

    fact: str
    """``budget``, ``parameters``, ``trial time`` or ``data size``."""
    when: str
    """From where on, in words."""
    then: str
    """What the advice would be."""


_Variant = tuple[str, Situation]


def changes(situation: Situation, limits: AdviceThresholds) -> tuple[Change, ...]:
    """The nearest changes, at most one upwards and one downwards for each fact that is known, and what each
    answer would lead to for a budget or a number of parameters that is not."""
    return tuple(
        change
        for fact, variants in _variants(situation, limits)
        for change in _first_changed(fact, variants, situation, limits)
    )


def outcome(situation: Situation, limits: AdviceThresholds) -> str:
    """The advice in a few words: whether to tune, how, and how many parameters at once."""
    if not need(situation, limits).tune:
        return "don't tune"
    choice = choose(situation, limits)
    most = at_once(situation, choice, limits)
    if choice.alone:
        over = "the learning rate alone"
    else:
        over = "all parameters at once" if most is None else f"{counted(most, 'parameter')} at once"
    return f"{choice.approach.words}, {over}"


def _first_changed(
    fact: str, variants: Iterable[_Variant], situation: Situation, limits: AdviceThresholds
) -> Iterator[Change]:
    # That more parameters are more is no change: only another way to search them is.
    told = _approach if fact == "parameters" else outcome
    now = told(situation, limits)
    for when, variant in variants:
        if told(variant, limits) != now:
            yield Change(fact, when, outcome(variant, limits))
            return


def _approach(situation: Situation, limits: AdviceThresholds) -> str:
    if not need(situation, limits).tune:
        return ""
    choice = choose(situation, limits)
    return f"{choice.approach} {choice.alone}"


def _variants(s: Situation, limits: AdviceThresholds) -> Iterator[tuple[str, list[_Variant]]]:
    """For each fact and direction the situations at its thresholds, the nearest first."""
    bounds = (limits.too_short, limits.short, limits.medium, limits.long)
    if s.hours is None:
        for bound in bounds[1:]:
            yield "budget", [(f"from {hours(bound)} of GPU time on", replace(s, hours=bound))]
        yield "budget", [(f"below {hours(bounds[0])} of GPU time", replace(s, hours=bounds[0] / 2))]
    else:
        yield from _budgets(s, s.hours, bounds, limits)
    counts = (1, limits.grid_parameters, limits.few_parameters, limits.random_parameters, limits.many_parameters)
    known = s.parameters if s.parameters is not None else None
    if known is None:
        for count in (limits.grid_parameters, limits.random_parameters, limits.random_parameters + 1):
            yield "parameters", [(f"with {counted(count, 'parameter')}", s.with_parameters(count))]
    else:
        fewer = [n for n in range(counts[-1], 0, -1) if n < known]
        more = [n for n in range(1, counts[-1] + 2) if n > known]
        for numbers in (fewer, more):
            yield "parameters", [(f"with {counted(n, 'parameter')}", s.with_parameters(n)) for n in numbers]
    yield from _times(s, limits)
    if s.examples is not None and s.examples < limits.few_examples:
        enough = replace(s, examples=limits.few_examples)
        yield "data size", [(f"from {limits.few_examples:,} examples on", enough)]


def _budgets(
    s: Situation, now: float, bounds: tuple[float, ...], limits: AdviceThresholds
) -> Iterator[tuple[str, list[_Variant]]]:
    by_trials = [trials * s.cost / 3600 for trials in _trials(limits)] if s.cost is not None else []
    every = sorted({*bounds, *by_trials})

    def at(bound: float) -> Situation:
        return replace(s, hours=bound)

    above = [(f"from {hours(b)} of GPU time on", at(b)) for b in every if b > now]
    below = [(f"below {hours(b)} of GPU time", at(math.nextafter(b, 0) * (1 - 1e-9))) for b in every if b <= now]
    yield "budget", above
    yield "budget", below[::-1]


def _times(s: Situation, limits: AdviceThresholds) -> Iterator[tuple[str, list[_Variant]]]:
    if s.hours is None or s.cost is None:
        return
    budget, cost = s.hours, s.cost
    times = {trials: budget * 3600 / trials for trials in _trials(limits)}
    make: Callable[[float], Situation] = lambda t: replace(s, trial=t, measured=None)  # noqa: E731
    shorter = [(f"if a trial took {about(t)} ({n} fit)", make(t)) for n, t in times.items() if t < cost]
    longer = [
        (f"if a trial took more than {about(t)} (fewer than {n} fit)", make(t * (1 + 1e-9)))
        for n, t in reversed(times.items())
        if t >= cost
    ]
    yield "trial time", shorter
    yield "trial time", longer


def _trials(limits: AdviceThresholds) -> tuple[int, ...]:
    """Numbers of trials at which something changes, ascending."""
    return (
        limits.rates[0],
        limits.lint.trials,
        limits.lint.bayes_trials,
        limits.trials_for_four,
        limits.trials_for_five,
    )
