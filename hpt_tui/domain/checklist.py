"""The debugging checklist (G25), and what else a look at a study should answer: each line with its number."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from hpt_tui.domain import figures
from hpt_tui.domain.baseline import Worth, baseline_verdict
from hpt_tui.domain.configurations import keys_of, newest_runs
from hpt_tui.domain.diagnosis import Verdict, diagnose
from hpt_tui.domain.flags.flag import Flag
from hpt_tui.domain.flags.thresholds import DEFAULT_THRESHOLDS, Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, Side, natural_limit, position
from hpt_tui.domain.spread import points_per_unit, values_of
from hpt_tui.domain.trial import TrialRow, TrialState
from hpt_tui.domain.trials import Mark


class Answer(StrEnum):
    """Yes is good, in every line."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist."""

    id: str
    question: str
    answer: Answer
    measured: str
    """The number behind the answer, in words."""


def checklist(
    study: StudySnapshot, flags: Collection[Flag], limits: Thresholds = DEFAULT_THRESHOLDS
) -> tuple[Check, ...]:
    """The five lines of G25, then the best trial's fit (G6) and what tuning has gained (G27). ``flags`` are those
    that the study raises: the two never disagree."""
    raised = {flag.id for flag in flags}
    return (
        _trials_differ(study, raised, limits),
        _results_differ(study, raised, limits),
        _pruning(study, raised, limits),
        _inside(study, flags, limits),
        _random_ones_differ(study, limits),
        _fit(study, limits),
        _baseline(study, limits),
    )


def _trials_differ(study: StudySnapshot, raised: set[str], limits: Thresholds) -> Check:
    question = "Do the trials differ?"
    places = newest_runs(study.trials, limits.repeats_looked_at)
    if len(places) < 2 or not study.trials.columns.params:
        return Check("trials-differ", question, Answer.UNKNOWN, f"{len(places)} finished trials with parameters")
    distinct = len(np.unique(keys_of(study.trials, places)))
    good = distinct > 1 and "duplicates" not in raised
    measured = f"{distinct} different configurations in the last {len(places)} trials"
    return Check("trials-differ", question, _answer(good), measured)


def _results_differ(study: StudySnapshot, raised: set[str], limits: Thresholds) -> Check:
    question = "Are results recorded, and do they differ?"
    complete = study.complete.places
    if len(complete) < 2:
        return Check("results-differ", question, Answer.UNKNOWN, f"{len(complete)} complete trials with a value")
    values = study.trials.columns.values[complete, 0]
    distinct = len(np.unique(values[~np.isnan(values)]))
    good = distinct > 1 and not raised & {"constant", "all-alike"}
    finite = values[np.isfinite(values)]
    span = f", {figures.metric(finite.min())} to {figures.metric(finite.max())}" if len(finite) else ""
    return Check(
        "results-differ",
        question,
        _answer(good),
        f"{distinct} different values in {len(complete)} complete trials{span}",
    )


def _pruning(study: StudySnapshot, raised: set[str], limits: Thresholds) -> Check:
    question = f"Does pruning leave at least {figures.percent(1 - limits.pruned_share)} of the trials?"
    trials = study.trials
    by_hand = trials.marked(Mark.BY_HAND)
    pruned = int(np.count_nonzero(trials.in_state(TrialState.PRUNED) & ~by_hand))
    return Check("pruned-share", question, *_pruned(study, pruned, raised, limits))


def _pruned(study: StudySnapshot, pruned: int, raised: set[str], limits: Thresholds) -> tuple[Answer, str]:
    judged = pruned + len(study.complete)
    if not judged:
        return Answer.UNKNOWN, "no finished trial"
    good = "over-pruned" not in raised and pruned <= limits.pruned_share * judged
    enough = judged >= limits.check_trials
    return _answer(
        good
    ) if enough else Answer.UNKNOWN, f"{pruned} of {judged} ({figures.percent(pruned / judged)}) pruned"


