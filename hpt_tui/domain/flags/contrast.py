"""Whether one parameter tells ill trials from well ones, and the bound that would keep the ill ones out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hpt_tui.domain import figures
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, FloatRange, bound_problem
from hpt_tui.domain.trials import Floats, Mask, Places


@dataclass(frozen=True, slots=True)
class Contrast:
    """One parameter's median in ill and in well trials."""

    parameter: str
    ill: float
    well: float
    higher: float
    """The chance that an ill trial has the higher value than a well one, ties half: 0.5 says nothing."""
    log: bool

    @property
    def high(self) -> bool:
        return self.higher > 0.5

    @property
    def evidence(self) -> tuple[tuple[str, str], ...]:
        name = figures.plain(self.parameter)
        return (
            (f"median {name}, ill", figures.parameter(self.ill, log=self.log)),
            (f"median {name}, well", figures.parameter(self.well, log=self.log)),
        )


def numbers(study: StudySnapshot, places: Places, parameter: str) -> Floats:
    """The values of a numeric parameter, of the trials that have it."""
    column = study.trials.columns.params.get(parameter)
    found = np.empty(0) if column is None else column.numbers(places)
    return found[~np.isnan(found)]


def drawable(study: StudySnapshot, places: Places) -> Mask:
    """Beside ``places``: whether the next trial could be drawn there; False beyond bounds that steering has put in
    force since."""
    mask = np.ones(len(places), dtype=np.bool_)
    for name in study.control.bounds:
        range_, column = study.space.get(name), study.trials.columns.params.get(name)
        if range_ is not None and column is not None and not isinstance(range_, Choices):
            values = column.numbers(places)
            mask &= np.isnan(values) | ((values >= range_.low) & (values <= range_.high))
    return mask


def contrast(
    study: StudySnapshot, parameter: str, ill: Places, well: Places, limits: Thresholds
) -> Contrast | None:
    """How ``parameter`` differs between the two; None if it does not tell them apart, or too few have it."""
    sick, sound = numbers(study, ill, parameter), numbers(study, well, parameter)
    if min(len(sick), len(sound)) < limits.apart_trials:
        return None
    gaps = sick[:, None] - sound[None, :]
    higher = float(np.mean((gaps > 0) + 0.5 * (gaps == 0)))
    if max(higher, 1 - higher) < limits.apart:
        return None
    range_ = study.space.get(parameter)
    log = range_ is not None and not isinstance(range_, Choices) and range_.log
    return Contrast(parameter, float(np.median(sick)), float(np.median(sound)), higher, log)


def lowered(
    study: StudySnapshot, found: Contrast | None, well: Places, limits: Thresholds, reason: str
) -> tuple[ChangeBound | None, str]:
    """The upper bound lowered tenfold (G24.1), but not past the best well trial. None, and why, where that would
    not keep the ill ones out, or leave nothing worth searching."""
    if found is None or not found.high:
        return None, "No parameter tells the ill trials from the others, so that no bound would keep them out."
    name = figures.plain(found.parameter)
    range_, declared = study.space.get(found.parameter), study.declared.get(found.parameter)
    if not isinstance(range_, FloatRange) or declared is None:
        return None, f"{name} has no range whose bound could be lowered."
    kept = numbers(study, _best(study, well), found.parameter).tolist()
    high = max([range_.high / limits.lr_factor, *(v for v in kept if v < range_.high)])
    shown = f"An upper bound of {figures.parameter(high, log=found.log)} for {name}"
    if high >= found.ill:
        return None, f"{shown}, which keeps the best trial, would not keep the ill ones out."
    if problem := bound_problem(declared, range_.low, high):
        return None, f"{shown} cannot be: it {problem}."
    # Less than half a decade between the bounds is a point, not a range.
    if high < range_.low * limits.lr_factor**0.5:
        return None, f"{shown} would leave hardly any range to search."
    return ChangeBound(found.parameter, high=high, reason=reason), ""


def _best(study: StudySnapshot, places: Places) -> Places:
    """The best complete one of these trials, if there is one."""
    ranked = study.ranked.places
    return ranked[np.isin(ranked, places)][:1]
