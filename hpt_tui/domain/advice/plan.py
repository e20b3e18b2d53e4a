"""G15, G17, G21, G28, G29: sampler and pruner, how many trials, in which phases, with how many seeds."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from hpt_tui.domain.advice.choice import Approach, Choice, at_once
from hpt_tui.domain.advice.grid import affordable
from hpt_tui.domain.advice.situation import Situation
from hpt_tui.domain.advice.thresholds import AdviceThresholds
from hpt_tui.domain.advice.wording import counted


@dataclass(frozen=True, slots=True)
class Tool:
    """A sampler or pruner by Optuna's name for it."""

    name: str
    """Empty: none."""
    arguments: str
    reason: str

    option: str = ""
    """What to give ``hpt-tui run`` for it; empty: nothing, or what it does anyway."""

    @property
    def call(self) -> str:
        return f"{self.name}({self.arguments})" if self.name else "none"


@dataclass(frozen=True, slots=True)
class Phase:
    name: str
    configurations: int
    seeds: int
    """For each of the configurations."""
    about: str
    hours: float | None
    """GPU-hours."""

    @property
    def runs(self) -> int:
        return self.configurations * self.seeds


@dataclass(frozen=True, slots=True)
class Seeds:
    """Many configurations with one seed against few with many, in this budget's numbers (G29)."""

    total: int
    """Trials to spend."""
    few: int
    """Configurations, if each had ``each`` seeds."""
    each: int
    share: float
    """The best share of the space; and the chances that a configuration, all drawn at random, lies in it …"""
    many_chance: float
    """… with one seed each …"""
    few_chance: float
    """… and with several."""


@dataclass(frozen=True, slots=True)
class Plan:
    sampler: Tool
    pruner: Tool
    fits: int | None
    """How many trials the budget pays for (G15)."""
    usual: tuple[int, int]
    """Least and most configurations for so many parameters (G11)."""
    phases: tuple[Phase, ...]
    seeds: Seeds | None
    """None where there are too few trials to share out."""
    wall: float | None
    """Seconds on the clock, all GPUs at work; None where the cost of a trial is unknown."""

    @property
    def command(self) -> str:
        """What runs the phases one after the other; empty where there is nothing to refine."""
        sizes = {phase.name: phase for phase in self.phases}
        if "explore" not in sizes or "refine" not in sizes:
            return ""
        told = {name: sizes[name].configurations for name in ("explore", "refine")}
        final = sizes.get("validate")
        told |= {"top": 0} if final is None else {"top": final.configurations, "seeds": final.seeds}
        return f"hpt-tui run FILE.py --plan phases:{','.join(f'{name}={size}' for name, size in told.items())}"

    @property
    def trials(self) -> int:
        """How many are to be run, those of the last phase counted once for each seed."""
        return sum(phase.runs for phase in self.phases)


def plan(situation: Situation, choice: Choice, limits: AdviceThresholds) -> Plan:
    usual = _usual(situation, choice, limits)
    phases = tuple(p for p in _phases(situation, choice, usual[1], limits) if p.configurations > 0)
    total = sum(phase.runs for phase in phases)
    hours = [phase.hours for phase in phases]
    known = [h for h in hours if h is not None]
    return Plan(
        _sampler(situation, choice),
        _pruner(situation, choice, total, limits),
        situation.fits,
        usual,
        phases,
        _seeds(total, limits) if len(phases) > 1 else None,
        sum(known) * 3600 / situation.gpus if known and len(known) == len(hours) else None,
    )


def _usual(s: Situation, choice: Choice, limits: AdviceThresholds) -> tuple[int, int]:
    if choice.approach is Approach.BY_HAND:
        return limits.by_hand
    if choice.alone:
        return limits.rates
    if choice.approach is Approach.GRID:
        return limits.effort_grid
    count = at_once(s, choice, limits)
    many = s.parameters is not None and count is not None and count > limits.random_parameters
    return limits.effort_bayes if many or choice.approach is Approach.BAYES else limits.effort_random


def _phases(s: Situation, choice: Choice, most: int, limits: AdviceThresholds) -> Iterator[Phase]:
    """Those of no configuration too."""
    fits = s.fits
    if choice.approach is Approach.BY_HAND or choice.alone:
        yield _phase("search", most if fits is None else min(most, fits), s)
        return
    seeds = limits.seeds_long if s.hours is not None and s.hours >= limits.long else limits.seeds
    if choice.approach is not Approach.GRID:
        yield from _three_phases(s, _total(s, most, limits), seeds, limits)
        return
    found = affordable(s, limits)
    configurations = most if found is None else int(found.configurations)
    yield _phase("search", configurations, s)
    paid = _paid(s, seeds, 1 - configurations / fits if fits else 1.0)
    yield _validation(min(limits.finalists, configurations, paid), seeds, s)