def _inside(study: StudySnapshot, flags: Collection[Flag], limits: Thresholds) -> Check:
    question = "Does the best lie inside the space?"
    best = study.best
    if best is None:
        return Check("best-inside", question, Answer.UNKNOWN, "no best trial")
    edges = [figures.plain(name) for flag in flags if flag.id == "edge" for name in flag.parameters]
    distances = [*_distances(study, best)]
    near = "; ".join(
        f"{name} {figures.percent(far)} from its {end} end"
        for name, end, far in distances
        if far <= limits.edge_near
    )
    where = near or "no range has an end that is not a natural limit"
    if distances and not near:
        tightest = min(far for _, _, far in distances)
        where = f"#{best.number} is at least {figures.percent(tightest)} of a range from every end"
    if len(study.ranked) < limits.edge_trials:
        return Check("best-inside", question, Answer.UNKNOWN, f"{where}; only {len(study.ranked)} complete trials")
    if edges and not near:
        where = f"the best trials crowd at an end of {', '.join(edges)}"
    return Check("best-inside", question, _answer(not edges and not near), where)


def _distances(study: StudySnapshot, best: TrialRow) -> Iterator[tuple[str, str, float]]:
    """Parameter, end, and how far the best is from it as a share of the range; natural limits are no ends."""
    for name, range_ in sorted(study.space.items()):
        value = best.params.get(name)
        if isinstance(range_, Choices) or not isinstance(value, (int, float)) or range_.low == range_.high:
            continue
        at = position(float(value), range_)
        for side, distance in ((Side.LOW, at), (Side.HIGH, 1 - at)):
            if not natural_limit(range_, side):
                yield figures.plain(name), side.word, max(0.0, distance)


def _random_ones_differ(study: StudySnapshot, limits: Thresholds) -> Check:
    question = f"Do {limits.check_trials} random configurations give different results?"
    places = study.complete.places
    places = places[~study.trials.marked(Mark.BASELINE)[places]][: limits.check_trials]
    values = study.trials.columns.values[places, 0]
    if len(places) < limits.check_trials or not np.all(np.isfinite(values)):
        return Check("random-differ", question, Answer.UNKNOWN, f"{len(places)} complete ones to look at")
    spread, whole = float(np.ptp(values)), values_of(study)
    points = points_per_unit(study, whole) if whole is not None else None
    least = (
        limits.alike_points / points if points else limits.alike_relative * (abs(float(np.median(values))) or 1.0)
    )
    drawn = f"the first {len(places)} (which samplers draw at random)"
    said = f"{drawn} span {figures.gap(spread)}; up to {figures.gap(least)} would be alike"
    return Check("random-differ", question, _answer(spread > least), said)


def _fit(study: StudySnapshot, limits: Thresholds) -> Check:
    question = "Does the best trial train healthily?"
    if not study.ranked:
        return Check("best-fit", question, Answer.UNKNOWN, "no best trial")
    found = diagnose(study, study.ranked[:1].numbers[0], limits)
    measured = found.summary + (f" ({found.unseen})" if found.unseen else "")
    if found.verdict is Verdict.UNKNOWN:
        return Check("best-fit", question, Answer.UNKNOWN, measured)
    good, advice = found.verdict is Verdict.HEALTHY, found.advice.removesuffix(".")
    return Check("best-fit", question, _answer(good), measured if good else f"{measured}. {advice}")


def _baseline(study: StudySnapshot, limits: Thresholds) -> Check:
    found = baseline_verdict(study, limits)
    answer = {Worth.BETTER: Answer.YES, Worth.UNKNOWN: Answer.UNKNOWN}.get(found.worth, Answer.NO)
    verdict = "" if found.worth is Worth.UNKNOWN else f"{found.worth.value}: "
    return Check("beats-baseline", "Has tuning beaten the default?", answer, verdict + found.summary)


def _answer(good: bool) -> Answer:
    return Answer.YES if good else Answer.NO
