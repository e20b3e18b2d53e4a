"""G24: the same configuration is run again and again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hpt_tui.domain import figures
from hpt_tui.domain.configurations import keys_of, newest_runs, possible, seeds_among
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.orders.search import StopStudy
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trials import Mark, Places


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    runs: int
    distinct: int
    groups: tuple[Places, ...]
    """The runs of each configuration that was repeated for nothing, the largest first."""

    @property
    def repeated(self) -> int:
        return sum(len(group) - 1 for group in self.groups)


def duplicates(study: StudySnapshot, limits: Thresholds) -> Iterator[Flag]:
    """Among the newest complete and pruned trials. Runs that differ in a seed are no duplicates; nor are a few
    runs of one of the best configurations whose results differ, as the final validation makes them (G28)."""
    c = study.trials.columns
    if not c.params or not study.space:
        return
    found = study.trials.derive(
        "duplicates", (c.states, c.values, c.params), lambda: _found(study, limits), (limits, study.direction)
    )
    few = found.runs < limits.repeated_trials or found.repeated < limits.repeated_least
    if few or found.repeated <= limits.repeated_share * found.runs:
        return
    yield _flag(study, found, limits)


def _found(study: StudySnapshot, limits: Thresholds) -> _Found:
    trials = study.trials
    places = newest_runs(trials, limits.repeats_looked_at)
    places = places[~trials.marked(Mark.BASELINE)[places]]
    keys = keys_of(trials, places)
    order = np.argsort(keys, kind="stable")
    ends = np.flatnonzero(keys[order][1:] != keys[order][:-1]) + 1
    groups = [np.sort(group) for group in np.split(places[order], ends)]
    best = _best_keys(study, limits)
    idle = [g for g in groups if len(g) > 1 and not _on_purpose(study, g, best, limits)]
    return _Found(len(places), len(groups), tuple(sorted(idle, key=lambda g: (-len(g), int(g[0])))))


def _best_keys(study: StudySnapshot, limits: Thresholds) -> frozenset[int]:
    """The places of runs of the best configurations; of equal places the first stands for its configuration."""
    ranked = study.ranked.places[: limits.seeds_top * limits.seeds_most]
    keys = keys_of(study.trials, ranked, seeds_among(study.trials.columns.params))
    firsts = np.unique(keys, return_index=True)[1]
    return frozenset(ranked[np.sort(firsts)[: limits.seeds_top]].tolist())


def _on_purpose(study: StudySnapshot, group: Places, best: frozenset[int], limits: Thresholds) -> bool:
    values = study.trials.columns.values[group, 0]
    differ = len(np.unique(values[~np.isnan(values)])) > 1
    return len(group) <= limits.seeds_most and differ and not best.isdisjoint(group.tolist())


def _flag(study: StudySnapshot, found: _Found, limits: Thresholds) -> Flag:
    worst = study.trials.select(found.groups[0]).numbers
    share = figures.percent(found.repeated / found.runs)
    whole = possible(study.space.values())
    exhausted = whole is not None and found.distinct >= whole
    shown = " ".join(f"#{number}" for number in worst[:5]) + (" …" if len(worst) > 5 else "")
    return Flag(
        "duplicates",
        Severity.WARNING,
        f"{found.repeated} of the last {found.runs} trials ({share}) repeat a configuration that has been run",
        f"The space holds {whole} configurations, and all of them have been run."
        if exhausted
        else "The sampler draws the same points again: a small or coarse space, workers with the same seed, or "
        "configurations that were enqueued twice.",
        "Stop here, or widen the space."
        if exhausted
        else "Give each worker a seed of its own, refine the steps of the space, or widen it.",
        (
            ("repeats", f"{found.repeated} of {found.runs} ({share})"),
            ("different configurations", found.distinct),
            *((("the space holds", whole),) if whole is not None else ()),
            ("run most often", f"{shown} ({len(worst)} x)"),
            ("threshold", figures.percent(limits.repeated_share)),
        ),
        trials=study.trials.select(np.concatenate(found.groups)[: limits.trials_shown]).numbers,
        order=StopStudy(reason="duplicates") if exhausted else None,
        why_no_order="" if exhausted else "How the sampler is seeded is settled when a search is started.",
        rule="G24",
    )
