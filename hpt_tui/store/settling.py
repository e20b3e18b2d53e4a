"""By which method a study is searched: as told, else as its file says, else as before."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hpt_tui.domain.advice.automatic import automatic
from hpt_tui.domain.description import Description
from hpt_tui.domain.event import Event, values
from hpt_tui.domain.grid_points import Points, configurations, grid_points
from hpt_tui.domain.method import Method, Pruning, Sampling, Wish, wish
from hpt_tui.domain.space import Range
from hpt_tui.errors import InputError, StudyFileError
from hpt_tui.store.distribution_json import range_from_json
from hpt_tui.store.record import StudyRecord


@dataclass(frozen=True, slots=True)
class Settled:
    method: Method
    wished: Wish
    """What the study file says."""
    budget: int | None
    """How many finished trials the study is to have: as asked, but of a grid no more than it has."""
    event: Event | None
    """That the method is another than before, or which one ``auto`` chose, without a time; None if neither."""


def settle(
    known: StudyRecord | None, description: Description, told: Wish, objectives: int, budget: int | None
) -> Settled:
    """``known`` is what the study has, None for a new one. What the file says counts for a new study, and where
    it says something else than it did: what somebody chose for a study is not undone by running it again.

    Raises:
        InputError: the method doesn't fit the study.
    """
    wished = wish(description.strategy, description.pruner, description.seed)
    before = Method() if known is None else known.method
    news = wished.since(Wish() if known is None else known.wished)
    method, why = told.or_else(news).over(before), ""
    space = {name: range_ for name, text in description.space.items() if (range_ := range_from_json(text))}
    if method.strategy is Sampling.AUTO:
        chosen, why = automatic(space, description.points, budget)
        if objectives > 1:
            chosen, why = Sampling.TPE, "several objectives"
        method = replace(method, strategy=chosen)
    _check(method, description, objectives)
    if method.strategy is Sampling.GRID:
        budget = _within_grid(_points(space, description), description, budget)
    return Settled(method, wished, budget, _event(None if known is None else before, method, why))


def _check(method: Method, description: Description, objectives: int) -> None:
    if method.strategy is Sampling.CMAES and objectives > 1:
        raise InputError("strategy cmaes", "cannot optimise several objectives", "take nsga2, tpe or gp")
    if method.pruner is Pruning.HYPERBAND and description.steps is None:
        raise InputError(
            "pruner hyperband",
            "needs to know how many steps a full trial reports",
            "declare StudySpec(steps=…), or take asha",
        )


def _points(space: dict[str, Range], description: Description) -> Points:
    try:
        return grid_points(space, description.points)
    except ValueError as error:
        raise StudyFileError(description.file, str(error)) from None


def _within_grid(points: Points, description: Description, budget: int | None) -> int:
    """As many trials as the grid has, and the baseline where that is not one of them."""
    base = description.baseline
    on_grid = all(name in base and base[name] in values for name, values in points.items())
    whole = configurations(points) + (1 if base and not on_grid else 0)
    return whole if budget is None else min(budget, whole)


def _event(before: Method | None, method: Method, why: str) -> Event | None:
    after = f"{method.words} (auto: {why})" if why else method.words
    if before is None:
        return Event(0.0, "", "choose-method", after=after) if why else None
    if before == method:
        return None
    was, became = (values(strategy=m.strategy, pruner=m.pruner, seed=m.seed) for m in (before, method))
    return Event(0.0, "", "change-method", "", before.words, after, was=was, became=became)
