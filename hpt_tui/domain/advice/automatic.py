"""G11 to G13 and G18 for a search that is about to start: which strategy ``auto`` settles on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hpt_tui.domain.advice.choice import Approach, choose
from hpt_tui.domain.advice.situation import Situation
from hpt_tui.domain.advice.thresholds import DEFAULT_ADVICE, AdviceThresholds
from hpt_tui.domain.advice.wording import counted
from hpt_tui.domain.grid_points import configurations, grid_points
from hpt_tui.domain.lint.declared import Declared
from hpt_tui.domain.method import Sampling
from hpt_tui.domain.space import ParamValue, Range


def automatic(
    space: Mapping[str, Range],
    points: Mapping[str, Sequence[ParamValue]],
    trials: int | None,
    limits: AdviceThresholds = DEFAULT_ADVICE,
) -> tuple[Sampling, str]:
    """The strategy for a space, empty where nothing declares it, and ``trials`` of it, None where nobody said how
    many; and why. What a grid or work by hand is advised for is searched evenly where no finite grid is small
    enough."""
    choice = choose(Situation(Declared(space), len(space) or None), limits)
    basis = f"{choice.rule}: {choice.opinions[-1].basis}"
    match choice.approach:
        case Approach.BAYES if trials is not None and trials < limits.lint.bayes_trials:
            warm = f"{counted(trials, 'trial')}, and a Bayesian search warms up for {limits.lint.bayes_trials}"
            return Sampling.RANDOM, f"G18: {warm}"
        case Approach.BAYES:
            return Sampling.TPE, basis
        case Approach.RANDOM:
            return Sampling.RANDOM, basis
    most = limits.grid_most if trials is None else min(limits.grid_most, trials)
    try:
        small = configurations(grid_points(space, points)) <= most
    except ValueError:
        small = False
    return (Sampling.GRID if small else Sampling.QMC), basis
