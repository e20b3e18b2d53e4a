"""G24: a parameter that is suggested and does nothing: it never varies, or has no effect on the value."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hpt_tui.domain import figures
from hpt_tui.domain.configurations import newest_runs, seeds_among
from hpt_tui.domain.effects import Effect, Effects, effects
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, Range
from hpt_tui.domain.trials import Places


def dead_parameter(study: StudySnapshot, limits: Thresholds) -> Iterator[Flag]:
    """One flag for each such parameter. A range of a single value is a constant that somebody wrote down, and one
    that is fixed, by hand or by a plan's phase, is meant to be: both are silent. "No effect", nor one on the best
    learning rate (G19), is said of the complete trials only (C8), where a model of all parameters explains their
    values well, and is INFO: it costs a sampler little. Seeds are meant to have none."""
    judged = _judged(study)
    idle = {name: flag for name in judged if (flag := _never_varied(study, name, limits))}
    if len(idle) < len(judged):
        # Where nothing varies at all, every trial is a duplicate.
        yield from idle.values()
    found = effects(study, limits.effect_looked_at) if len(study.ranked) >= limits.effect_trials else None
    if found is None:
        return
    for name in judged:
        effect = found.by_name.get(name)
        if name in idle or effect is None or not _none(effect, found, limits):
            continue
        if _rarest(study, name) >= limits.effect_per_option:
            yield _without_effect(study, name, effect, found, limits)


def _judged(study: StudySnapshot) -> list[str]:
    known, left_out = study.trials.columns.params, {*seeds_among(study.space), *study.control.fixed}
    return [n for n, r in sorted(study.space.items()) if n in known and n not in left_out and not _pinned(r)]


def _pinned(range_: Range) -> bool:
    return len(range_.options) < 2 if isinstance(range_, Choices) else range_.low == range_.high


def _never_varied(study: StudySnapshot, name: str, limits: Thresholds) -> Flag | None:
    column = study.trials.columns.params[name]
    runs = newest_runs(study.trials, limits.repeats_looked_at)

    def same() -> Places | None:
        having = runs[column.drawn[runs] >= 0]
        values = column.values[having]
        if len(having) < limits.idle_trials or np.any(values != values[0]):
            return None
        kinds = np.unique(column.drawn[having]).tolist()
        # The same place among other choices is another option.
        return having if sum(isinstance(column.ranges[kind], Choices) for kind in kinds) < 2 else None

    having = study.trials.derive(f"never varied {name}", (column, runs), same, (limits,))
    if having is None:
        return None
    count, value = len(having), figures.plain(figures.parameter(column.value(int(having[0]))))
    shown = figures.plain(name)
    return Flag(
        "dead-parameter",
        Severity.WARNING,
        f"{shown} was {value} in all of the last {count} trials that have it: it is suggested and never varies",
        "It is fixed by a sampler or an enqueued configuration, or its range is too coarse to move in.",
        f"Let {shown} vary, or take it out of the space.",
        (("value", value), ("trials with it", count), ("different values", 1)),
        parameters=(name,),
        trials=study.trials.select(having[::-1][: limits.trials_shown]).numbers,
        why_no_order="What the objective suggests is settled by its code and by who enqueues.",
        rule="G24",
    )


def _none(effect: Effect, found: Effects, limits: Thresholds) -> bool:
    if found.explained < limits.effect_explained or found.trials < limits.effect_per_term * found.terms:
        return False
    of_middle = found.widths * effect.unseen**0.5
    nothing = effect.unseen <= limits.effect_trifle and of_middle <= limits.effect_trifle**0.5
    small = effect.unseen <= limits.effect_none and of_middle <= limits.effect_middle
    return nothing or (small and effect.chance < limits.effect_chance)


def _rarest(study: StudySnapshot, name: str) -> int:
    """How many complete trials have the least drawn option of a choice; of a number, how many there are."""
    ranked, column = study.ranked.places, study.trials.columns.params[name]
    if not isinstance(study.space[name], Choices):
        return len(ranked)
    return int(np.unique(column.values[ranked], return_counts=True)[1].min())


def _without_effect(study: StudySnapshot, name: str, effect: Effect, found: Effects, limits: Thresholds) -> Flag:
    shown = figures.plain(name)
    most = f"{effect.unseen * 100:.2g} %"
    return Flag(
        "dead-parameter",
        Severity.INFO,
        f"{shown} has no effect of its own on {figures.plain(study.metric)}: at most {most} of the spread of "
        f"{found.trials} complete trials, where all parameters explain {figures.percent(found.explained)}",
        "It does not reach the model, or does not matter within its range.",
        f"Check that the objective uses {shown}; else fix it, which leaves fewer dimensions to search.",
        (
            (f"explained by {shown}", f"{effect.share * 100:.2g} %"),
            ("at most", most),
            ("explained by all parameters", figures.percent(found.explained)),
            ("complete trials", found.trials),
        ),
        parameters=(name,),
        trials=study.ranked[: limits.trials_shown].numbers,
        why_no_order="Whether the objective uses it is to be seen in its code only.",
        rule="G24",
    )