def _total(s: Situation, most: int, limits: AdviceThresholds) -> int:
    """G15's number; the stop rules (G26) may end it earlier. Only the longest budget goes beyond the usual."""
    if s.fits is None:
        return limits.explore + limits.refine + limits.finalists * limits.seeds
    return s.fits if s.hours is not None and s.hours >= limits.long else min(s.fits, most)


def _three_phases(s: Situation, total: int, seeds: int, limits: AdviceThresholds) -> Iterator[Phase]:
    """G17's phases in its proportions, with at most its number of finalists, whose runs nobody prunes."""
    searched = limits.explore + limits.refine
    share = limits.finalists * limits.seeds / (searched + limits.finalists * limits.seeds)
    usual = max(1, min(limits.finalists, round(total * share / seeds)))
    finalists = min(usual, _paid(s, seeds, limits.finals_share))
    rest = total - finalists * seeds
    if s.hours is not None and s.cost is not None and s.full is not None:
        rest = min(rest, math.floor((s.hours * 3600 - finalists * seeds * s.full) / s.cost + 1e-9))
    refine = round(rest * limits.refine / searched)
    refine = refine if refine >= limits.refine_least else 0
    explore = rest - refine
    top = min(limits.refine_top, math.ceil(explore * limits.refine_top / limits.explore))
    yield _phase("explore", explore, s, "the whole space")
    yield _phase("refine", refine, s, f"the space shrunk round the best {top}")
    yield _validation(finalists, seeds, s)


def _phase(name: str, configurations: int, s: Situation, about: str = "") -> Phase:
    hours = None if s.cost is None else configurations * s.cost / 3600
    return Phase(name, configurations, 1, about, hours)


def _paid(s: Situation, seeds: int, share: float) -> int:
    """How many finalists so much of the budget pays for, as nobody prunes their runs."""
    if s.hours is None or s.full is None:
        return sys.maxsize
    return math.floor(share * s.hours * 3600 / (seeds * s.full) + 1e-9)


def _validation(finalists: int, seeds: int, s: Situation) -> Phase:
    hours = None if s.full is None else finalists * seeds * s.full / 3600
    return Phase(
        "validate", finalists, seeds, "the best: mean and deviation, and an ensemble of the winner's runs", hours
    )


def _sampler(s: Situation, choice: Choice) -> Tool:
    match choice.approach:
        case Approach.BY_HAND:
            return Tool("", "", "each run follows from the curve of the one before (G10): hpt-tui manual FILE.py")
        case Approach.GRID:
            evenly = "values a constant factor apart" if choice.alone else "every combination once"
            return Tool("GridSampler", "search_space", evenly, "--strategy grid")
        case Approach.RANDOM:
            return Tool(
                "RandomSampler",
                "",
                "any number of trials side by side; QMCSampler (qmc) spreads them evenly",
                "--strategy random",
            )
    liar = ", constant_liar=True" if s.gpus > 1 else ""
    return Tool(
        "TPESampler",
        f"multivariate=True{liar}",
        "Optuna's Bayesian sampler, no Gaussian process; GPSampler (gp) is one, for few and costly trials (C3)",
        "--strategy tpe",
    )


def _pruner(s: Situation, choice: Choice, total: int, limits: AdviceThresholds) -> Tool:
    if choice.approach is Approach.BY_HAND or total <= limits.rates[1]:
        return Tool("", "", "so few runs are worth seeing to their end", "--pruner none")
    warmup, steps = limits.lint.pruner_warmup, s.declared.steps
    if steps is not None and steps <= warmup:
        shorter = max(1, steps // 3)
        reason = f"trials of {counted(steps, 'step')} would end within its usual warmup of {warmup}"
        return Tool("MedianPruner", f"n_startup_trials=5, n_warmup_steps={shorter}, interval_steps=1", reason)
    return Tool(
        "MedianPruner",
        f"n_startup_trials=5, n_warmup_steps={warmup}, interval_steps=1",
        "ends what is worse than the median at the same step (G21)",
    )


def _seeds(total: int, limits: AdviceThresholds) -> Seeds:
    few, miss = total // limits.seeds_compared, 1 - limits.good_share
    return Seeds(total, few, limits.seeds_compared, limits.good_share, 1 - miss**total, 1 - miss**few)
