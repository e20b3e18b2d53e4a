"""G24.7, a good sign: independent searches have found the same best."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hpt_tui.domain import figures
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.surroundings import Surroundings
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.scale import positions
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices
from hpt_tui.domain.trials import Places


def confirmed_best(study: StudySnapshot, around: Surroundings, limits: Thresholds) -> Iterator[Flag]:
    """The same: each search's best lies among the best tenth of the other's trials in every parameter, with the
    same choices. A parameter that is spread over more than half its range there is idle and has no say, but not
    all of them may be. Searches of another space, metric or direction are not compared."""
    for other in around.others:
        if _comparable(study, other, limits) and _within(study, other, limits) and _within(other, study, limits):
            yield _flag(study, other)


def _comparable(study: StudySnapshot, other: StudySnapshot, limits: Thresholds) -> bool:
    same = (study.directions, study.metric, set(study.space)) == (other.directions, other.metric, set(other.space))
    return same and bool(study.space) and min(len(study.ranked), len(other.ranked)) >= limits.confirmed_trials


def _within(one: StudySnapshot, other: StudySnapshot, limits: Thresholds) -> bool:
    """Whether the best of ``other`` lies in the region of the best of ``one``."""
    best = other.ranked[0]
    top = one.ranked.places[: max(limits.edge_top_least, round(limits.confirmed_top * len(one.ranked)))]
    said = [_near(one, top, name, best.params.get(name), limits) for name in one.space]
    return any(said) and False not in said


def _near(study: StudySnapshot, top: Places, name: str, value: object, limits: Thresholds) -> bool | None:
    """None where the parameter has no say."""
    range_, column = study.space[name], study.trials.columns.params.get(name)
    having = top[column.drawn[top] >= 0] if column is not None else top[:0]
    if column is None or value is None or not len(having):
        # Conditional: left out by one search's best and drawn by the other's is a difference.
        return None if value is None and not len(having) else False
    if isinstance(range_, Choices) or not isinstance(value, (int, float)):
        seen = [column.value(int(place)) for place in having]
        return value in seen if len(set(seen)) == 1 else None
    at = positions(np.append(column.numbers(having), float(value)), range_)
    low, high = float(at[:-1].min()), float(at[:-1].max())
    if not high - low <= limits.confirmed_width:
        return None
    return bool(low - limits.confirmed_slack <= at[-1] <= high + limits.confirmed_slack)


def _flag(study: StudySnapshot, other: StudySnapshot) -> Flag:
    ours, theirs = study.ranked[0], other.ranked[0]
    name = figures.plain(other.name)
    return Flag(
        "confirmed-best",
        Severity.INFO,
        f"{name} has found the same best: {figures.metric(ours.value)} here (#{ours.number}), "
        f"{figures.metric(theirs.value)} there (#{theirs.number}), in the same region of every parameter",
        "Two searches that knew nothing of each other agree, which chance hardly does.",
        "Nothing is wrong: this configuration can be trusted. Validate it with several seeds.",
        (
            ("best here", f"{figures.metric(ours.value)} of {len(study.ranked)} complete trials"),
            ("best there", f"{figures.metric(theirs.value)} of {len(other.ranked)} complete trials"),
            ("parameters that agree", len(study.space)),
        ),
        parameters=tuple(sorted(study.space)),
        trials=(ours.number,),
        why_no_order="There is nothing to put right.",
        rule="G24.7",
    )
