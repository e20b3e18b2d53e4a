"""The final validation in words: one home for what the report and the screen say of it."""

from __future__ import annotations

from collections.abc import Iterator

from hpt_tui.domain import figures
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.validation import Result, Validation

_ENDED = {TrialState.FAILED: "failed", TrialState.PRUNED: "was pruned", TrialState.COMPLETE: "is not finite"}

HEADINGS = ("rank", "trial", "n", "mean", "std", "95 % interval", "search", "")


def cells(result: Result) -> tuple[str, ...]:
    """A row under :data:`HEADINGS`."""
    one = result.candidate
    rank = "–" if result.rank is None else f"{result.rank}{'=' if result.tied else ''}"
    interval = "–"
    if result.mean is not None and result.margin is not None:
        interval = (
            f"{figures.metric(result.mean - result.margin)} .. {figures.metric(result.mean + result.margin)}"
        )
    remarks = [
        "baseline" if one.baseline else "",
        "within noise of the winner" if result.tied else "",
        f"{len(result.failures)} failed" if result.failures else "",
        f"{len(result.open)} to come" if result.open else "",
    ]
    return (
        rank,
        f"#{one.of}",
        f"{len(result.values)} of {len(one.runs)}",
        figures.metric(result.mean),
        "–" if result.deviation is None else figures.gap(result.deviation),
        interval,
        figures.metric(one.value),
        ", ".join(filter(None, remarks)),
    )


def winner_words(study: StudySnapshot, found: Validation) -> Iterator[str]:
    """Who wins, and who may be as good."""
    winner = found.winner
    if winner is None:
        yield "no run has come to a value yet"
        return
    spread = "" if winner.deviation is None else f" ± {figures.gap(winner.deviation)}"
    so_far = f" so far ({found.open} run{'s' * (found.open != 1)} to come)" if found.open else ""
    yield (
        f"the winner{so_far} is #{winner.candidate.of}: {study.metric} {figures.metric(winner.mean)}{spread} "
        f"over {len(winner.values)} seed{'s' * (len(winner.values) != 1)}"
    )
    if found.tied:
        numbers = ", ".join(f"#{result.candidate.of}" for result in found.tied)
        yield f"within noise of it, so not known to be worse: {numbers}; more seeds can tell, or take the cheapest"


def noise_words(found: Validation) -> str:
    noise = found.noise
    if noise is None:
        return "the seed noise is unknown: no configuration has two complete runs"
    return (
        f"seed noise: {figures.gap(noise.deviation)} (standard deviation, pooled over the configurations, "
        f"{noise.freedom} degrees of freedom); ranks go by it, at 95 % for all comparisons with the winner"
    )


def ensemble_words(study: StudySnapshot, found: Validation) -> str:
    """What averaging the winner's runs gives, or how to find out."""
    winner, ensemble = found.winner, study.ensemble
    members = () if winner is None else scored_runs(winner)
    if ensemble is not None and winner is not None and set(ensemble.members) <= set(members):
        mean = winner.mean or 0.0
        gap = study.direction.loss(mean) - study.direction.loss(ensemble.score)
        than = f"{figures.gap(abs(gap))} {'better' if gap > 0 else 'worse'} than" if gap else "the same as"
        of = f"of {len(ensemble.members)} runs of #{winner.candidate.of}"
        return f"ensemble {of}: {study.metric} {figures.metric(ensemble.score)}, {than} their mean"
    return (
        "no ensemble was scored: hpt-tui validate FILE.py does it where the file has a function ensemble(members) "
        "that averages what the runs predict (README, Validate the best)"
    )


def scored_runs(result: Result) -> tuple[int, ...]:
    """The numbers of its complete runs."""
    failed = {run.number for run in (*result.failures, *result.open)}
    return tuple(run.number for run in result.candidate.runs if run.number not in failed)


def failure_words(result: Result) -> Iterator[str]:
    """What became of each run that has no value."""
    for run in result.failures:
        seed = "" if run.validates is None else f" with seed {run.validates.seed}"
        why = f": {run.reason}" if run.reason else ""
        yield f"#{result.candidate.of}{seed} {_ENDED[run.state]} (#{run.number}){why}"


def same_words(result: Result) -> Iterator[str]:
    """That seeds made no difference."""
    if result.same:
        pairs = ", ".join(f"#{a} and #{b}" for a, b in result.same)
        yield (
            f"#{result.candidate.of} came out exactly the same with different seeds ({pairs}): does the objective "
            "use what hpt_tui.trial_seed gives it?"
        )
