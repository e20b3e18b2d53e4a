"""Where a search by hand begins: which parameter, which rate, and what all the others are (G8, G10)."""

from __future__ import annotations

import math
from collections.abc import Mapping

from hpt_tui.domain import names
from hpt_tui.domain.configuration import range_of
from hpt_tui.domain.figures import plain
from hpt_tui.domain.manual.loop import ManualLoop
from hpt_tui.domain.practice import LEARNING_RATES, optimizer_named, optimizers_named
from hpt_tui.domain.roles import Role, with_role
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, NumericRange, ParamValue, Range
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.trials import Mark
from hpt_tui.errors import OrderRefusedError

SUBJECT = "searching by hand"
NOTHING: Mapping[str, ParamValue] = {}


def new_loop(
    study: StudySnapshot,
    parameter: str,
    start: float | None,
    most: int,
    now: float,
    said: Mapping[str, ParamValue] = NOTHING,
) -> ManualLoop:
    """A loop over ``parameter``, or the learning rate where that is empty, from ``start``, or from the default
    configuration's rate, else the one that is usual for the optimizer, else the middle of the range. ``said``:
    what the other parameters are, over those of the default configuration.

    The default configuration's own trial is the first run where nothing else was said and it was not cut short.

    Raises:
        OrderRefusedError: the study cannot be searched so, or ``start`` is out of bounds.
    """
    name, range_ = _parameter(study, parameter)
    base = {**_base(study), **said}
    own = base.pop(name, None)
    if start is None and not said:
        first = _first(study) if name in study.default else None
        rate = float(own) if isinstance(own, int | float) and own > 0 else _usual(study, base, range_)
        return ManualLoop(
            *(name, min(max(rate, float(range_.low)), float(range_.high)), base, most),
            at=now,
            first=first,
            runs={} if first is None else {first: rate},
        )
    rate = _usual(study, base, range_) if start is None else start
    return ManualLoop(name, checked(study, name, rate), base, most, at=now)


def checked(study: StudySnapshot, name: str, rate: float) -> float:
    """``rate``, if a run can have it.

    Raises:
        OrderRefusedError: it cannot.
    """
    range_ = range_of(study, name)
    if isinstance(range_, Choices):
        raise OrderRefusedError(name, "is a choice, and by hand a number is changed", "name another: --parameter")
    if not math.isfinite(rate) or rate <= 0:
        raise OrderRefusedError(name, f"must be above 0 to be changed by factors, not {rate:g}")
    if not range_.low <= rate <= range_.high:
        problem = f"{rate:g} is outside its bounds, {range_.low:g} .. {range_.high:g}"
        raise OrderRefusedError(name, problem, "widen it first")
    return rate


def origin(study: StudySnapshot, loop: ManualLoop) -> str:
    """Why ``loop`` begins where it does."""
    name, best = loop.parameter, study.best
    if study.default.get(name) == loop.start:
        return "that of the default configuration"
    if not study.default and best is not None and best.params.get(name) == loop.start:
        return f"that of the best trial, #{best.number}"
    optimizer = _optimizer(study, loop.base)
    if optimizer and LEARNING_RATES[optimizer].start == loop.start:
        return f"where one begins with {optimizer}"
    return "the middle of its range" if loop.start == _middle(study.space[name]) else "as you said"


def _parameter(study: StudySnapshot, wanted: str) -> tuple[str, NumericRange]:
    if not study.single:
        raise OrderRefusedError(SUBJECT, "needs one objective, and this study has several")
    if not study.space:
        raise OrderRefusedError(
            SUBJECT, "needs to know the space, and no trial has shown it", "declare a StudySpec in the study file"
        )
    name = wanted or names.learning_rate(study.space)
    if not name:
        known = ", ".join(map(plain, sorted(study.space)))
        problem = f"needs a learning rate, and none of {known} is named like one"
        raise OrderRefusedError(SUBJECT, problem, "say which to change: --parameter NAME")
    range_ = range_of(study, name)
    if isinstance(range_, Choices):
        problem = "is a choice among values; by hand it is changed by factors"
        raise OrderRefusedError(name, problem, "declare a range, as FloatDistribution(1e-5, 1e-1, log=True)")
    if range_.high <= 0:
        raise OrderRefusedError(name, "has no value above 0, and by hand it is changed by factors")
    return name, range_


def _base(study: StudySnapshot) -> dict[str, ParamValue]:
    """The default configuration, else the best trial's; what is missing is drawn in the first run."""
    known = study.default or (study.best.params if study.best is not None else {})
    return {name: value for name, value in known.items() if name in study.space}


def _first(study: StudySnapshot) -> int | None:
    """The default configuration's own trial, if its curve is whole, or will be."""
    whole = (TrialState.WAITING, TrialState.RUNNING, TrialState.COMPLETE)
    marked = study.trials.select(study.trials.marked(Mark.BASELINE))
    return next((trial.number for trial in marked if trial.state in whole), None)


def _usual(study: StudySnapshot, base: Mapping[str, ParamValue], range_: NumericRange) -> float:
    """Where to begin with the optimizer that is used (G8), else in the middle of the range."""
    optimizer = _optimizer(study, base)
    start = LEARNING_RATES[optimizer].start if optimizer else None
    return _middle(range_) if start is None else start


def _optimizer(study: StudySnapshot, base: Mapping[str, ParamValue]) -> str:
    """The one that is used, by its name in G8; empty where it is not known."""
    for name in with_role(study.space, Role.OPTIMIZER):
        range_ = study.space[name]
        options = range_.options if isinstance(range_, Choices) else ()
        if named := optimizer_named(base.get(name)) or next(iter(optimizers_named(options)), ""):
            return named
    return ""


def _middle(range_: Range) -> float:
    """On its own scale, in two digits."""
    if isinstance(range_, Choices):
        return 0.0
    low, high = float(range_.low), float(range_.high)
    return float(f"{math.sqrt(low * high) if low > 0 else high / 10:.1e}")
