"""The next rate, from what the runs so far said of theirs: changed, or between two, and never twice the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from hpt_tui.domain import figures
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.manual.loop import ManualLoop
from hpt_tui.domain.manual.verdict import Run, Verdict
from hpt_tui.domain.space import IntRange, NumericRange, Side

SAME = 0.01
"""Rates that are apart by less than this share are one and the same."""


class Ending(StrEnum):
    """Why there is nothing to propose any more."""

    CONVERGED = "converged"
    NARROWED = "narrowed"
    """Between a rate that is too high and one too low nothing is left to try."""
    LIMIT = "limit"
    """So many runs as there were to be, and none converged well."""
    BOUND = "bound"
    """The next rate lies beyond a bound, where a run has been already."""
    SHORT = "no-curve"
    """The last run reported too little to be read."""
    FAILED = "failed"
    """The last run's code failed."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The next run."""

    value: float
    why: str
    """A sentence without a full stop."""
    wanted: float | None = None
    """The rate that it would have been, if the bound ``side`` was not in the way."""
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class Following:
    """What comes after the runs so far: a proposal or an ending."""

    proposal: Proposal | None = None
    """With ``Ending.BOUND``: the one that cannot be, at the bound where a run has been."""
    ending: Ending | None = None


def following(
    loop: ManualLoop, judged: Sequence[Run], range_: NumericRange, limits: Thresholds, origin: str
) -> Following:
    """``judged``: the runs of ``loop`` that ended and said something, oldest first. The last one decides where to
    go; earlier ones that contradict it are left alone. ``origin``: why it begins where it does."""
    if not judged:
        why = "once more, for the last run was cut short" if loop.runs else origin
        return _within(Proposal(loop.start, why), range_, judged)
    last = judged[-1]
    if last.too_high:
        high: Run | None = min((r for r in judged if r.too_high), key=lambda r: r.rate)
        low = _nearest(judged, below=high)
    else:
        low = max((r for r in judged if r.too_low), key=lambda r: r.rate)
        high = _nearest(judged, above=low)
    if high is None or low is None:
        return _within(_changed(high or low or last, judged, limits), range_, judged)
    if high.rate / low.rate <= limits.manual_near:
        return Following(ending=Ending.NARROWED)
    ends = figures.parameter(low.rate, log=True), figures.parameter(high.rate, log=True)
    why = f"between #{low.number}, too low at {ends[0]}, and #{high.number}, too high at {ends[1]}"
    found = _within(Proposal(rounded(math.sqrt(low.rate * high.rate)), why), range_, judged)
    return found if found.ending is None else Following(ending=Ending.NARROWED)


def _changed(run: Run, judged: Sequence[Run], limits: Thresholds) -> Proposal:
    """Up or down by the factor of the run's verdict; where halving has not helped, by that of G24.1."""
    swinging = sum(r.verdict is Verdict.OSCILLATES for r in judged)
    halved = run.verdict is Verdict.OSCILLATES and swinging > 1
    factor = limits.lr_factor if halved else run.factor
    value, how = (run.rate * factor, "raised") if run.too_low else (run.rate / factor, "lowered")
    still = ", after halving too" if halved else ""
    return Proposal(rounded(value), f"#{run.number} {_shown(run)}{still}: {how} by {factor:g}")


def rounded(rate: float) -> float:
    """Two digits: nobody can tell more of a learning rate."""
    return float(f"{rate:.1e}")


def is_tried(value: float, runs: Sequence[Run]) -> bool:
    return any(abs(value - run.rate) <= SAME * run.rate for run in runs)


def _nearest(judged: Sequence[Run], *, below: Run | None = None, above: Run | None = None) -> Run | None:
    if below is not None:
        return max((r for r in judged if r.too_low and r.rate < below.rate), key=lambda r: r.rate, default=None)
    edge = 0.0 if above is None else above.rate
    return min((r for r in judged if r.too_high and r.rate > edge), key=lambda r: r.rate, default=None)


def _within(wish: Proposal, range_: NumericRange, judged: Sequence[Run]) -> Following:
    """The proposal at a value that the parameter can have; at the bound, where it lies beyond one."""
    value = _on_grid(min(max(wish.value, float(range_.low)), float(range_.high)), range_)
    proposal = replace(wish, value=value)
    if wish.value < range_.low or wish.value > range_.high:
        side = Side.LOW if wish.value < range_.low else Side.HIGH
        wanted, bound = (figures.parameter(rate, log=True) for rate in (wish.value, value))
        why = f"{wish.why}, which would be {wanted}; its {side.word} bound is {bound}"
        proposal = replace(proposal, why=why, wanted=wish.value, side=side)
    if not is_tried(value, judged):
        return Following(proposal)
    return Following(proposal, Ending.NARROWED if proposal.side is None else Ending.BOUND)


def _on_grid(value: float, range_: NumericRange) -> float:
    if isinstance(range_, IntRange) or (range_.step and not range_.log):
        step = float(range_.step or 1)
        return float(range_.low) + round((value - float(range_.low)) / step) * step
    return value


def _shown(run: Run) -> str:
    """What a run did, behind its number."""
    return {
        Verdict.DIVERGED: "diverged",
        Verdict.OSCILLATES: "oscillates",
        Verdict.STUCK: "got stuck",
        Verdict.SLOW: "is too slow",
    }.get(run.verdict, run.verdict.value)
