"""Whether a study file's space, as it is now, goes with the trials that the study has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    check_distribution_compatibility,
    json_to_distribution,
)
from optuna.study import Study

from hpt_tui.domain.description import Description
from hpt_tui.domain.figures import plain
from hpt_tui.domain.grid_points import Points, grid_points
from hpt_tui.domain.method import Method, Sampling
from hpt_tui.domain.redeclare import declared_text
from hpt_tui.domain.space import ParamValue, Range
from hpt_tui.errors import StudyFileError
from hpt_tui.store import keys
from hpt_tui.store.distribution_json import range_from_json
from hpt_tui.store.record import StudyRecord
from hpt_tui.store.translate import to_range

ANOTHER_NAME = "give the study another name (--study)"
FORK = f"take its trials along into a fork (hpt-tui fork), or {ANOTHER_NAME}"


def check_space(study: Study, description: Description, redeclared: Mapping[str, Range]) -> None:
    """Optuna fails every trial whose parameters changed their kind, scale or choices; say so before. A fork has
    ``redeclared`` some, whatever the file says.

    Raises:
        StudyFileError: one has.
    """
    space = {name: text for name, text in description.space.items() if name not in redeclared}
    wanted = {name: json_to_distribution(text) for name, text in space.items()}
    for trial in study.get_trials(deepcopy=False):
        for name in wanted.keys() & trial.distributions.keys():
            _check_parameter(description.file, study.study_name, name, trial.distributions[name], wanted.pop(name))
        if not wanted:
            return


def _check_parameter(file: str, study: str, name: str, old: BaseDistribution, new: BaseDistribution) -> None:
    try:
        check_distribution_compatibility(old, new)
    except ValueError:
        here, there = (plain(declared_text(to_range(d))) for d in (new, old))
        problem = f"{plain(name)} is {here} here, but {there} in the trials of the study {study!r}"
        raise StudyFileError(file, problem, FORK if _can_be_forked(old, new) else ANOTHER_NAME) from None


def _can_be_forked(old: BaseDistribution, new: BaseDistribution) -> bool:
    if isinstance(old, CategoricalDistribution) or isinstance(new, CategoricalDistribution):
        return isinstance(old, CategoricalDistribution) and isinstance(new, CategoricalDistribution)
    return not (isinstance(old, FloatDistribution) and isinstance(new, IntDistribution))


def check_grid(study: Study, known: StudyRecord | None, description: Description, method: Method) -> None:
    """A grid's trials are numbered by its points: with others, some configurations would never be run.

    Raises:
        StudyFileError: the file's points are others than those of the trials that ran.
    """
    if known is None or known.method.strategy is not Sampling.GRID or method.strategy is not Sampling.GRID:
        return
    before, now = (_points(d.space, d.points) for d in (known, description))
    if before == now or not any(keys.TRIAL_GRID in t.system_attrs for t in study.get_trials(deepcopy=False)):
        return
    changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    problem = f"the values of {', '.join(map(plain, changed))} on the grid are others than in the trials that ran"
    raise StudyFileError(description.file, problem, f"{ANOTHER_NAME}, or take another strategy")


def _points(space: Mapping[str, str], points: Mapping[str, Sequence[ParamValue]]) -> Points:
    ranges = {name: range_ for name, text in space.items() if (range_ := range_from_json(text))}
    try:
        return grid_points(ranges, points)
    except ValueError:
        return {}
